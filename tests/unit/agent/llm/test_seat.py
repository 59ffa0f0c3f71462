"""A language model in the seat: the real client over HTTP, the real graph, tools and SQLite."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes.driver import Driver, wait_for
from fakes.openai_server import OpenAIServer, Refusal, Reply, Script, does

from luthier.agent.brains.llm.model import LanguageModel
from luthier.agent.events import (
    ReasoningDelta,
    TextDelta,
    TextDone,
    TokensUsed,
    ToolFinished,
    ToolStarted,
    TurnFailed,
)
from luthier.agent.session import Session, open_session
from luthier.agent.settings import make_settings, save_settings
from luthier.tools.workspace import Workspace

ASK = {"text": "Which size?", "choices": ["Small", "Large"]}


@contextmanager
def seated(workspace: Workspace, script: list[Reply | Refusal] | Script) -> Iterator[OpenAIServer]:
    """A scripted server that the settings of this home name."""
    with OpenAIServer(script) as server:
        save_settings(workspace, make_settings(server.base_url, "scripted"))
        yield server


async def opened(workspace: Workspace) -> Session:
    return await open_session(workspace)


def failure(driver: Driver) -> TurnFailed:
    return next(event for event in driver.events if isinstance(event, TurnFailed))


async def test_words_thoughts_and_tokens_stream_to_the_listener(workspace: Workspace) -> None:
    reply = Reply("Hello, what shall we do?", thoughts="They are new here.", usage=(321, 12))
    with seated(workspace, [reply]) as server:
        async with Driver(await opened(workspace)) as driver:
            deltas = [e.text for e in driver.events if isinstance(e, TextDelta)]
            thoughts = [e.text for e in driver.events if isinstance(e, ReasoningDelta)]
            used = [e for e in driver.events if isinstance(e, TokensUsed)]

            assert len(deltas) == 5
            assert "".join(deltas) == driver.said == "Hello, what shall we do?"
            assert "".join(thoughts) == "They are new here."
            assert [(u.input_tokens, u.output_tokens) for u in used] == [(321, 12)]
            assert server.last_messages[0]["role"] == "system"
            assert server.authorizations == ["Bearer not-needed"]


@pytest.mark.parametrize(
    "reply",
    [
        Reply("Well.", calls=[("ask_user", ASK)]),
        Reply("Well.", calls=[("ask_user", ASK)], indexed=False),
        Reply('Well.\n```json\n{"name": "ask_user", "arguments": %s}\n```'),
        Reply('Well.<tool_call>\n{"name": "ask_user", "arguments": %s}\n</tool_call>'),
        Reply('<think>A question.</think>{"name": "ask_user", "parameters": %s}'),
        Reply('[TOOL_CALLS][{"name": "ask_user", "arguments": %s}]'),
        Reply('{"function": {"name": "ask_user", "arguments": %s}}'),
        Reply('```json\n{"name": "size", "arguments": %s}\n```'),
    ],
    ids=["native", "no index", "fence", "tags", "thought, bare", "mistral", "nested", "by its id"],
)
async def test_a_call_is_understood_however_it_is_written(
    workspace: Workspace, reply: Reply
) -> None:
    reply = replace(reply, text=reply.text.replace("%s", json.dumps(ASK)))
    with seated(workspace, [reply, Reply("Fine.")]) as server:
        async with Driver(await opened(workspace)) as driver:
            question = driver.question.question
            assert question.text == "Which size?"
            assert [choice.label for choice in question.choices] == ["Small", "Large"]
            assert question.default == "small"
            assert driver.said.strip() in ("Well.", "")

            await driver.pick("large")

            result = server.last_messages[-1]
            assert result["role"] == "tool"
            assert result["content"] == "The user answered: Large"
            assert driver.said.endswith("Fine.")


async def test_every_call_of_a_model_is_shown_also_when_the_session_is_opened_again(
    workspace: Workspace,
) -> None:
    replies = [does("note_answers", "Noted.", use_case="labels"), Reply("Hello.")]
    with seated(workspace, replies):
        async with Driver(await opened(workspace)) as driver:
            await driver.session.idle()
            shown = [e for e in driver.events if isinstance(e, ToolStarted | ToolFinished)]
            assert [e.name for e in shown] == ["note_answers", "note_answers"]
            again = [
                e for e in driver.session.history() if isinstance(e, ToolStarted | ToolFinished)
            ]
            assert again == shown


async def test_words_that_look_like_a_call_stay_words(workspace: Workspace) -> None:
    text = 'Your rows could look so:\n```json\n{"name": "Ann", "age": 3}\n```\nGood?'
    with seated(workspace, [Reply(text)]):
        async with Driver(await opened(workspace)) as driver:
            assert driver.said == text
            assert driver.session.pending is None


async def test_several_calls_in_one_answer_are_all_done(workspace: Workspace) -> None:
    calls = [("search_lessons", {"query": "loss"}), ("inspect_data", {"example": "elle"})]
    for indexed in (True, False):
        replies = [Reply(calls=calls, indexed=indexed), Reply("Read.")]
        with seated(workspace, replies) as server:
            async with Driver(await opened(workspace)) as driver:
                assert driver.session.facts.source is not None
                results = [m for m in server.last_messages if m["role"] == "tool"]
                assert len(results) == 2
                ids = [c["id"] for m in server.last_messages for c in m.get("tool_calls", [])]
                assert ids == [result["tool_call_id"] for result in results]
                assert len(set(ids)) == 2


async def test_two_questions_at_once_are_asked_one_after_the_other(workspace: Workspace) -> None:
    second = {"text": "Which colour?", "choices": ["Red", "Blue"]}
    replies = [Reply(calls=[("ask_user", ASK), ("ask_user", second)]), Reply("Fine.")]
    with seated(workspace, replies) as server:
        async with Driver(await opened(workspace)) as driver:
            assert driver.question.question.text == "Which size?"
            await driver.pick("large")
            assert driver.question.question.text == "Which colour?"
            await driver.pick("red")
            answers = [m["content"] for m in server.last_messages if m["role"] == "tool"]
            assert answers == ["The user answered: Large", "The user answered: Red"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ('{"number": 3', "not a JSON object"),
        ("[1, 2]", "not a JSON object"),
        ("three", "not a JSON object"),
        ('{"number": "many"}', "Wrong arguments for show_row: number"),
        ('"{\\"number\\": 3}"', "The data has not been prepared yet."),
    ],
)
async def test_malformed_arguments_go_back_so_that_the_model_can_mend_them(
    workspace: Workspace, arguments: str, words: str
) -> None:
    replies = [Reply(calls=[("show_row", arguments)]), Reply("I see.")]
    with seated(workspace, replies) as server:
        async with Driver(await opened(workspace)) as driver:
            assert words in server.last_messages[-1]["content"]
            sent_back = server.last_messages[-2]["tool_calls"][0]["function"]["arguments"]
            assert isinstance(json.loads(sent_back), dict)
            assert driver.said == "I see."


KEPT = "choose the guide"


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Refusal(401, "Incorrect API key provided: sk-canary"), "does not accept the key"),
        (Refusal(403, "not for you"), "may not use scripted"),
        (Refusal(404, "no such model"), "no model scripted"),
        (Refusal(429, "slow down"), "no more requests"),
        (Refusal(429, "You exceeded it", "insufficient_quota"), "credit is used up"),
        (Refusal(500, "oops"), "also when asked again"),
        (Refusal(400, "scripted does not support tools"), "cannot call tools"),
        (Refusal(400, "too long", "context_length_exceeded"), "no longer fits"),
        (Refusal(400, "filtered", "content_filter"), "content filter refused"),
        (Refusal(418, "teapot"), "did not take the request"),
        (Reply("Half an", fault="drop"), "lost in the middle"),
        (Reply("Half an", finish="content_filter"), "content filter stopped"),
        (Reply(""), "empty answer"),
    ],
)
async def test_every_failure_is_told_in_plain_words_and_offers_the_guide(
    workspace: Workspace, reply: Reply | Refusal, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LUTHIER_API_KEY", "sk-canary")
    with seated(workspace, lambda _request: reply) as server:
        async with Driver(await opened(workspace)) as driver:
            told = failure(driver)
            assert words in told.text
            assert KEPT in told.remedy
            assert "Traceback" not in told.text
            assert "sk-canary" not in told.text
            assert server.authorizations[0] == "Bearer sk-canary"


async def test_what_passes_by_itself_is_tried_again(workspace: Workspace) -> None:
    passing = {"Retry-After": "0", "retry-after-ms": "1"}
    replies = [
        Refusal(429, headers=passing),
        Refusal(503, headers=passing),
        Refusal(500, headers=passing),
        Reply("Here I am."),
    ]
    with seated(workspace, replies) as server:
        async with Driver(await opened(workspace)) as driver:
            assert driver.said == "Here I am."
            assert len(server.requests) == 4


async def test_a_server_that_cannot_count_is_not_asked_to(workspace: Workspace) -> None:
    replies = [Refusal(400, "Unknown field: stream_options"), Reply("Hello."), Reply("Yes?")]
    with seated(workspace, replies) as server:
        async with Driver(await opened(workspace)) as driver:
            await driver.say("hi")
            assert driver.said == "Hello.\nYes?"
            assert ["stream_options" in request for request in server.requests] == [
                True,
                False,
                False,
            ]


async def test_a_server_that_is_away_is_named(workspace: Workspace) -> None:
    with OpenAIServer([]) as gone:
        settings = make_settings(gone.base_url, "scripted")
    brain = LanguageModel(settings=settings, retries=0)
    async with Driver(await open_session(workspace, brain=brain)) as driver:
        assert f"No model server answers at {settings.base_url}" in failure(driver).text


async def test_a_silent_server_is_given_up(workspace: Workspace) -> None:
    with OpenAIServer([Reply("Well", fault="hang")]) as server:
        settings = make_settings(server.base_url, "scripted")
        brain = LanguageModel(settings=settings, retries=0, silence_seconds=0.2)
        async with Driver(await open_session(workspace, brain=brain)) as driver:
            assert "did not answer in time" in failure(driver).text


async def test_interrupting_keeps_what_was_said_and_the_conversation_goes_on(
    workspace: Workspace,
) -> None:
    story = Reply("It all began", thoughts="They want a story.", fault="hang")
    replies = [Reply("Hello."), story, Reply("Of course.")]
    with seated(workspace, replies) as server:
        async with Driver(await opened(workspace)) as driver:
            await driver.session.send("tell me a story")
            await wait_for(lambda: TextDelta in map(type, driver.events[-1:]), 10)
            await asyncio.to_thread(server.hanging.wait, 10)
            await driver.session.cancel()
            server.released.set()

            await driver.say("go on")

            assert driver.said.endswith("Of course.")
            shown = server.last_messages[-2]
            assert shown["role"] == "assistant"
            assert shown["content"].startswith("It all began")
            thoughts = [e.text for e in driver.session.history() if isinstance(e, ReasoningDelta)]
            assert thoughts == ["They want a story."]


async def test_half_an_answer_is_kept_when_the_connection_breaks(workspace: Workspace) -> None:
    replies = [Reply("Hello."), Reply("It all began", fault="drop"), Reply("in Spain.")]
    with seated(workspace, replies) as server:
        async with Driver(await opened(workspace)) as driver:
            await driver.say("tell me a story")
            await driver.say("go on")
            assert server.last_messages[-2:] == [
                {"role": "assistant", "content": "It all began"},
                {"role": "user", "content": "go on"},
            ]
            said = [e.text for e in driver.session.history() if isinstance(e, TextDone)]
            assert said == ["Hello.", "It all began", "in Spain."]


async def test_after_a_failure_the_words_are_kept_and_the_turn_can_be_said_again(
    workspace: Workspace,
) -> None:
    replies: list[Reply | Refusal] = [Reply("Hello."), Refusal(401), Reply("Now it works.")]
    with seated(workspace, replies) as server:
        async with Driver(await opened(workspace)) as driver:
            await driver.say("first")
            await driver.say("second")
            assert driver.said.endswith("Now it works.")
            assert server.last_messages[-1] == {"role": "user", "content": "first\n\nsecond"}


async def test_too_long_a_conversation_is_shortened_and_sent_again(workspace: Workspace) -> None:
    seen: list[int] = []

    def script(request: dict[str, Any]) -> Reply | Refusal:
        seen.append(len(str(request["messages"])))
        if seen[-1] > 9_000:
            return Refusal(400, "This model's maximum context length is 3000 tokens")
        return Reply("Short enough.")

    with seated(workspace, script) as server:
        async with Driver(await opened(workspace)) as driver:
            for number in range(12):
                await driver.say(f"{number} " + "word " * 300)
            assert seen[-1] <= 9_000
            assert seen[-2] > seen[-1]
            assert "11 word" in server.last_messages[-1]["content"]
            assert not [event for event in driver.events if isinstance(event, TurnFailed)]


async def test_the_guide_takes_over_in_the_middle_and_gives_the_seat_back(
    workspace: Workspace, tmp_path: Path
) -> None:
    replies = [
        does("ask_user", "Hello.", **ASK),
        Reply("I am back."),
    ]
    data = tmp_path / "mail.csv"
    data.write_text("text,label\n" + "".join(f"mail {n},{'ab'[n % 2]}\n" for n in range(40)))
    with seated(workspace, replies) as server:
        settings = make_settings(server.base_url, "scripted")
        async with Driver(await opened(workspace)) as driver:
            assert driver.session.brain_name == "scripted at 127.0.0.1"
            await driver.session.set_brain(None)
            assert driver.question.question.text == "Which size?"

            await driver.say(str(data))
            assert driver.question.question.id == "use_case"
            assert driver.session.facts.source is not None

            await driver.session.set_brain(settings)
            await driver.pick("labels")
            assert driver.said.endswith("I am back.")
            system = server.last_messages[0]["content"]
            assert "mail.csv" in system
            assert len(server.requests) == 2
            session_id = driver.session.id

    again = await open_session(workspace, session_id)
    texts = [event.text for event in again.history() if isinstance(event, TextDone)]
    await again.close()
    assert texts[-1] == "I am back."


async def test_a_session_stops_at_the_tokens_the_user_allowed(workspace: Workspace) -> None:
    replies = [Reply("Hello.", usage=(900, 50)), Reply("Yes?", usage=(900, 50)), Reply("More.")]
    with OpenAIServer(replies) as server:
        settings = make_settings(server.base_url, "scripted", budget_tokens=1_500)
        save_settings(workspace, settings)
        async with Driver(await opened(workspace)) as driver:
            await driver.say("one")
            await driver.say("two")
            assert (
                "used 1,900 of 1,500 tokens, free, which is all you allowed" in failure(driver).text
            )
            assert len(server.requests) == 2

            await driver.session.set_brain(None)
            await driver.session.idle()
            await driver.say("what is LoRA?")
            assert "LoRA" in driver.said


async def test_rows_of_the_users_file_are_not_sent(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "mail.csv"
    lines = [f"private letter {n} to Ann,{'ab'[n % 2]}\n" for n in range(40)]
    path.write_text("text,label\n" + "".join(lines) + "private letter without a label,\n")
    calls = [("inspect_data", {"path": str(path)}), ("prepare_data", {"leave_out_unusable": True})]
    replies = [Reply("Hello."), *(Reply(calls=[call]) for call in calls), Reply("Done.")]
    with seated(workspace, replies) as server:
        async with Driver(await opened(workspace)) as driver:
            await driver.say(str(path))
            assert driver.session.facts.dataset is not None
            assert driver.said.endswith("Done.")
            assert "mail.csv" in str(server.requests)
            assert "private letter" not in str(server.requests)


async def test_without_a_choice_the_guide_speaks_even_where_there_is_a_key(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    async with Driver(await opened(workspace)) as driver:
        assert driver.session.brain_name == "the offline guide"
        assert "Luthier" in driver.said


async def test_the_same_call_over_and_over_is_stopped(workspace: Workspace) -> None:
    asks = does("search_lessons", query="loss")
    with seated(
        workspace, lambda request: asks if len(request["messages"]) > 2 else Reply("Hi.")
    ) as server:
        async with Driver(await opened(workspace)) as driver:
            await driver.say("go on")
            assert "the same step was taken 3 times" in driver.said
            assert len(server.requests) == 4
            await driver.say("go on")
            assert len(server.requests) == 7


async def test_a_step_that_comes_to_something_new_may_be_repeated(workspace: Workspace) -> None:
    asked = 0

    def script(request: dict[str, Any]) -> Reply:
        nonlocal asked
        asked += 1
        words = ("Hi.",) if asked == 1 else ()
        if words or asked == 7:
            return Reply("Read.")
        return does("search_lessons", query=("loss", "rank")[asked % 2])

    with seated(workspace, script):
        async with Driver(await opened(workspace)) as driver:
            await driver.say("read all of it")
            assert driver.said.endswith("Read.")


async def test_a_model_that_invents_a_tool_is_told_which_there_are(workspace: Workspace) -> None:
    invented = Reply('```json\n{"name": "sort_emails", "arguments": {"input": "mail.csv"}}\n```')
    with seated(workspace, [Reply("Hello."), invented, Reply("Which file, please?")]) as server:
        async with Driver(await opened(workspace)) as driver:
            await driver.say("sort my mail")
            told = server.last_messages[-1]["content"]
            assert "no tool sort_emails" in told
            assert "inspect_data" in told
            assert "launch_training" not in told
            assert "sort_emails" not in driver.said
            assert driver.said.endswith("Which file, please?")


@pytest.mark.parametrize("refrain", ['"ask_user", ', "ha "], ids=["a call", "words"])
async def test_a_model_that_never_stops_repeating_itself_is_cut_off(
    workspace: Workspace, refrain: str
) -> None:
    begun = '{"name": "ask_user", "choices": [' if "ask" in refrain else "Well, "
    with seated(workspace, [Reply(begun + refrain * 900), Reply("Fine.")]):
        async with Driver(await opened(workspace)) as driver:
            assert "over and over" in failure(driver).text
            assert "guide" in failure(driver).remedy
            await driver.say("again, please")
            assert driver.said.endswith("Fine.")
