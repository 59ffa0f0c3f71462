from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fakes.models import FakeModels
from fakes.screen import settled, type_text, wait_for, words
from fakes.session import FakeSession, line, says
from textual.widgets import DataTable, Input

from luthier.tools.errors import LuthierError
from luthier.tools.facts import Facts
from luthier.tools.workspace import Workspace
from luthier.tui import navigation
from luthier.tui.preferences import Preferences, load_preferences
from luthier.tui.screens.model_chat import ModelChatScreen
from luthier.tui.screens.sessions import SessionsScreen

SESSIONS = (line("one", "orders.csv"), line("two", "tickets.csv: ship"))


async def test_a_session_is_found_and_opened_in_place_of_the_present_one(chat: Any) -> None:
    other = FakeSession([says("Welcome back")], id="two", title="tickets.csv: ship")
    app, fake = chat(says("Hello"), sessions=SESSIONS, others={"two": other})
    async with app.run_test() as pilot:
        await settled(pilot, app)
        assert "orders.csv" in words(app, ".notice")
        await pilot.press("f3")
        await wait_for(pilot, lambda: isinstance(app.screen, SessionsScreen))
        table = app.screen.query_one(DataTable)
        await wait_for(pilot, lambda: table.row_count == 2)
        app.screen.query_one(Input).value = "TICKETS ship"
        await wait_for(pilot, lambda: table.row_count == 1)
        await pilot.press("enter")
        await wait_for(pilot, lambda: app.session is other)
        await settled(pilot, app)
        assert fake.closed
        assert "Welcome back" in words(app, "MarkdownParagraph")
        assert "tickets.csv" in words(app, "#session-title")


async def test_a_session_that_cannot_be_opened_is_explained(chat: Any) -> None:
    app, _ = chat(says("Hello"), session_id="gone")

    async def fail(_session_id: str | None) -> FakeSession:
        raise LuthierError(
            "No session begins with 'gone'.", remedy="`luthier sessions` lists them."
        )

    app.door.open = fail
    async with app.run_test() as pilot:
        await wait_for(pilot, lambda: app.screen.query(".notice"))
        assert "lists them" in words(app, ".notice")
        assert "no session" in words(app, "#session-status")


async def test_a_bug_is_told_without_a_traceback(chat: Any) -> None:
    app, fake = chat(says("Hello"))

    async def fail(_text: str, _seen: str) -> None:
        raise ZeroDivisionError("inner detail")

    fake.send = fail
    async with app.run_test() as pilot:
        await settled(pilot, app)
        await type_text(pilot, app, "hello")
        await wait_for(pilot, lambda: app.screen.query(".notice"))
        shown = words(app, ".notice")
        assert "This is a bug" in shown
        assert "inner detail" not in shown
        assert app.is_running


async def test_a_bug_in_the_screen_ends_it_in_plain_words(
    chat: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_app: Any) -> None:
        raise ZeroDivisionError("inner detail")

    monkeypatch.setitem(navigation.OPENERS, "help", fail)
    app, _ = chat(says("Hello"))

    async def press_help() -> None:
        async with app.run_test() as pilot:
            await settled(pilot, app)
            await pilot.press("f1")
            await pilot.pause()

    with pytest.raises(ZeroDivisionError):
        await press_help()
    told = capsys.readouterr().err
    assert "This is a bug" in told
    assert "luthier resume fake-session" in told
    assert "inner detail" not in told
    assert "Traceback" not in told


async def test_keys_that_open_screens_rest_while_one_is_open(chat: Any) -> None:
    app, _ = chat(says("Hello"))
    async with app.run_test() as pilot:
        await settled(pilot, app)
        await pilot.press("f1", "f3", "f4")
        assert len(app.screen_stack) == 2
        await pilot.press("escape")
        assert app.screen is app.chat


async def test_the_theme_is_kept_for_the_next_run(chat: Any, workspace: Workspace) -> None:
    app, _ = chat(says("Hello"))
    async with app.run_test() as pilot:
        await settled(pilot, app)
        app.theme = "ansi-dark"
        await wait_for(pilot, lambda: load_preferences(workspace).theme == "ansi-dark")
    (workspace.home / "screen.json").write_text("{broken")
    assert load_preferences(workspace) == Preferences()


async def test_leaving_says_how_to_come_back(chat: Any, capsys: pytest.CaptureFixture[str]) -> None:
    app, fake = chat(says("Hello"))
    async with app.run_test() as pilot:
        await settled(pilot, app)
        await pilot.press("ctrl+q")
    assert "Come back with: luthier resume fake-session" in capsys.readouterr().err
    assert fake.closed


async def test_talking_to_the_tuned_model_beside_its_base(chat: Any, tmp_path: Path) -> None:
    models = FakeModels({"tuned": ['{"topic": "refund"}', "again"], "base": ["I am sorry."]})
    facts = Facts(training={"adapter": str(tmp_path)})
    app, _ = chat(says("Hello"), start=models.start, facts=facts)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot, app)
        await pilot.press("f5")
        await wait_for(pilot, lambda: "ready" in words(app, "#session-status"))
        await type_text(pilot, app, "Where is my refund?")
        await wait_for(pilot, lambda: "I am sorry." in words(app, "#base .message"))
        assert '{"topic": "refund"}' in words(app, "#tuned .message")
        await pilot.press("f6")
        await type_text(pilot, app, "And now?")
        await wait_for(pilot, lambda: "again" in words(app, "#tuned .message"))
        assert models.asked[-1][1] == ("tuned",)
        await pilot.press("escape")
        await wait_for(pilot, lambda: models.stopped)
        assert app.screen is app.chat


async def test_escape_stops_an_answer_before_it_leaves(chat: Any, tmp_path: Path) -> None:
    models = FakeModels({"tuned": ["one two", "three"], "base": ["never said"]}, endless="base")
    facts = Facts(training={"adapter": str(tmp_path)})
    app, _ = chat(says("Hello"), start=models.start, facts=facts)
    async with app.run_test(notifications=True) as pilot:
        await settled(pilot, app)
        await pilot.press("f5")
        await wait_for(pilot, lambda: "ready" in words(app, "#session-status"))
        await type_text(pilot, app, "Hello?")
        await wait_for(pilot, lambda: "one two" in words(app, "#tuned .message"))
        await pilot.press("escape")
        await wait_for(pilot, lambda: "ready" in words(app, "#session-status"))
        assert isinstance(app.screen, ModelChatScreen)
        await pilot.press("escape")
        await wait_for(pilot, lambda: models.stopped)
        assert not app.screen.query("Toast")


async def test_models_that_cannot_be_loaded_are_explained(chat: Any, tmp_path: Path) -> None:
    async def fail(*_arguments: Any) -> FakeModels:
        raise LuthierError("The adapter is gone.", remedy="Train again.")

    app, _ = chat(says("Hello"), start=fail, facts=Facts(training={"adapter": str(tmp_path)}))
    async with app.run_test(notifications=True) as pilot:
        await settled(pilot, app)
        await pilot.press("f5")
        await wait_for(pilot, lambda: "Train again." in words(app, "Toast"))
        assert isinstance(app.screen, ModelChatScreen)


async def test_without_a_tuned_model_there_is_nothing_to_talk_to(chat: Any) -> None:
    app, _ = chat(says("Hello"))
    async with app.run_test(notifications=True) as pilot:
        await settled(pilot, app)
        await pilot.press("f5")
        await wait_for(pilot, lambda: "Train one first" in words(app, "Toast"))
        assert app.screen is app.chat
