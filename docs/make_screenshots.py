"""Save pictures of the screen as SVG, for the README and the guide.

Without a session the scripted scenes of the tests are drawn::

    python docs/make_screenshots.py docs/pictures

With the home folder and the id of a real session, the session itself is drawn page by page::

    python docs/make_screenshots.py docs/pictures --home ~/.local/share/luthier --session 260102-0304
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from fakes import scenes  # the path above has to be set first
from fakes.job_folder import place_job, training_events
from fakes.models import FakeModels
from fakes.screen import make_app, settled, type_text, wait_for, words
from fakes.session import Step
from textual.pilot import Pilot

from luthier.tools.facts import Facts
from luthier.tools.workspace import open_workspace
from luthier.tui.app import LuthierApp
from luthier.tui.widgets.conversation import Conversation

JOB = "job-1"
SCENES: dict[str, Sequence[Step]] = {
    "welcome": [*scenes.WELCOME, scenes.FACTS],
    "advice": [*scenes.ADVISE, *scenes.asks(scenes.USE_CASE)],
    "mapping": scenes.LOOK_AT_DATA,
    "tokens": [*scenes.SHOW_TOKENS, scenes.FACTS],
    "approval": scenes.ASK_TO_LAUNCH,
    "training": scenes.launches(JOB),
    "verdict": [*scenes.shows("Looking at single rows", scenes.WINS), *scenes.SHOW_VERDICT],
}


async def draw_scene(name: str, turn: Sequence[Step], folder: Path, size: tuple[int, int]) -> None:
    """One scripted scene."""
    with tempfile.TemporaryDirectory() as home:
        workspace = open_workspace(Path(home))
        if name == "training":
            place_job(workspace, training_events())
        app, _ = make_app(workspace, [turn], title="tickets.csv")
        async with app.run_test(size=size) as pilot:
            await settled(pilot, app)
            if name == "training":
                await wait_for(pilot, lambda: app.screen.query("Curves"))
            await save(app, pilot, folder / f"{name}.svg")


async def draw_model_chat(folder: Path, size: tuple[int, int]) -> None:
    """The tuned model beside its base."""
    models = FakeModels(
        {
            "tuned": ['{"topic": "refund", "order": null, "urgency": "normal"}'],
            "base": ["I am sorry to hear that. Could you tell me more about your refund?"],
        }
    )
    facts = Facts(training={"adapter": str(folder)})
    with tempfile.TemporaryDirectory() as home:
        app, _ = make_app(open_workspace(Path(home)), start=models.start, facts=facts)
        async with app.run_test(size=size) as pilot:
            await settled(pilot, app)
            await pilot.press("f5")
            await wait_for(pilot, lambda: "ready" in words(app, "#session-status"))
            await type_text(pilot, app, "Where is my refund?")
            await wait_for(pilot, lambda: "about your refund?" in words(app, "#base .message"))
            await save(app, pilot, folder / "model-chat.svg")


async def draw_session(home: Path, session_id: str, folder: Path, size: tuple[int, int]) -> None:
    """A real session from its first page to its last."""
    app = LuthierApp(open_workspace(home), session_id)
    async with app.run_test(size=size) as pilot:
        await wait_for(pilot, lambda: app.session is not None and app.chat.transcript.entries, 60)
        await settled(pilot, app)
        conversation = app.screen.query_one(Conversation)
        while app.screen.query("#load-more"):
            await conversation.load_more()
            await pilot.pause()
        await wait_for(
            pilot, lambda: all(card.is_known for card in app.screen.query("JobCard")), 20
        )
        conversation.release_anchor()
        conversation.scroll_home(animate=False)
        page = 1
        while True:
            await save(app, pilot, folder / f"session-{page:02}.svg")
            if conversation.scroll_y >= conversation.max_scroll_y:
                return
            conversation.scroll_page_down(animate=False)
            page += 1


async def save(app: LuthierApp, pilot: Pilot[Any], path: Path) -> None:
    """Wait until everything is drawn, then write the picture."""
    await pilot.wait_for_animation()
    await pilot.pause(0.2)
    write(path, app.export_screenshot(title="Luthier"))


def write(path: Path, picture: str) -> None:
    """Keep one picture and say where."""
    path.write_text(picture, encoding="utf-8")
    sys.stderr.write(f"{path}\n")


async def main() -> None:
    """Draw what was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--session")
    parser.add_argument("--size", default="120x36", help="columns x rows")
    options = parser.parse_args()
    width, _, height = options.size.partition("x")
    size = (int(width), int(height))
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.session:
        await draw_session(options.home, options.session, options.folder, size)
        return
    for name, turn in SCENES.items():
        await draw_scene(name, turn, options.folder, size)
    await draw_model_chat(options.folder, size)


if __name__ == "__main__":
    asyncio.run(main())
