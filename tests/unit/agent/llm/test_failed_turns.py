"""Turns that failed: told again on opening, tried again where asked, never sent again by themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fakes.driver import Driver
from fakes.openai_server import OpenAIServer, Refusal, Reply, Script, does

from luthier.agent.events import TextDone, TurnFailed, UserSpoke
from luthier.agent.failed import LEFT_OUT
from luthier.agent.session import open_session
from luthier.agent.settings import make_settings, save_settings
from luthier.tools.workspace import Workspace

ASK = {"text": "Which size?", "choices": ["Small", "Large"]}
FILTER = Refusal(400, "filtered", "content_filter")
CONTEXT = Refusal(400, "too long", "context_length_exceeded")


@contextmanager
def seated(workspace: Workspace, script: list[Reply | Refusal] | Script) -> Iterator[OpenAIServer]:
    with OpenAIServer(script) as server:
        save_settings(workspace, make_settings(server.base_url, "scripted"))
        yield server


def sent(request: dict[str, Any]) -> str:
    """Everything but the instructions."""
    return str(request["messages"][1:])


def refuses(words: str, refusal: Refusal) -> Script:
    """A provider that takes nothing in which these words stand."""

    def script(request: dict[str, Any]) -> Reply | Refusal:
        return refusal if words in sent(request) else Reply("Fine.")

    return script


@pytest.mark.parametrize("refusal", [FILTER, CONTEXT], ids=["filter", "context"])
async def test_words_that_were_refused_are_not_sent_again_by_themselves(
    workspace: Workspace, refusal: Refusal
) -> None:
    with seated(workspace, refuses("dreadful", refusal)) as server:
        async with Driver(await open_session(workspace)) as driver:
            await driver.say("something dreadful")
            await driver.say("something nice")

            assert driver.said == "Fine.\nFine."
            assert server.last_messages[-1]["content"] == f"{LEFT_OUT}\n\nsomething nice"
            said = [e.text for e in driver.session.history() if isinstance(e, UserSpoke)]
            assert said == ["something dreadful", "something nice"]


@pytest.mark.parametrize("words", ["try again", "Retry!", "please try it again", "حاول مرة أخرى"])
async def test_words_that_were_refused_are_sent_again_where_the_user_asks(
    workspace: Workspace, words: str
) -> None:
    replies = [Reply("Hello."), FILTER, FILTER, Reply("All right."), Reply("Yes?")]
    with seated(workspace, replies) as server:
        async with Driver(await open_session(workspace)) as driver:
            await driver.say("something dreadful")
            await driver.say(words)
            assert server.last_messages[-1]["content"] == "something dreadful"
            await driver.say(words)
            assert server.last_messages[-1]["content"] == "something dreadful"
            assert driver.said.endswith("All right.")

            await driver.say(words)
            assert server.last_messages[-1]["content"] == words
            assert "something dreadful" in sent(server.requests[-1])


async def test_an_answer_that_was_refused_goes_with_its_question(workspace: Workspace) -> None:
    replies = [does("ask_user", "Hello.", **ASK), FILTER, Reply("Let us go on.")]
    with seated(workspace, replies) as server:
        async with Driver(await open_session(workspace)) as driver:
            await driver.say("something dreadful")
            await driver.say("something nice")
            roles = [message["role"] for message in server.last_messages]
            assert roles == ["system", "user"]
            assert "dreadful" not in sent(server.requests[-1])
            assert "Which size?" not in sent(server.requests[-1])


async def test_a_turn_is_tried_again_as_it_was(workspace: Workspace) -> None:
    replies = [Reply("Hello."), Refusal(401), Reply("Half an", fault="drop"), Reply("A whole.")]
    with seated(workspace, replies) as server:
        async with Driver(await open_session(workspace)) as driver:
            await driver.say("tell me a story")
            await driver.say("try again")
            await driver.say("try again")
            assert server.last_messages[1:] == [
                {"role": "user", "content": server.requests[0]["messages"][1]["content"]},
                {"role": "assistant", "content": "Hello."},
                {"role": "user", "content": "tell me a story"},
            ]
            assert driver.said.endswith("A whole.")


async def test_the_command_asks_once_more_only_what_failed(workspace: Workspace) -> None:
    replies = [Reply("Hello."), Refusal(401), Reply("A whole story.")]
    with seated(workspace, replies) as server:
        async with Driver(await open_session(workspace)) as driver:
            assert "Nothing has failed" in await driver.session.retry()
            await driver.say("tell me a story")
            assert await driver.session.retry() == ""
            await driver._settle()
            assert server.last_messages[-1]["content"] == "tell me a story"
            assert driver.said.endswith("A whole story.")
            assert "Nothing has failed" in await driver.session.retry()
            await driver._settle()
            assert len(server.requests) == 3


async def test_what_failed_is_told_when_the_session_is_opened_again(workspace: Workspace) -> None:
    with seated(workspace, [Reply("Hello."), Refusal(401, "bad key"), Reply("Now it works.")]):
        async with Driver(await open_session(workspace)) as driver:
            await driver.say("first")
            (told,) = [e for e in driver.events if isinstance(e, TurnFailed)]
            session_id = driver.session.id

        async with Driver(await open_session(workspace, session_id)) as driver:
            again = driver.session.history()
            assert [e for e in again if isinstance(e, TurnFailed)] == [told]
            assert "bad key" in told.text
            assert driver.session.pending is None
            await driver.say("try again")
            assert driver.said == "Now it works."


async def test_the_guide_answers_what_the_model_could_not_take(
    workspace: Workspace, tmp_path: Path
) -> None:
    data = tmp_path / "mail.csv"
    data.write_text("text,label\n" + "".join(f"mail {n},{'ab'[n % 2]}\n" for n in range(40)))
    with seated(workspace, [Reply("Hello."), FILTER, Reply("Back.")]) as server:
        settings = make_settings(server.base_url, "scripted")
        async with Driver(await open_session(workspace)) as driver:
            await driver.say(str(data))
            await driver.session.set_brain(None)
            await driver.session.idle()
            assert driver.session.facts.source is not None
            assert driver.question.question.id == "use_case"

            await driver.pick("labels")
            await driver.session.set_brain(settings)
            await driver.pick("nothing")
            assert driver.said.endswith("Back.")
            by_user = [m["content"] for m in server.last_messages if m["role"] == "user"]
            assert LEFT_OUT in "".join(by_user)
            assert str(data) not in "".join(by_user)


async def test_the_guide_says_where_we_are_and_offers_the_next_step(
    workspace: Workspace, tmp_path: Path
) -> None:
    data = tmp_path / "mail.csv"
    data.write_text("text,label\n" + "".join(f"mail {n},{'ab'[n % 2]}\n" for n in range(40)))
    notes = {"use_case": "labels", "tried": ["nothing"], "minutes": 20}
    calls = [("inspect_data", {"path": str(data)}), ("note_answers", notes)]
    replies = [Reply("Hello."), *(Reply(calls=[one]) for one in calls), Reply("Noted.")]
    with seated(workspace, replies):
        async with Driver(await open_session(workspace)) as driver:
            await driver.say(str(data))
            assert driver.session.pending is None

            await driver.session.set_brain(None)
            await driver.session.idle()
            newest = [e.text for e in driver.session.history() if isinstance(e, TextDone)][-1]
            assert "mail.csv · 40 usable of 40 rows" in newest
            assert "sort into labels" in newest
            assert driver.question.question.id == "handover"
            assert "Weighing whether tuning is the right thing" in driver.question.question.text
            assert driver.session.facts.advice is None

            await driver.say("something else first")
            assert "At this point you can" in driver.said
            await driver.say("go on")
            assert driver.session.facts.advice is not None


async def test_the_guide_speaks_where_the_seat_changed_while_the_session_was_closed(
    workspace: Workspace,
) -> None:
    with seated(workspace, [Reply("Hello."), Reply("Which file?")]):
        async with Driver(await open_session(workspace)) as driver:
            await driver.say("sort my mail")
            session_id = driver.session.id
    save_settings(workspace, None)
    for _opening in range(2):
        async with Driver(await open_session(workspace, session_id)) as driver:
            said = [e.text for e in driver.session.history() if isinstance(e, TextDone)]
            assert said[-1].startswith("I am the offline guide and go on from here.")
            assert said.count(said[-1]) == 1
            assert driver.question.question.id == "start"


async def test_the_guide_speaks_after_a_model_that_was_interrupted(workspace: Workspace) -> None:
    replies = [Reply("Hello."), Reply("It all began", fault="hang")]
    with seated(workspace, replies) as server:
        async with Driver(await open_session(workspace)) as driver:
            await driver.session.send("tell me a story")
            await asyncio.to_thread(server.hanging.wait, 10)
            await driver.session.set_brain(None)
            server.released.set()
            await driver.session.idle()
            assert "I am the offline guide" in driver.said
            assert driver.question.question.id == "start"


async def test_an_answer_to_a_model_that_the_guide_cannot_read_leads_to_the_next_step(
    workspace: Workspace,
) -> None:
    with seated(workspace, [does("ask_user", "Hello.", **ASK)]):
        async with Driver(await open_session(workspace)) as driver:
            await driver.session.set_brain(None)
            assert driver.question.question.text == "Which size?"
            await driver.pick("large")
            assert "I am the offline guide and go on from here." in driver.said
            assert driver.question.question.id == "start"
