"""A session in the middle of a turn, for what is said to it meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from fakes.driver import Driver, wait_for
from fakes.openai_server import OpenAIServer, Reply, does

from luthier.agent.events import WordsReturned
from luthier.agent.session import open_session
from luthier.agent.settings import make_settings, save_settings
from luthier.tools.workspace import Workspace

QUESTION = {
    "id": "size",
    "text": "Which size?",
    "choices": [{"id": "s", "label": "Small"}, {"id": "l", "label": "Large"}],
    "default": "s",
}
ASKS = does("ask_user", "One thing.", **QUESTION)
NEEDS_A_YES = does("get_starter", "I get the model.")


@asynccontextmanager
async def at_work(
    workspace: Workspace, *replies: Reply, session_id: str | None = None
) -> AsyncIterator[tuple[Driver, OpenAIServer]]:
    """A session in the middle of the first of ``replies``, which ends when it is released."""
    script = [Reply("Hello."), replace(replies[0], fault="hang"), *replies[1:]]
    with OpenAIServer(script) as server:
        save_settings(workspace, make_settings(server.base_url, "scripted"))
        async with Driver(await open_session(workspace, session_id)) as driver:
            await driver.session.send("go")
            await wait_for(server.hanging.is_set)
            yield driver, server


async def done(driver: Driver, server: OpenAIServer) -> None:
    server.released.set()
    await driver.session.idle()
    await asyncio.sleep(0.05)


def returned(driver: Driver) -> list[str]:
    return [event.text for event in driver.events if isinstance(event, WordsReturned)]


def last_of_the_user(server: OpenAIServer) -> Any:
    return [one for one in server.last_messages if one["role"] == "user"][-1]["content"]
