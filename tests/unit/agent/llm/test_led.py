"""A model that loses its way among the tools is led: one step at a time, its own words checked."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
from fakes.driver import Driver
from fakes.openai_server import OpenAIServer, Refusal, Reply

from luthier.agent.brains.llm.led import is_small
from luthier.agent.events import BrainNoted, TokensUsed, ToolFinished
from luthier.agent.session import open_session
from luthier.agent.settings import make_settings, save_settings
from luthier.tools.workspace import Workspace

Say = Callable[[dict[str, Any]], Reply | Refusal]
SMALL = "qwen2.5-coder-0.5b-instruct"


@pytest.fixture
def mails(tmp_path: Path) -> Path:
    file = tmp_path / "mails.csv"
    file.write_text("text,label\n" + "".join(f"mail {n},{'ab'[n % 2]}\n" for n in range(40)))
    return file


@asynccontextmanager
async def seated(
    workspace: Workspace,
    say: Say,
    model: str = SMALL,
    lead: Literal["auto", "always", "never"] = "auto",
) -> AsyncIterator[tuple[Driver, OpenAIServer]]:
    with OpenAIServer(say) as server:
        save_settings(workspace, make_settings(server.base_url, model, lead=lead))
        async with Driver(await open_session(workspace)) as driver:
            yield driver, server


def led(words: str = "", step: str = "") -> Reply:
    """An answer in the form that a led model is held to."""
    return Reply(json.dumps({"say": words, "do": step}))


def steps(request: dict[str, Any]) -> list[str]:
    """What a led model may choose from."""
    form = request["response_format"]["json_schema"]["schema"]
    return list(form["properties"]["do"]["enum"])


def is_led(request: dict[str, Any]) -> bool:
    return "response_format" in request and "tools" not in request


async def test_of_a_model_that_reels_off_its_tools_only_the_due_call_is_made(
    workspace: Workspace, mails: Path
) -> None:
    def say(request: dict[str, Any]) -> Reply:
        if is_led(request):
            return led("Good.", steps(request)[0])
        asking = {"text": "What now?", "choices": ["a", "b"]}
        others = [("search_lessons", {"query": f"word {number}"}) for number in range(9)]
        return Reply(calls=[*others, ("ask_user", asking)])

    async with seated(workspace, say, "scripted") as (driver, server):
        assert driver.question.question.text == "What now?"
        assert not any(isinstance(event, ToolFinished) for event in driver.events)
        assert len(server.requests) == 1
        await driver.say(str(mails))
        assert driver.finished_tools == ["inspect_data"]
        assert driver.session.facts.source is not None
        assert driver.question.question.id == "use_case"
        assert len(server.requests) == 1
        await driver.pick("labels")
        assert is_led(server.requests[-1])
        assert driver.said.endswith("Good.")
        assert driver.question.question.id == "tried"
        assert "one step at a time" in str([e for e in driver.events if isinstance(e, BrainNoted)])


@pytest.mark.parametrize(
    "broken",
    [("start_session", {}), ("note_answers", '{"use_case": ')],
    ids=["invented", "no JSON"],
)
async def test_a_model_that_invents_tools_or_breaks_calls_is_led_from_the_second_on(
    workspace: Workspace, mails: Path, broken: tuple[str, Any]
) -> None:
    def say(request: dict[str, Any]) -> Reply:
        return led("Fine.", "start_session") if is_led(request) else Reply(calls=[broken])

    async with seated(workspace, say, "scripted") as (driver, server):
        assert driver.question.question.id == "start"
        assert "Hello, I am **Luthier**" in driver.said
        await driver.say(str(mails))
        await driver.pick("labels")
        assert [is_led(request) for request in server.requests] == [False, False, True]
        assert driver.question.question.id == "tried"
        assert driver.said.endswith("Fine.")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ('{"name": "ask_user", "arguments": {"text": "Which colour?", "choices": [1]}}', ""),
        ('```json\n{"name": "ask_user", "arguments": {}}\n```', ""),
        ("<tool_call>" + json.dumps({"name": "ask_user", "arguments": {}}) + "</tool_call>", ""),
        ('{"say": "Good!", "do": "ask_', ""),
        ("Good!", "Good!"),
        ("again " * 400, ""),
    ],
    ids=["bare", "fence", "tags", "cut off", "words", "endless"],
)
async def test_a_led_model_that_writes_calls_as_text_asks_the_guides_question(
    workspace: Workspace, mails: Path, answer: str, said: str
) -> None:
    async with seated(workspace, lambda _request: Reply(answer)) as (driver, server):
        await driver.say(str(mails))
        driver.events.clear()
        await driver.pick("labels")
        assert [is_led(request) for request in server.requests] == [True]
        assert driver.question.question.id == "tried"
        assert "Which colour?" not in str(driver.events)
        assert driver.said == said


async def test_a_small_model_leads_to_the_advice_whatever_it_says(
    workspace: Workspace, mails: Path
) -> None:
    talk = (
        "There are 977 rows. Which do you mean? Please send me mails. <b>So</b> is {x}. Fine. Ok."
    )
    # What is settled, and how many rows there are, is Luthier's to say.

    async with seated(workspace, lambda request: led(talk, "launch_training")) as (driver, server):
        await driver.say(str(mails))
        await driver.pick("labels")
        await driver.pick("nothing")
        assert len(server.requests) == 2, "steps that Luthier has words for cost no request"
        await driver.say("80% and half an hour")
        brief = driver.session.facts.brief
        assert (brief.use_case, brief.tried, brief.criterion, brief.minutes) == (
            *("labels", ("nothing",)),
            *(0.8, 30),
        )
        assert driver.session.facts.advice is not None
    assert sum(isinstance(event, TokensUsed) for event in driver.events) == 2
    assert "Fine." in driver.said
    for unfounded in ("977", "Which do you mean", "send me mails", "<b>", "{x}", "Ok."):
        assert unfounded not in driver.said


async def test_a_question_of_the_user_is_answered_from_the_lessons(
    workspace: Workspace, mails: Path
) -> None:
    async with seated(workspace, lambda request: led("", steps(request)[0])) as (driver, _server):
        await driver.say(str(mails))
        await driver.say("what is LoRA?")
        assert "low-rank" in driver.said
        assert driver.question.question.id == "use_case"


@pytest.mark.parametrize(("chosen", "looked_up"), [("search_lessons", True), ("wait", False)])
async def test_words_that_the_guide_does_not_understand_are_the_models_to_choose_by(
    workspace: Workspace, chosen: str, looked_up: bool
) -> None:
    choices: list[list[str]] = []

    def say(request: dict[str, Any]) -> Reply:
        choices.append(steps(request))
        return led("I see.", chosen)

    async with seated(workspace, say) as (driver, _server):
        choices.clear()
        await driver.say("my cat hums in the moonlight over there")
        assert sorted(choices[0]) == ["ask_user", "search_lessons"]
        assert ("search_lessons" in driver.finished_tools) == looked_up
        assert driver.question.question.id == "start"


async def test_a_server_that_cannot_hold_to_a_form_is_asked_without(
    workspace: Workspace, mails: Path
) -> None:
    def say(request: dict[str, Any]) -> Reply | Refusal:
        if is_led(request):
            return Refusal(400, "response_format is not supported")
        assert "tools" not in request
        return led("Good.", "ask_user")

    async with seated(workspace, say) as (driver, server):
        await driver.say(str(mails))
        await driver.pick("labels")
        await driver.pick("nothing")
        assert driver.question.question.id == "worth"
        assert driver.said.count("Good.") == 2
        assert [is_led(request) for request in server.requests] == [True, False, False]


async def test_what_a_led_model_cannot_know_is_between_the_data_marks(
    workspace: Workspace, mails: Path
) -> None:
    async with seated(workspace, lambda _request: led()) as (driver, server):
        await driver.say(str(mails))
        await driver.pick("labels")
        first = server.requests[-1]["messages"][0]["content"]
        assert first.count("<data>") == first.count("</data>") > 1
        assert len(first) < 4_000
        assert "mail 1" not in str(server.requests)


async def test_the_user_has_the_last_word_on_who_is_led(workspace: Workspace) -> None:
    async with seated(workspace, lambda _request: Reply("Hi."), SMALL, "never") as (_, server):
        assert "tools" in server.requests[0]
    async with seated(workspace, lambda _request: Reply("Hi."), "gpt-4o", "always") as (
        driver,
        server,
    ):
        await driver.say("my cat hums in the moonlight over there")
        assert is_led(server.requests[0])


@pytest.mark.parametrize(
    ("model", "small"),
    [
        *((name, True) for name in (SMALL, "llama3.2:1b", "SmolLM2-135M-Instruct", "org/x-2.5B")),
        *(
            (name, False)
            for name in (
                "org/Long-1M",
                "qwen3:4b",
                "gpt-4o",
                "qwen3-30b-a3b",
                "mistral-7b",
                "o3-mini",
            )
        ),
    ],
)
def test_what_counts_as_small(model: str, small: bool) -> None:
    assert is_small(model) == small
