"""Driving the screen in tests: an app over a scripted session, and waiting for a state."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from fakes.session import FakeDoor, FakeKeeper, FakeSession, Step
from textual.pilot import Pilot

from luthier.agent.brains.discover import LocalServer
from luthier.tools.workspace import Workspace
from luthier.tui.app import LuthierApp
from luthier.tui.model_talk import start_models
from luthier.tui.session_door import SessionLine
from luthier.tui.widgets.composer import Composer


async def no_servers() -> tuple[LocalServer, ...]:
    """Whatever runs on the computer of whoever runs the tests."""
    return ()


def make_app(
    workspace: Workspace,
    turns: Sequence[Sequence[Step]] = (),
    *,
    sessions: Sequence[SessionLine] = (),
    others: dict[str, FakeSession] | None = None,
    session_id: str | None = None,
    start: Any = start_models,
    servers: Sequence[LocalServer] = (),
    **session: Any,
) -> tuple[LuthierApp, FakeSession]:
    """An app whose only session plays ``turns``."""
    fake = FakeSession(turns, **session)
    door = FakeDoor(fake, FakeKeeper(lines=sessions), others or {})

    async def find_servers() -> Sequence[LocalServer]:
        return servers

    app = LuthierApp(
        workspace, session_id, door=door, start_models=start, find_servers=find_servers
    )
    return app, fake


async def wait_for(pilot: Pilot[Any], ready: Callable[[], object], seconds: float = 10) -> None:
    """Let the app run until ``ready`` says so."""
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, "the screen did not get there in time"
        await pilot.pause(0.01)
    await pilot.pause()


async def settled(pilot: Pilot[Any], app: LuthierApp) -> None:
    """Wait until the scripted turn has ended and is drawn."""
    await wait_for(
        pilot,
        lambda: (
            app.session is not None
            and getattr(app.session, "is_quiet", True)
            and not app.chat.transcript.busy
        ),
    )
    await wait_for(pilot, lambda: app.chat.transcript.prompt is None or app.chat.prompt_card)


async def at_rest(pilot: Pilot[Any], app: LuthierApp) -> None:
    """Wait until nothing on the screen scrolls or grows any more: the layout takes several turns."""
    before: object = None
    for _ in range(100):
        now = [(w.scroll_offset, w.size, w.virtual_size) for w in app.screen.walk_children()]
        if now == before:
            break
        before = now
        await pilot.pause(0.1)


async def type_text(pilot: Pilot[Any], app: LuthierApp, text: str) -> None:
    """Put ``text`` into the composer of the present screen and press Enter."""
    composer = app.screen.query_one(Composer)
    composer.focus()
    composer.text = text
    await pilot.press("enter")


def words(app: LuthierApp, selector: str) -> str:
    """The text of the widgets that fit ``selector`` as the user reads it, without line breaks."""
    shown = "\n".join(_plain(widget) for widget in app.screen.query(selector))
    return " ".join(shown.split())


def _plain(widget: Any) -> str:
    lines = [widget.render_line(y).text.rstrip() for y in range(widget.size.height)]
    return "\n".join(lines)
