"""Save pictures of the screen as SVG, for the README and the guide.

Without a session the scripted scenes of the tests are drawn::

    python docs/make_screenshots.py docs/pictures

With the home folder and the id of a real session, the session itself is drawn page by page::

    python docs/make_screenshots.py docs/pictures --home ~/.local/share/luthier --session 260102-0304
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from fakes import scenes  # the path above has to be set first
from fakes.job_folder import place_job, training_events
from fakes.models import FakeModels
from fakes.openai_server import OpenAIServer, Reply, does
from fakes.screen import make_app, settled, type_text, wait_for, words
from fakes.session import Step, line
from textual.pilot import Pilot

from luthier.agent.events import ForkedFrom, UserSpoke
from luthier.agent.settings import make_settings, save_settings
from luthier.tools.facts import Facts
from luthier.tools.language import use_language
from luthier.tools.workspace import open_workspace
from luthier.tui.app import LuthierApp
from luthier.tui.preferences import Preferences, save_preferences
from luthier.tui.widgets.conversation import Conversation
from luthier.tui.widgets.user_message import UserMessage

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


async def draw_sessions(folder: Path, size: tuple[int, int]) -> None:
    """An earlier message is said otherwise in a fork; the list has both conversations."""
    lines = (
        line("261122-101500-1f2e", "tickets.csv: a smaller model", "plan", forked_from="tickets"),
        line("261121-170210-77aa", "tickets.csv: ship", "host"),
        line("261120-090312-c0de", "elle_reviews.jsonl", excerpt="where the refund had gone"),
    )
    past = [
        ForkedFrom("tickets", "tickets.csv: ship"),
        *scenes.says("What shall the model do better than today?"),
        UserSpoke("u1", "Turn the messages of my customers into JSON for our shop."),
        *scenes.says("As **JSON**, then. How long may the training take?", "m2"),
        UserSpoke("u2", "half an hour, and it has to run on a laptop"),
        *scenes.says("Then I take the smallest model and three epochs.", "m3"),
        scenes.FACTS,
    ]
    with tempfile.TemporaryDirectory() as home:
        workspace = open_workspace(Path(home))
        app, _ = make_app(
            workspace, past=past, sessions=lines, title="tickets.csv", session_id="fork"
        )
        async with app.run_test(size=size) as pilot:
            await settled(pilot, app)
            await type_text(pilot, app, "/edit")
            await wait_for(pilot, lambda: isinstance(app.focused, UserMessage))
            await pilot.press("e")
            await save(app, pilot, folder / "fork.svg")
            await pilot.press("escape", "f3")
            await wait_for(pilot, lambda: "ship" in words(app, "DataTable"))
            await pilot.press("down")
            await save(app, pilot, folder / "sessions.svg")


MODEL = [
    does(
        "ask_user",
        "Hello, I am **Luthier**, and a language model speaks for me.",
        text="What shall we start with?",
        choices=["My own file", "The ten-row example"],
    ),
    does("inspect_data", "Let me look at it.", example="elle"),
    Reply(
        "I read **ten rows**, each a question on chemistry with a limerick as its answer. Ten rows can "
        "teach a *voice*, but no facts, and a test on one or two of them proves little. So I would",
        thoughts="Ten rows. They should hear that this is few before anything is trained.",
        fault="hang",
    ),
]


async def draw_model(folder: Path, size: tuple[int, int]) -> None:
    """A language model in the seat, over HTTP: it streams, is interrupted, and the guide takes over."""
    with tempfile.TemporaryDirectory() as home, OpenAIServer(MODEL, ["qwen3-8b"]) as server:
        workspace = open_workspace(Path(home))
        save_settings(workspace, make_settings(server.base_url, "qwen3-8b"))
        save_preferences(workspace, Preferences(looked_for_models=True))
        app = LuthierApp(workspace)
        async with app.run_test(size=size) as pilot:
            await wait_for(pilot, lambda: app.session and app.chat.transcript.prompt, 60)
            await wait_for(pilot, lambda: app.chat.prompt_card)
            app.say("the ten-row example")
            await wait_for(pilot, server.hanging.is_set, 60)
            await save(app, pilot, folder / "streaming.svg")
            await pilot.press("escape")
            server.released.set()
            await wait_for(pilot, lambda: not app.chat.transcript.busy)
            assert app.session is not None
            await app.session.set_brain(None)
            await wait_for(pilot, lambda: app.chat.prompt_card, 30)
            await save(app, pilot, folder / "brain-switch.svg")


async def draw_arabic(folder: Path, size: tuple[int, int]) -> None:
    """The first screen in Arabic, over a real session."""
    use_language("ar")
    os.environ["LUTHIER_TEXT_ORDER"] = "visual"
    with tempfile.TemporaryDirectory() as home:
        workspace = open_workspace(Path(home))
        save_preferences(workspace, Preferences(looked_for_models=True))
        app = LuthierApp(workspace)
        async with app.run_test(size=size) as pilot:
            await wait_for(pilot, lambda: app.session and app.chat.transcript.prompt, 60)
            await wait_for(pilot, lambda: app.chat.prompt_card)
            app.say("ما هو LoRA؟")
            await wait_for(pilot, lambda: len(app.chat.transcript.entries) > 4, 30)
            await wait_for(pilot, lambda: app.chat.prompt_card, 30)
            await save(app, pilot, folder / "arabic.svg")
    use_language("en")


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
    await draw_sessions(options.folder, size)
    await draw_model(options.folder, size)
    await draw_arabic(options.folder, size)


if __name__ == "__main__":
    asyncio.run(main())
