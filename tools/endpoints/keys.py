"""Keys of providers: found in the environment or the system keyring at the moment they are needed.

They are handed to the client alone and never stored elsewhere. A key is only ever sent to the host it
belongs to.
"""

from __future__ import annotations

import os

from pydantic import SecretStr

from luthier.tools.azure.token import SIGN_IN_VARIABLES, can_sign_in
from luthier.tools.endpoints.address import FALLBACK_VARIABLE, is_azure, is_private, known_host
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.errors import LuthierError
from luthier.tools.language import _

KEYRING_SERVICE = "luthier"


def variable_for(server: EndpointModel) -> str:
    """The environment variable whose key belongs to this host."""
    if server.key_variable:
        return server.key_variable
    known = known_host(server.host)
    return known.variable if known else FALLBACK_VARIABLE


def variables_for(server: EndpointModel) -> tuple[str, ...]:
    """All the environment variables that may hold the key of this host, or lead to a sign-in there."""
    sign_in = SIGN_IN_VARIABLES if _is_azure(server) else ()
    return tuple(dict.fromkeys((variable_for(server), FALLBACK_VARIABLE, *sign_in)))


def has_access(server: EndpointModel) -> bool:
    """Whether there is a key for this host, or at Azure a sign-in instead; asks nobody for it.

    Raises:
        LuthierError: the key would travel unencrypted over a public network.
    """
    return find_key(server) is not None or signs_in(server)


def signs_in(server: EndpointModel) -> bool:
    """Whether requests carry the token of a sign-in: at Azure, where there is no key.

    Raises:
        LuthierError: a key or the token would travel unencrypted over a public network.
    """
    if not _is_azure(server) or find_key(server) is not None or not can_sign_in():
        return False
    _refuse_unencrypted(server)
    return True


def _is_azure(server: EndpointModel) -> bool:
    return is_azure(server.host) or server.provider == "azure"


def find_key(server: EndpointModel) -> SecretStr | None:
    """The key for this host from the environment, else from the keyring, else None.

    Raises:
        LuthierError: the key would travel unencrypted over a public network.
    """
    name = variable_for(server)
    if not server.key_variable and server.is_local:
        found = os.environ.get(FALLBACK_VARIABLE, "")
    else:
        found = os.environ.get(name) or os.environ.get(FALLBACK_VARIABLE, "")
    key = found.strip() or _from_keyring(server)
    if not key:
        return None
    _refuse_unencrypted(server)
    return SecretStr(key)


def _refuse_unencrypted(server: EndpointModel) -> None:
    if server.base_url.startswith("http://") and not is_private(server.host):
        raise LuthierError(
            _("The key was not sent: the way to {host} is not encrypted.", host=server.host),
            remedy=_("Use an address that begins with https://."),
            code="settings.insecure_url",
        )


def key_headers(server: EndpointModel, key: str) -> dict[str, str]:
    """The headers that carry a key: Azure takes it in one of its own, everyone else as a bearer's."""
    if not key:
        return {}
    azure = {"api-key": key} if is_azure(server.host) or server.api_version else {}
    return {"Authorization": f"Bearer {key}", **azure}


def key_source(server: EndpointModel) -> str:
    """Where the key comes from, in words and without the key."""
    for name in (variable_for(server), FALLBACK_VARIABLE):
        if os.environ.get(name):
            return _("environment variable {name}", name=name)
    if _from_keyring(server):
        return "keyring"
    return _("none needed") if server.is_local else _("none found")


def store_key(server: EndpointModel, key: str) -> None:
    """Put a key into the system keyring under its host.

    Raises:
        LuthierError: this system has no keyring.
    """
    import keyring
    from keyring.errors import KeyringError

    try:
        keyring.set_password(KEYRING_SERVICE, server.host, key.strip())
    except KeyringError as error:
        raise LuthierError(
            _("The key could not be put into the keyring."),
            why=_("This system offers no keyring, or it is locked."),
            remedy=_(
                "Set it in the environment instead: export {variable}=…",
                variable=variable_for(server),
            ),
            code="settings.no_keyring",
        ) from error


def _from_keyring(server: EndpointModel) -> str:
    if server.is_local and not server.key_in_keyring:
        return ""
    import keyring
    from keyring.errors import KeyringError

    try:
        return keyring.get_password(KEYRING_SERVICE, server.host) or ""
    except KeyringError:
        return ""  # a system without a keyring has no key in it
