"""Providers that speak OpenAI's fine-tuning API, each with what is different there.

A new provider is one line in ``PROFILES``. What was tried against which of them stands in
docs/openai.md.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from luthier.tools.endpoints.address import (
    FALLBACK_VARIABLE,
    is_loopback,
    known_host,
    read_endpoint,
)
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.errors import LuthierError
from luthier.tools.language import _, mark
from luthier.tools.training.hosted_plan import HostedPlan

MEGABYTE = 1024 * 1024
ADDRESS_VARIABLE = "OPENAI_BASE_URL"


@dataclass(frozen=True, slots=True)
class Profile:
    """A provider.

    ``metadata`` and ``pauses`` say whether jobs take tags and can be paused; ``nested`` whether the
    hyperparameters stand under ``method`` (else at the top, the older form). ``fewest_rows``,
    ``row_tokens`` and ``file_bytes`` are its limits; 0 is unknown. ``weights`` says whether the tuned
    weights can be downloaded. ``closing`` marks self-serve tuning that ends; see ``closing.py``.
    ``dialect`` names the words it speaks, see ``dialects.py``; ``afterwards`` is what remains to be done
    at the provider before the tuned model answers.
    """

    name: str
    label: str
    base_url: str
    model: str
    key_variable: str = ""
    metadata: bool = True
    pauses: bool = True
    nested: bool = True
    methods: tuple[str, ...] = ("supervised", "dpo", "reinforcement")
    integrations: bool = True
    fewest_rows: int = 10
    row_tokens: int = 65_536
    file_bytes: int = 512 * MEGABYTE
    suffix_length: int = 64
    weights: bool = False
    closing: bool = False
    dialect: str = "openai"
    afterwards: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """Where a user's files and jobs are: the provider, and the address and key by which it is asked."""

    profile: Profile
    server: EndpointModel


OPENAI = Profile(
    name="openai",
    label="OpenAI",
    base_url="https://api.openai.com/v1",
    model="gpt-4o-mini-2024-07-18",
    key_variable="OPENAI_API_KEY",
    closing=True,
)
NEBIUS = Profile(
    name="nebius",
    label="Nebius Token Factory",
    base_url="https://api.tokenfactory.nebius.com/v1",
    model="meta-llama/Meta-Llama-3.1-8B-Instruct",
    key_variable="NEBIUS_API_KEY",
    pauses=False,
    nested=False,
    methods=("supervised",),
    fewest_rows=1,
    row_tokens=0,
    file_bytes=5 * 1024 * MEGABYTE,
    weights=True,
)
TOGETHER = Profile(
    name="together",
    label="Together",
    base_url="https://api.together.ai/v1",
    model="Qwen/Qwen3-8B",
    key_variable="TOGETHER_API_KEY",
    metadata=False,
    pauses=False,
    nested=False,
    methods=("supervised", "dpo"),
    integrations=False,
    fewest_rows=1,
    row_tokens=0,
    file_bytes=5 * 1024 * MEGABYTE,
    suffix_length=10,
    weights=True,
    dialect="together",
    afterwards=mark(
        "Together lets a tuned model answer on a dedicated endpoint only, which costs by the minute even "
        "while nobody asks. Luthier starts none: start it at Together before you measure, and stop it "
        "afterwards."
    ),
)
AZURE = Profile(
    name="azure",
    label="Azure OpenAI",
    base_url="",
    model="gpt-4.1-mini-2025-04-14",
    key_variable="AZURE_OPENAI_API_KEY",
    integrations=False,
    suffix_length=18,
)
OTHER = Profile(
    name="other",
    label="",
    base_url="",
    model="",
    pauses=False,
    methods=("supervised", "dpo"),
    fewest_rows=1,
    row_tokens=0,
    file_bytes=0,
)
PROFILES: tuple[Profile, ...] = (OPENAI, NEBIUS, TOGETHER)


def profile_of(hosted: HostedPlan) -> Profile:
    """The profile that a plan means: by its name, else by its address, else OpenAI.

    A server on this computer is taken to speak as OpenAI does; any other unknown address has the
    most careful profile.

    ``OPENAI_BASE_URL`` in the environment is OpenAI's address, as for OpenAI's own client.

    Raises:
        LuthierError: there is no provider of that name, or an address is missing.
    """
    if not hosted.base_url and hosted.provider in ("", OPENAI.name):
        return _at(OPENAI, own_address())
    if hosted.provider:
        for profile in (*PROFILES, AZURE, OTHER):
            if profile.name == hosted.provider.casefold():
                return _at(profile, hosted.base_url)
        raise LuthierError(
            _("There is no provider called “{name}”.", name=hosted.provider),
            remedy=_(
                "Choose among: {names}; or “other” with the address of any that speaks OpenAI's API.",
                names=", ".join(profile.name for profile in PROFILES),
            ),
            place="hosted.provider",
            code="hosted.unknown_provider",
        )
    host = urlsplit(read_endpoint(hosted.base_url).base_url).hostname or ""
    known = known_host(host)
    for profile in PROFILES:
        same_key = known is not None and known.variable == profile.key_variable
        if same_key or urlsplit(profile.base_url).hostname == host:
            return _at(profile, hosted.base_url)
    return _at(replace(OPENAI, label=host) if is_loopback(host) else OTHER, hosted.base_url)


def own_address() -> str:
    """OpenAI's address where the user's environment names one, such as a gateway's; else nothing."""
    named = os.environ.get(ADDRESS_VARIABLE, "").strip()
    return read_endpoint(named).base_url if named else ""


def _at(profile: Profile, base_url: str) -> Profile:
    """The profile at another address, with the key's usual variable there."""
    if not base_url:
        if not profile.base_url:
            raise LuthierError(
                _("The address of the provider is missing."),
                remedy=_("Name it, such as https://api.example.com/v1."),
                place="hosted.base_url",
                code="hosted.no_address",
            )
        return profile
    url = read_endpoint(base_url).base_url
    host = urlsplit(url).hostname or ""
    own = profile.name == OPENAI.name and url == own_address()
    same = own or host == urlsplit(profile.base_url).hostname
    known = known_host(host)
    variable = known.variable if known else FALLBACK_VARIABLE
    return replace(
        profile,
        base_url=url,
        label=(profile.label if same or profile.name != OPENAI.name else "") or host,
        key_variable=profile.key_variable if same else variable,
        closing=profile.closing and same,
    )


def endpoint_of(hosted: HostedPlan, model: str = "") -> EndpointModel:
    """The provider of a plan as an address that can be asked; ``model`` defaults to the base model."""
    profile = profile_of(hosted)
    local = is_loopback(urlsplit(profile.base_url).hostname or "")
    unnamed = local and profile.key_variable == FALLBACK_VARIABLE
    return EndpointModel(
        base_url=profile.base_url,
        model=model or hosted.model or profile.model,
        provider=profile.name,
        key_variable="" if unnamed else profile.key_variable,
    )


def account_of(hosted: HostedPlan) -> Account:
    """The account at the provider of a plan."""
    return Account(profile_of(hosted), endpoint_of(hosted))
