"""What the user is told while a model is waited for, and when it is no longer sent everything."""

from __future__ import annotations

import pytest
from fakes.driver import Driver
from fakes.openai_server import OpenAIServer, Refusal, Reply

from luthier.agent.brains.llm.model import LanguageModel
from luthier.agent.events import AgentEvent, BrainNoted, ModelWaits
from luthier.agent.session import open_session
from luthier.agent.settings import make_settings, save_settings
from luthier.tools.workspace import Workspace


def waits(driver: Driver) -> list[tuple[int, int, bool]]:
    return [(e.seconds, e.total, e.busy) for e in driver.events if isinstance(e, ModelWaits)]


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_service_is_waited_for_second_by_second(
    workspace: Workspace, status: int
) -> None:
    script = [Refusal(status, "busy", headers={"retry-after": "1.2"}), Reply("Hello.")]
    with OpenAIServer(script) as server:
        save_settings(workspace, make_settings(server.base_url, "scripted"))
        async with Driver(await open_session(workspace)) as driver:
            assert waits(driver) == [(2, 2, True), (1, 2, True), (0, 2, True)]
            assert driver.said == "Hello."


async def test_a_server_that_does_not_answer_is_waited_for_too(workspace: Workspace) -> None:
    settings = make_settings("http://127.0.0.1:9/v1", "scripted")
    brain = LanguageModel(settings=settings, retries=1)
    async with Driver(await open_session(workspace, brain=brain)) as driver:
        assert waits(driver) == [(1, 1, False), (0, 1, False)]


async def test_a_conversation_beyond_the_window_is_said_to_be_shortened_once(
    workspace: Workspace,
) -> None:
    def shortened(events: list[AgentEvent]) -> list[BrainNoted]:
        return [event for event in events if isinstance(event, BrainNoted)]

    answer = Reply(" ".join(f"word{number}" for number in range(300)))
    with OpenAIServer(lambda _request: answer) as server:
        settings = make_settings(server.base_url, "scripted", context_tokens=8_000)
        save_settings(workspace, settings)
        async with Driver(await open_session(workspace)) as driver:
            await driver.say("one")
            assert shortened(driver.events) == []
            for number in range(8):
                await driver.say(f"question {number}")
            (told,) = shortened(driver.events)
            assert f"too long for {settings.words}" in told.text
        sent = server.last_messages
        assert "Earlier messages were left out" in str(sent[1])
        assert len(sent) < 12
