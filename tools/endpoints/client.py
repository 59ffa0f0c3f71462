"""Clients of OpenAI-compatible servers; the ``openai`` package is loaded only here, when it is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from luthier.tools.azure.token import SignIn
from luthier.tools.endpoints.keys import find_key, key_headers, signs_in
from luthier.tools.endpoints.model import EndpointModel

if TYPE_CHECKING:
    from openai import OpenAI

CONNECT_SECONDS, SILENCE_SECONDS = 10.0, 120.0
RETRIES = 5
"""How often the SDK asks again after 408, 409, 429, 5xx and broken connections; it waits as long as the
server's Retry-After says."""


def open_client(
    server: EndpointModel, *, retries: int = RETRIES, silence: float = SILENCE_SECONDS
) -> tuple[OpenAI, str]:
    """A client for this server, and the key or token that it sends (empty where none is known).

    The token of a sign-in at Azure is asked for again while the client is in use: it ends after an hour.

    Raises:
        LuthierError: the key would travel unencrypted over a public network, or the sign-in failed.
    """
    import httpx2
    from openai import DefaultHttpxClient, OpenAI

    key = find_key(server)
    secret = key.get_secret_value() if key else ""
    sign_in = SignIn() if signs_in(server) else None
    client = OpenAI(
        api_key=sign_in or secret or "not-needed",
        base_url=server.base_url,
        default_headers=key_headers(server, secret),
        default_query={"api-version": server.api_version} if server.api_version else None,
        max_retries=retries,
        timeout=httpx2.Timeout(silence, connect=CONNECT_SECONDS),
        # A proxy set for the internet must not be asked for a server on this computer.
        http_client=DefaultHttpxClient(trust_env=not server.is_local),
    )
    return client, sign_in() if sign_in else secret
