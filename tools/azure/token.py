"""The bearer token that Azure's control plane wants: from the environment, the SDK, or Azure's own CLI.

It is asked for at the moment it is needed, handed to the client alone, and never kept.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from importlib.util import find_spec

from pydantic import SecretStr

from luthier.tools.errors import LuthierError
from luthier.tools.language import _

VARIABLE = "AZURE_MANAGEMENT_TOKEN"
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
SECONDS = 60.0


def management_token(management_url: str) -> SecretStr:
    """A token for the control plane at ``management_url``.

    Raises:
        LuthierError: there is none to be had (``azure.no_token``), with the ways to get one.
    """
    given = os.environ.get(VARIABLE, "").strip()
    token = given or _from_sdk(management_url) or _from_cli(management_url)
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


def _from_sdk(management_url: str) -> str:
    """From azure-identity, where it is installed and something is configured for it."""
    if find_spec("azure") is None or find_spec("azure.identity") is None:
        return ""
    from azure.core.exceptions import AzureError
    from azure.identity import DefaultAzureCredential

    try:
        with DefaultAzureCredential() as credential:
            return str(credential.get_token(f"{management_url.rstrip('/')}/.default").token)
    except AzureError:  # it found no sign-in; Azure's command line may
        return ""


def _from_cli(management_url: str) -> str:
    """From ``az``, where it is installed and signed in."""
    program = shutil.which("az")
    if not program:
        return ""
    command = [program, "account", "get-access-token", "--resource", management_url]
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
