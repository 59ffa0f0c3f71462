"""A session over the real graph and real SQLite, with a scripted brain for exact tool calls."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from fakes.brain import ScriptedChatModel, calling
from fakes.driver import Driver, wait_for
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from luthier.agent.checkpoints import MessageSaver
from luthier.agent.events import TextDone, ToolFinished, TurnFailed, UserSpoke
from luthier.agent.session import open_session
from luthier.agent.settings import FILE as SETTINGS
from luthier.agent.store import list_sessions
from luthier.tools.errors import LuthierError
from luthier.tools.jobs.store import get_job
from luthier.tools.workspace import Workspace

QUESTION = {
    "id": "size",
    "text": "Which size?",
    "choices": [{"id": "s", "label": "Small"}, {"id": "l", "label": "Large"}],
    "default": "s",
    "why": "Because.",
}


async def test_a_question_waits_and_its_answer_reaches_the_brain(workspace: Workspace) -> None:
    brain = ScriptedChatModel(
        script=[calling("ask_user", "Hello.", **QUESTION), AIMessage("Fine.")]
    )

    async with Driver(await open_session(workspace, brain=brain)) as driver:
        assert driver.question.question.text == "Which size?"
        await driver.pick("l")

        answer = brain.calls[-1][-1]
        assert isinstance(answer, ToolMessage)
        assert answer.content == "The user answered: Large"
        assert driver.said == "Hello.\nFine."


async def test_an_open_question_survives_closing(workspace: Workspace) -> None:
    script = [AIMessage("Hello."), calling("ask_user", "One thing.", **QUESTION)]
    first = ScriptedChatModel(script=script)
    async with Driver(await open_session(workspace, brain=first)) as driver:
        await driver.say("I have a file")
        session_id = driver.session.id

    second = ScriptedChatModel(script=[AIMessage("Fine.")])
    async with Driver(await open_session(workspace, session_id, brain=second)) as driver:
        await driver.unsure()
        assert second.calls[-1][-1].content == "The user answered: I don't know (so: Small)"

    third = await open_session(workspace, session_id, brain=ScriptedChatModel(script=[]))
    heard = [event.text for event in third.history() if isinstance(event, TextDone | UserSpoke)]
    await third.close()
    assert heard == [
        "Hello.",
        "I have a file",
        "One thing.",
        "Which size?",
        "I don't know (so: Small)",
        "Fine.",
    ]


async def test_a_session_in_which_nothing_was_said_leaves_no_trace(workspace: Workspace) -> None:
    brain = ScriptedChatModel(script=[calling("ask_user", "Hello.", **QUESTION)])
    async with Driver(await open_session(workspace, brain=brain)):
        assert len(list_sessions(workspace)) == 1

    assert list_sessions(workspace) == []


async def test_a_session_that_cannot_be_opened_is_kept(workspace: Workspace) -> None:
    brain = ScriptedChatModel(script=[AIMessage("Hello."), AIMessage("Fine.")])
    async with Driver(await open_session(workspace, brain=brain)) as driver:
        await driver.say("I have a file")
        session_id = driver.session.id
    damaged = workspace.home / SETTINGS
    damaged.write_text("{")

    with pytest.raises(LuthierError, match="cannot be read"):
        await open_session(workspace, session_id)

    damaged.unlink()
    again = await open_session(workspace, session_id)
    said = [event.text for event in again.history() if isinstance(event, UserSpoke)]
    await again.close()
    assert said == ["I have a file"]


async def test_damaged_conversations_are_told_in_plain_words(workspace: Workspace) -> None:
    brain = ScriptedChatModel(script=[AIMessage("Hello."), AIMessage("Fine.")])
    async with Driver(await open_session(workspace, brain=brain)) as driver:
        await driver.say("I have a file")
        session_id = driver.session.id
    path = workspace.checkpoints_path
    path.write_bytes(path.read_bytes()[:4096] + b"\x07" * (path.stat().st_size - 4096))

    for session in (session_id, None):
        with pytest.raises(LuthierError) as raised:
            await open_session(workspace, session)
        assert raised.value.place == str(path)


async def test_typing_while_a_question_is_open_answers_it(workspace: Workspace) -> None:
    brain = ScriptedChatModel(script=[calling("ask_user", **QUESTION), AIMessage("Fine.")])

    async with Driver(await open_session(workspace, brain=brain)) as driver:
        await driver.say("medium, please")
        assert brain.calls[-1][-1].content == "The user answered: medium, please"


async def test_an_effect_needs_a_yes_and_a_no_carries_its_reason(workspace: Workspace) -> None:
    brain = ScriptedChatModel(script=[calling("get_starter"), AIMessage("All right.")])

    async with Driver(await open_session(workspace, brain=brain)) as driver:
        assert driver.approval.approval.effect == "network"
        assert dict(driver.approval.approval.details)["Disk"].startswith("about 270 MB")
        await driver.say("not on this connection")

        refusal = brain.calls[-1][-1]
        assert refusal.content == "The user said no: not on this connection"
        assert driver.finished_tools == []
        assert list(workspace.jobs.iterdir()) == []


async def test_a_model_is_fetched_from_the_hub_only_after_a_yes(workspace: Workspace) -> None:
    brain = ScriptedChatModel(
        script=[AIMessage("Hello."), calling("choose_model", model="owner/name"), AIMessage("No.")]
    )

    async with Driver(await open_session(workspace, brain=brain)) as driver:
        await driver.say("use the model owner/name")
        assert driver.approval.approval.effect == "network"
        assert "owner/name from the Hugging Face Hub" in driver.approval.approval.title
        await driver.decide(False)
        assert driver.session.facts.model_id == "starter"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (calling("make_coffee"), "There is no tool make_coffee"),
        (calling("show_row", number="many"), "Wrong arguments for show_row: number"),
        (calling("inspect_data"), "There is no file to look at yet."),
        (calling("launch_training"), "There is no plan yet."),
        (calling("ask_user", choices="none"), "That is not a question"),
    ],
)
async def test_a_wrong_call_goes_back_to_the_brain_in_words(
    workspace: Workspace, call: AIMessage, words: str
) -> None:
    brain = ScriptedChatModel(script=[call, AIMessage("I see.")])

    async with Driver(await open_session(workspace, brain=brain)) as driver:
        result = brain.calls[-1][-1]
        assert isinstance(result, ToolMessage)
        assert result.status == "error"
        assert words in str(result.content)
        assert driver.said.endswith("I see.")


async def test_a_brain_that_runs_in_circles_is_stopped(workspace: Workspace) -> None:
    circle = [calling("search_lessons", query=f"loss {number}") for number in range(60)]
    brain = ScriptedChatModel(script=circle)

    async with Driver(await open_session(workspace, brain=brain)) as driver:
        assert "40 steps" in driver.said
        assert len(brain.calls) == 40


async def test_an_interrupted_turn_leaves_no_open_tool_call(workspace: Workspace) -> None:
    brain = ScriptedChatModel(
        script=[AIMessage("Hello."), calling("ask_user", **QUESTION), AIMessage("Yes?")]
    )
    async with Driver(await open_session(workspace, brain=brain)) as driver:
        await driver.session.send("go")
        await driver.session.cancel()
        await driver.session.idle()
        assert driver.session.pending is None
        brain.script = [AIMessage("Yes?")] * 9
        await driver.say("still there?")

        shown = brain.calls[-1]
        answered = {m.tool_call_id for m in shown if isinstance(m, ToolMessage)}
        called = {c["id"] for m in shown if isinstance(m, AIMessage) for c in m.tool_calls}
        assert called <= answered
        assert isinstance(shown[-1], HumanMessage)


async def test_a_second_chat_on_one_session_only_reads(workspace: Workspace) -> None:
    brain = ScriptedChatModel(script=[AIMessage("Hello.")])
    async with Driver(await open_session(workspace, brain=brain)) as first:
        second = await open_session(workspace, first.session.id, brain=ScriptedChatModel(script=[]))
        async with Driver(second) as driver:
            await driver.say("may I?")
            failures = [event for event in driver.events if isinstance(event, TurnFailed)]
            assert "open in another Luthier" in failures[0].text
            assert [e.text for e in second.history() if isinstance(e, TextDone)] == ["Hello."]


async def test_checkpoints_do_not_grow_with_the_square_of_the_turns(workspace: Workspace) -> None:
    brain = ScriptedChatModel(script=[AIMessage("x" * 1000) for _ in range(31)])
    async with Driver(await open_session(workspace, brain=brain)) as driver:
        for turn in range(30):
            await driver.say(f"turn {turn}")

    with sqlite3.connect(workspace.checkpoints_path) as connection:
        rows, size = connection.execute(
            "select count(*), sum(length(checkpoint)) from checkpoints"
        ).fetchone()
    connection.close()
    assert rows == 1
    assert size < 100_000


async def test_sessions_are_listed_newest_first_with_what_they_are_about(
    workspace: Workspace,
) -> None:
    for words in ("first thing", "second thing"):
        brain = ScriptedChatModel(script=[AIMessage("Hello."), AIMessage("I see.")])
        async with Driver(await open_session(workspace, brain=brain)) as driver:
            await driver.say(words)

    assert [info.title for info in list_sessions(workspace)] == ["second thing", "first thing"]


async def test_a_database_of_a_newer_version_is_left_alone(workspace: Workspace) -> None:
    session = await open_session(workspace, brain=ScriptedChatModel(script=[]))
    await session.close()
    with sqlite3.connect(workspace.database_path) as connection:
        connection.execute(
            "insert into _sqlite_migrations (migration_set, name, applied_at)"
            " values ('agent', 'm099_future', '2030-01-01')"
        )
    connection.close()

    with pytest.raises(LuthierError, match="older than the one that wrote") as caught:
        await open_session(workspace)
    assert caught.value.code == "database.newer"
    assert "LUTHIER_HOME" in caught.value.remedy


async def test_a_full_disk_lets_an_empty_session_close(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_saver: MessageSaver) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(MessageSaver, "forget", refuse)
    session = await open_session(workspace, brain=ScriptedChatModel(script=[]))

    await session.close()

    again = await open_session(workspace, session.id, ScriptedChatModel(script=[]))
    assert not again.read_only
    await again.close()


async def test_an_unknown_session_is_named(workspace: Workspace) -> None:
    with pytest.raises(LuthierError, match="No session begins with 'zzz'"):
        await open_session(workspace, "zzz")


async def test_tool_results_are_redrawn_from_disk(workspace: Workspace, tmp_path: Path) -> None:
    data = tmp_path / "data.csv"
    data.write_text("text,label\n" + "".join(f"message {n},spam\n" for n in range(12)))
    looking = calling("inspect_data", path=str(data))
    brain = ScriptedChatModel(script=[AIMessage("Hello."), looking, AIMessage("Seen.")])
    async with Driver(await open_session(workspace, brain=brain)) as driver:
        await driver.say(f"look at {data}")
        live = [event for event in driver.events if isinstance(event, ToolFinished)]
        session_id = driver.session.id

    again = await open_session(workspace, session_id, brain=ScriptedChatModel(script=[]))
    redrawn = [event for event in again.history() if isinstance(event, ToolFinished)]
    await again.close()
    assert live == redrawn
    assert live[0].views


async def test_a_second_measurement_waits_for_the_first(
    workspace: Workspace, tmp_path: Path, tiny_model: Path
) -> None:
    data = tmp_path / "data.csv"
    rows = "".join(f"message number {n * 7919},{'spam' if n % 2 else 'ham'}\n" for n in range(60))
    data.write_text("text,label\n" + rows)
    brain = ScriptedChatModel(
        script=[
            calling("choose_model", model=str(tiny_model)),
            calling("inspect_data", path=str(data)),
            calling("prepare_data"),
            calling("run_baselines"),
            calling("run_baselines"),
            calling("control_job", action="cancel"),
            AIMessage("Stopped."),
        ]
    )
    async with Driver(await open_session(workspace, brain=brain)) as driver:
        while driver.session.pending:
            await driver.decide(True)
        refused = next(m for m in brain.calls[5][::-1] if isinstance(m, ToolMessage))
        assert refused.status == "error"
        assert "still under way" in str(refused.content)
        assert driver.said.endswith("Stopped.")
        job_id = driver.session.facts.baseline_job
        await wait_for(lambda: get_job(workspace, job_id).status.state.is_final, 60)
