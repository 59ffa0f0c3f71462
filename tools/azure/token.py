"""Tokens of the user's own sign-in at Azure: from the environment, the SDK, or Azure's own CLI.

The control plane takes nothing else; the resource itself takes one in place of its key. A token is asked
for at the moment it is needed, handed to the client alone, and never written down.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from importlib.util import find_spec

from pydantic import SecretStr

from luthier.tools.errors import LuthierError
from luthier.tools.language import _

VARIABLE = "AZURE_MANAGEMENT_TOKEN"
RESOURCE_VARIABLE = "AZURE_OPENAI_AD_TOKEN"
"""The name that OpenAI's own client for Azure reads."""
RESOURCE = "https://cognitiveservices.azure.com"
"""What a token for Azure OpenAI resources is made out for."""
IDENTITY = (
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_TENANT_ID",
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_AUTHORITY_HOST",
)
"""Variables that azure-identity reads."""
KEY_VARIABLES = (VARIABLE, *IDENTITY, "AZURE_CONFIG_DIR")
"""What a process that deploys may see of the environment's keys."""
SIGN_IN_VARIABLES = (RESOURCE_VARIABLE, *IDENTITY, "AZURE_CONFIG_DIR")
"""The same for a process that speaks to the resource."""
SECONDS = 60.0
FRESH_SECONDS = 20 * 60.0
"""How long a token is used before another one is asked for; Azure's own last an hour or more."""


def management_token(management_url: str) -> SecretStr:
    """A token for the control plane at ``management_url``.

    Raises:
        LuthierError: there is none to be had (``azure.no_token``), with the ways to get one.
    """
    token = _token(management_url, VARIABLE)
    if token:
        return SecretStr(token)
    raise LuthierError(
        _("Luthier has no permission to speak to Azure's control plane."),
        why=_(
            "Deploying is not done with the key of the resource but with your own sign-in, and none "
            "was found."
        ),
        remedy=_(
            "Sign in with `az login` (Azure's command line), or install azure-identity beside "
            "Luthier, or set {variable}; then try again.",
            variable=VARIABLE,
        ),
        code="azure.no_token",
    )


def can_sign_in() -> bool:
    """Whether there is a way to a token for a resource; it is not taken, which may last seconds."""
    given = os.environ.get(RESOURCE_VARIABLE, "").strip()
    return bool(given or _has_sdk() or shutil.which("az"))


@dataclass
class SignIn:
    """Gives the token for Azure OpenAI resources at each call, a fresh one where the last is old."""

    _token: str = field(default="", repr=False)
    _since: float = 0.0

    def __call__(self) -> str:
        """The token.

        Raises:
            LuthierError: there is none to be had (``azure.no_sign_in``).
        """
        if not self._token or time.monotonic() - self._since > FRESH_SECONDS:
            self._token, self._since = _token(RESOURCE, RESOURCE_VARIABLE), time.monotonic()
        if self._token:
            return self._token
        raise LuthierError(
            _("There is no key for your Azure resource, and you are not signed in at Azure."),
            remedy=_(
                "Set AZURE_OPENAI_API_KEY, or sign in with `az login` (Azure's command line), or set "
                "{variable}; then go on. Your sign-in needs the role Foundry User on the resource.",
                variable=RESOURCE_VARIABLE,
            ),
            code="azure.no_sign_in",
        )


def _token(resource: str, variable: str) -> str:
    """A token made out for ``resource``; empty where there is none."""
    given = os.environ.get(variable, "").strip()
    return given or _from_sdk(resource) or _from_cli(resource)


def _has_sdk() -> bool:
    return find_spec("azure") is not None and find_spec("azure.identity") is not None


def _from_sdk(resource: str) -> str:
    """From azure-identity, where it is installed and something is configured for it."""
    if not _has_sdk():
        return ""
    from azure.core.exceptions import AzureError
    from azure.identity import DefaultAzureCredential

    try:
        with DefaultAzureCredential() as credential:
            return str(credential.get_token(f"{resource.rstrip('/')}/.default").token)
    except AzureError:  # it found no sign-in; Azure's command line may
        return ""


def _from_cli(resource: str) -> str:
    """From ``az``, where it is installed and signed in."""
    program = shutil.which("az")
    if not program:
        return ""
    command = [program, "account", "get-access-token", "--resource", resource]
    command += ["--query", "accessToken", "--output", "tsv"]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
