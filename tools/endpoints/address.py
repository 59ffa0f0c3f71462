"""Addresses of model servers: what a user types, made into the base URL that the client needs.

Known hosts have their key's variable and their path here; every other host works as well, under the
address that is typed.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from luthier.tools.errors import LuthierError
from luthier.tools.language import _

FALLBACK_VARIABLE = "LUTHIER_API_KEY"


@dataclass(frozen=True, slots=True)
class Known:
    """Where a provider keeps its OpenAI-compatible endpoint, and which variable holds its key."""

    variable: str
    path: str


KNOWN: Mapping[str, Known] = {
    "api.openai.com": Known("OPENAI_API_KEY", "/v1"),
    "openai.azure.com": Known("AZURE_OPENAI_API_KEY", "/openai/v1"),
    "services.ai.azure.com": Known("AZURE_OPENAI_API_KEY", "/openai/v1"),
    "cognitiveservices.azure.com": Known("AZURE_OPENAI_API_KEY", "/openai/v1"),
    "openrouter.ai": Known("OPENROUTER_API_KEY", "/api/v1"),
    "api.together.xyz": Known("TOGETHER_API_KEY", "/v1"),
    "api.together.ai": Known("TOGETHER_API_KEY", "/v1"),
    "api.groq.com": Known("GROQ_API_KEY", "/openai/v1"),
    "api.mistral.ai": Known("MISTRAL_API_KEY", "/v1"),
    "api.deepseek.com": Known("DEEPSEEK_API_KEY", "/v1"),
    "generativelanguage.googleapis.com": Known("GEMINI_API_KEY", "/v1beta/openai"),
}
_DEPLOYMENT = re.compile(r"(?P<path>(?:/[^/]+)*/openai/deployments/(?P<name>[^/]+))(?:/|$)")
_API_VERSION = "2024-10-21"
"""Azure's last dated version that is no preview; used where an address names a deployment but none."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A base URL, and the model where the address names one (an Azure deployment).

    ``api_version`` is set where requests have to carry it: at a gateway that speaks as Azure's older
    API does, one address for each deployment.
    """

    base_url: str
    model: str = ""
    api_version: str = ""


def known_host(host: str) -> Known | None:
    """What is known of a host or of the provider it belongs to."""
    return next(
        (known for suffix, known in KNOWN.items() if host == suffix or host.endswith(f".{suffix}")),
        None,
    )


def is_azure(host: str) -> bool:
    """Whether a host is Azure's, which also takes the key in a header of its own."""
    return host.endswith(".azure.com")


def read_endpoint(typed: str) -> Endpoint:
    """The endpoint that a user means; without ``http://`` or ``https://`` the host decides.

    Raises:
        LuthierError: it is no http(s) address, or a key is written into it.
    """
    text = typed.strip()
    if "://" not in text:
        host = urlsplit(f"//{text}").hostname or ""
        text = f"{'http' if is_private(host) else 'https'}://{text}"
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not _is_host(parts.netloc):
        raise LuthierError(
            _("That is not the address of a model server."),
            remedy=_("It looks like https://api.openai.com/v1 or http://127.0.0.1:11434/v1."),
            code="settings.bad_url",
        )
    azure = is_azure(parts.hostname or "")
    deployment = _DEPLOYMENT.match(parts.path)
    harmless = (azure or deployment) and re.fullmatch(
        r"api-version=[\w.-]+", parts.query
    ) is not None
    if parts.username or parts.password or (parts.query and not harmless):
        raise LuthierError(
            _("The address has a name, a password or a key in it."),
            why=_("Addresses are stored and shown; keys must never be."),
            remedy=_(
                "Leave it out, and put the key into the environment as {fallback_variable} or "
                "into the keyring.",
                fallback_variable=FALLBACK_VARIABLE,
            ),
            code="settings.key_in_url",
        )
    known = known_host(parts.hostname or "")
    usual = known.path if known else "/v1"
    path = parts.path.rstrip("/").removesuffix("/chat/completions")
    if deployment and not azure:
        version = parts.query.partition("=")[2] or _API_VERSION
        base_url = f"{parts.scheme}://{parts.netloc}{deployment['path']}"
        return Endpoint(base_url, deployment["name"], version)
    if deployment or (azure and path in ("/openai", "/models")):
        path = ""
    return Endpoint(
        f"{parts.scheme}://{parts.netloc}{path or usual}",
        deployment["name"] if deployment else "",
    )


def with_keys(environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Base URLs of the known providers for which a key stands in the environment."""
    found = os.environ if environment is None else environment
    urls = [
        f"https://{host}{known.path}"
        for host, known in KNOWN.items()
        if found.get(known.variable) and not is_azure(f".{host}")
    ]
    azure = found.get("AZURE_OPENAI_ENDPOINT", "")
    if azure and found.get("AZURE_OPENAI_API_KEY"):
        urls.append(read_endpoint(azure).base_url)
    return tuple(urls)


def is_private(host: str) -> bool:
    """Whether a host is this computer or one of a private network."""
    address = read_address(host)
    if address is None:
        return host == "localhost" or "." not in host
    return address.is_private or address.is_loopback


def is_loopback(host: str) -> bool:
    """Whether a host is this computer itself, so that nothing leaves it."""
    if host == "localhost":
        return True
    address = read_address(host)
    return address is not None and address.is_loopback


def read_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The IP address that a host is written as, or None for a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_host(netloc: str) -> bool:
    parts = urlsplit(f"//{netloc}")
    try:
        return bool(parts.hostname) and parts.port != 0
    except ValueError:  # the port is no number
        return False
