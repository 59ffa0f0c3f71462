"""Finding model servers that run on this computer, by knocking at their usual ports. Nothing else.

Only loopback addresses are asked, all at once, and each has half a second to answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from luthier.agent.settings import BrainSettings
from luthier.tools.endpoints.keys import find_key, key_headers
from luthier.tools.errors import LuthierError
from luthier.tools.language import _

if TYPE_CHECKING:
    import httpx2

FindServers = Callable[[], Awaitable[Sequence["LocalServer"]]]
USUAL_PORTS: Mapping[int, str] = {
    11434: "Ollama",
    1234: "LM Studio",
    8080: "llama.cpp",
    8000: "vLLM",
}
SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A server that answered, with the models it offers."""

    name: str
    base_url: str
    models: tuple[str, ...]


async def find_servers(ports: Mapping[int, str] = USUAL_PORTS) -> tuple[LocalServer, ...]:
    """The servers among ``ports`` that list their models, in the order of ``ports``."""
    http = await asyncio.to_thread(import_module, "httpx2")
    async with http.AsyncClient(timeout=SECONDS, trust_env=False) as client:
        found = await asyncio.gather(*(_knock(client, port, name) for port, name in ports.items()))
    return tuple(server for server in found if server is not None)


async def _knock(client: httpx2.AsyncClient, port: int, name: str) -> LocalServer | None:
    import httpx2

    url = f"http://127.0.0.1:{port}/v1"
    try:
        response = await client.get(f"{url}/models")
        models = _names(response.json()) if response.status_code == 200 else ()
    except (httpx2.HTTPError, ValueError):
        return None  # nothing there, or something else that is no model server
    return LocalServer(name, url, models) if models else None


async def list_models(settings: BrainSettings) -> tuple[str, ...]:
    """The models that the endpoint of ``settings`` offers.

    Raises:
        LuthierError: it cannot be asked, or refuses.
    """
    http = await asyncio.to_thread(import_module, "httpx2")
    key = await asyncio.to_thread(find_key, settings)
    headers = key_headers(settings, key.get_secret_value() if key else "")
    try:
        async with http.AsyncClient(timeout=10, trust_env=not settings.is_local) as client:
            response = await client.get(f"{settings.base_url}/models", headers=headers)
            response.raise_for_status()
            return _names(response.json())
    except (http.HTTPError, ValueError) as error:
        raise LuthierError(
            _("{base_url} does not list its models.", base_url=settings.base_url),
            why=_(
                "{failure}: it is away, refuses, or is no model server.",
                failure=type(error).__name__,
            ),
            remedy=_("Check the address and the key; the name of a model can also be typed."),
            code="llm.no_list",
        ) from None


def _names(body: object) -> tuple[str, ...]:
    listed = body.get("data") if isinstance(body, dict) else None
    if not isinstance(listed, list):
        return ()
    return tuple(str(item["id"]) for item in listed if isinstance(item, dict) and item.get("id"))
