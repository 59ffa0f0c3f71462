"""The sessions browser and its keys, and saying an earlier message otherwise."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from fakes.screen import no_servers, settled, type_text, wait_for, words
from fakes.session import FakeSession, line, says
from textual.pilot import Pilot
from textual.widgets import Button, Checkbox, DataTable, Input

from luthier.agent.events import ForkedFrom, TextDone, UserSpoke
from luthier.agent.session import open_session
from luthier.agent.store import list_sessions
from luthier.tools.errors import LuthierError
from luthier.tools.workspace import Workspace
from luthier.tui.app import LuthierApp
from luthier.tui.screens.ask_text import AskTextScreen
from luthier.tui.screens.choose import ChooseScreen
from luthier.tui.screens.sessions import SessionsScreen
from luthier.tui.widgets.composer import Composer
from luthier.tui.widgets.user_message import UserMessage

LINES = (
    line("one", "orders.csv", excerpt="where the refund went"),
    line("two", "tickets.csv: ship", forked_from="one"),
)


async def browse(pilot: Pilot[Any], app: LuthierApp) -> DataTable[Any]:
    await settled(pilot, app)
    await pilot.press("f3")
    await wait_for(pilot, lambda: isinstance(app.screen, SessionsScreen))
    table = app.screen.query_one(DataTable)
    await wait_for(pilot, lambda: table.row_count == len(LINES))
    await pilot.press("down")
    await wait_for(pilot, lambda: app.focused is table)
    return table


async def test_the_list_says_what_a_session_is_and_its_keys(chat: Any) -> None:
    app, _ = chat(says("Hello"), sessions=LINES)
    async with app.run_test(size=(140, 30)) as pilot:
        await browse(pilot, app)
        shown = words(app, "DataTable")
        assert "orders.csv: where the refund went" in shown
        assert "forked from one" in shown
        assert "34 kB" in shown
        hints = words(app, "FooterKey")
        for hint in ("Rename", "Fork", "Archive", "Delete", "Export", "Transcript", "Import"):
            assert hint in hints


async def test_a_session_is_renamed_and_stays_under_the_cursor(chat: Any) -> None:
    app, _ = chat(says("Hello"), sessions=LINES)
    async with app.run_test(size=(140, 30)) as pilot:
        table = await browse(pilot, app)
        await pilot.press("down", "r")
        await wait_for(pilot, lambda: isinstance(app.screen, AskTextScreen))
        field = app.screen.query_one(Input)
        assert field.value == "tickets.csv: ship"
        field.value = "My tickets"
        await pilot.press("enter")
        await wait_for(pilot, lambda: "My tickets" in words(app, "DataTable"))
        assert app.door.keeper.done == [("rename", "two", "My tickets")]
        assert table.cursor_row == 1


async def test_a_session_goes_into_the_archive_and_a_fork_is_opened(chat: Any) -> None:
    forked = FakeSession([says("Here I am")], id="forked", title="orders.csv")
    app, _ = chat(says("Hello"), sessions=LINES, others={"forked": forked})
    async with app.run_test(size=(140, 30)) as pilot:
        table = await browse(pilot, app)
        await pilot.press("a")
        await wait_for(pilot, lambda: table.row_count == 1)
        await pilot.press("v")
        await wait_for(pilot, lambda: "in the archive" in words(app, ".page-title"))
        await pilot.press("v")
        await wait_for(pilot, lambda: table.row_count == 1)
        await pilot.press("f")
        await wait_for(pilot, lambda: app.session is forked)
        assert app.door.keeper.done == [("archive", "one", True), ("fork", "two", "", False)]


@pytest.mark.parametrize(
    ("running", "label", "done"),
    [
        (False, "Delete", [("delete", "one", "cancel")]),
        (True, "Delete, let its jobs run", [("delete", "one", "keep")]),
        (True, "Keep it", []),
    ],
)
async def test_deleting_says_what_goes_and_asks_about_jobs_at_work(
    chat: Any, running: bool, label: str, done: list[Any]
) -> None:
    app, _ = chat(says("Hello"), sessions=LINES)
    app.door.keeper.running = running
    async with app.run_test(size=(140, 30)) as pilot:
        await browse(pilot, app)
        await pilot.press("d")
        await wait_for(pilot, lambda: isinstance(app.screen, ChooseScreen))
        shown = words(app, ".dialog Plain")
        assert "job: Tuning mail, 41 MB" in shown
        assert ("(running)" in shown) is running
        assert "Stays, because “orders.csv” needs it: data set tickets.csv" in shown
        first = app.screen.query(Button).first()
        assert app.focused is first
        button = next(one for one in app.screen.query(Button) if str(one.label) == label)
        button.press()
        await wait_for(pilot, lambda: isinstance(app.screen, SessionsScreen))
        await wait_for(pilot, lambda: app.door.keeper.done == done)


async def test_a_session_is_written_into_a_file_with_what_was_ticked(
    chat: Any, tmp_path: Path
) -> None:
    app, _ = chat(says("Hello"), sessions=LINES)
    async with app.run_test(size=(140, 30), notifications=True) as pilot:
        await browse(pilot, app)
        await pilot.press("x")
        await wait_for(pilot, lambda: isinstance(app.screen, AskTextScreen))
        app.screen.query_one(Input).value = str(tmp_path)
        list(app.screen.query(Checkbox))[1].value = True
        await pilot.press("enter")
        target = tmp_path / "luthier-one.luthier"
        await wait_for(
            pilot, lambda: app.door.keeper.done == [("export", "one", target, False, True)]
        )
        await wait_for(pilot, lambda: str(target) in words(app, "Toast").replace(" ", ""))


async def test_a_file_that_is_no_session_is_explained(chat: Any) -> None:
    app, _ = chat(says("Hello"), sessions=LINES)
    async with app.run_test(size=(140, 30), notifications=True) as pilot:
        await browse(pilot, app)
        await pilot.press("i")
        await wait_for(pilot, lambda: isinstance(app.screen, AskTextScreen))
        app.screen.query_one(Input).value = "/tmp/nothing.luthier"
        await pilot.press("enter")
        await wait_for(pilot, lambda: "no session of Luthier's" in words(app, "Toast"))
        assert isinstance(app.screen, SessionsScreen)


PAST = [UserSpoke("u1", "first words"), TextDone("m1", "Good."), UserSpoke("u2", "second words")]


async def choosing(pilot: Pilot[Any], app: LuthierApp) -> None:
    await settled(pilot, app)
    await type_text(pilot, app, "/edit")
    await wait_for(pilot, lambda: isinstance(app.focused, UserMessage))


async def test_an_earlier_message_is_changed_and_said_in_a_fork(chat: Any) -> None:
    forked = FakeSession(
        [says("Another way, then.")], past=[ForkedFrom("fake-session", "Mine")], id="forked"
    )
    app, fake = chat(past=PAST, others={"forked": forked})
    async with app.run_test(size=(120, 30)) as pilot:
        await choosing(pilot, app)
        await pilot.press("up", "e")
        composer = app.screen.query_one(Composer)
        await wait_for(pilot, lambda: composer.text == "first words")
        assert "Enter sends it in a fork" in str(composer.border_title)
        await type_text(pilot, app, "other words")
        await wait_for(pilot, lambda: forked.said == ["other words"])
        assert app.door.keeper.done == [("fork", "fake-session", "u1", True)]
        assert fake.closed
        assert composer.border_title is None
        assert "Forked from “Mine”" in words(app, ".notice")


async def test_words_for_a_fork_that_cannot_be_opened_go_into_no_other_session(chat: Any) -> None:
    other = FakeSession(past=PAST, id="other")
    app, fake = chat(past=PAST, others={"other": other})
    open_door = app.door.open

    async def without_forks(session_id: str | None) -> Any:
        if session_id == "forked":
            raise LuthierError("The fork is gone.")
        return await open_door(session_id)

    app.door.open = without_forks
    async with app.run_test(size=(120, 30)) as pilot:
        await choosing(pilot, app)
        await pilot.press("e")
        composer = app.screen.query_one(Composer)
        await wait_for(pilot, lambda: composer.text == "second words")
        await type_text(pilot, app, "other words")
        await wait_for(pilot, lambda: "The fork is gone." in words(app, ".notice"))
        app.open_session("other")
        await settled(pilot, app)
        await pilot.pause()
        assert (fake.said, other.said) == ([], [])
        assert composer.text == "other words"


async def test_words_stay_where_the_conversation_cannot_fork(
    chat: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def in_vain(*_arguments: Any, **_named: Any) -> str:
        raise LuthierError("The disk is full.")

    app, fake = chat(past=PAST)
    monkeypatch.setattr(app.door.keeper, "fork", in_vain)
    async with app.run_test(size=(120, 30)) as pilot:
        await choosing(pilot, app)
        await pilot.press("up", "e")
        composer = app.screen.query_one(Composer)
        await wait_for(pilot, lambda: composer.text == "first words")
        await type_text(pilot, app, "other words")
        await wait_for(pilot, lambda: "The disk is full." in words(app, ".notice"))
        assert composer.text == "other words"
        assert fake.said == []


async def test_leaving_an_earlier_message_brings_the_draft_back(chat: Any) -> None:
    app, _ = chat(past=PAST)
    async with app.run_test(size=(120, 30)) as pilot:
        await settled(pilot, app)
        composer = app.screen.query_one(Composer)
        composer.text = "a draft"
        await pilot.click(next(iter(app.screen.query(UserMessage))))
        await pilot.press("enter")
        await wait_for(pilot, lambda: composer.text == "first words")
        await pilot.press("escape")
        await wait_for(pilot, lambda: composer.text == "a draft")
        assert composer.border_title is None
        assert app.door.keeper.done == []


async def test_forking_at_a_message_keeps_it(chat: Any) -> None:
    app, _ = chat(past=PAST, others={"forked": FakeSession(id="forked", past=PAST)})
    async with app.run_test(size=(120, 30)) as pilot:
        await choosing(pilot, app)
        await pilot.press("f")
        await wait_for(pilot, lambda: app.session is not None and app.session.id == "forked")
        assert app.door.keeper.done == [("fork", "fake-session", "u2", False)]


async def test_the_session_is_named_by_a_command(chat: Any) -> None:
    app, fake = chat(past=PAST, sessions=LINES)
    async with app.run_test(size=(120, 30)) as pilot:
        await settled(pilot, app)
        await type_text(pilot, app, "/rename My mail")
        await wait_for(pilot, lambda: "My mail" in words(app, "#session-title"))
        assert fake.title == "My mail"


async def test_a_real_conversation_forks_on_the_real_screen(workspace: Workspace) -> None:
    app = LuthierApp(workspace, find_servers=no_servers)
    async with app.run_test(size=(140, 40)) as pilot:
        await wait_for(pilot, lambda: app.chat.prompt_card is not None, 20)
        await type_text(pilot, app, "what is loss?")
        await wait_for(pilot, lambda: "what is loss?" in words(app, ".user"), 20)
        await settled(pilot, app)
        origin = app.session.id if app.session else ""
        await choosing(pilot, app)
        await pilot.press("e")
        await type_text(pilot, app, "what is an epoch?")
        await wait_for(pilot, lambda: app.session is not None and app.session.id != origin, 20)
        await wait_for(pilot, lambda: "what is an epoch?" in words(app, ".user"), 20)
        await settled(pilot, app)
    titles = {info.id: info.forked_from for info in list_sessions(workspace)}
    assert sorted(titles.values()) == ["", origin]
    old = await open_session(workspace, origin)
    said = [event.text for event in old.history() if isinstance(event, UserSpoke)]
    await old.close()
    assert said == ["what is loss?"]


def told_times(app: LuthierApp, number: int) -> bool:
    """Whether it stands there so often that another Luthier has the session."""
    return words(app, ".notice").count("open in another Luthier") == number


async def test_a_session_that_is_open_elsewhere_is_read_until_it_is_free(
    workspace: Workspace,
) -> None:
    other = await open_session(workspace)
    await other.start()
    await other.idle()
    await other.send("what is loss?")
    await other.idle()
    app = LuthierApp(workspace, other.id, find_servers=no_servers)
    async with app.run_test(size=(140, 40)) as pilot:
        await wait_for(pilot, lambda: "read only" in words(app, "#session-status"), 20)
        composer = app.chat.query_one(Composer)
        assert "/fork goes on in a copy" in str(composer.placeholder)
        assert app.chat.prompt_card is None
        assert "What shall we start with?" in words(app, ".asked")
        await wait_for(pilot, lambda: "open in another Luthier" in words(app, ".notice"))

        await type_text(pilot, app, "what is an epoch?")
        assert composer.text == "what is an epoch?"
        for number, command in enumerate(("/rename Mine", "/archive"), start=2):
            await type_text(pilot, app, command)
            await wait_for(pilot, partial(told_times, app, number))
        (kept,) = list_sessions(workspace)
        assert (kept.title, kept.archived) == (other.title, False)

        await other.close()
        await pilot.press("f3")
        await wait_for(pilot, lambda: isinstance(app.screen, SessionsScreen))
        table = app.screen.query_one(DataTable)
        await wait_for(pilot, lambda: table.row_count == 1)
        table.focus()
        await pilot.press("enter")
        await wait_for(pilot, lambda: app.chat.prompt_card is not None, 20)
        assert "read only" not in words(app, "#session-status")
