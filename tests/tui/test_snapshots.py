"""Pictures of the main moments. After a wanted change: ``pytest tests/tui --snapshot-update``, then
look at every changed SVG before it is committed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from fakes import scenes
from fakes.job_folder import place_job, training_events
from fakes.models import FakeModels
from fakes.screen import at_rest, settled, type_text, wait_for, words
from fakes.session import Step, line, says
from textual.pilot import Pilot

from luthier.tools.facts import Facts
from luthier.tools.workspace import Workspace
from luthier.tui.app import LuthierApp
from luthier.tui.widgets.composer import Composer

SMALL, LARGE = (80, 24), (140, 40)
Act = Callable[[Pilot[Any], LuthierApp], Awaitable[None]]


@pytest.fixture
def picture(chat: Any, snap_compare: Any) -> Callable[..., bool]:
    """Whether the screen after ``turns`` and ``act`` looks as it did."""

    def compare(
        *turns: Sequence[Step],
        size: tuple[int, int] = SMALL,
        act: Act | None = None,
        **options: Any,
    ) -> bool:
        app, _ = chat(*turns, title="tickets.csv", **options)

        async def prepare(pilot: Pilot[Any]) -> None:
            await settled(pilot, app)
            if act is not None:
                await act(pilot, app)
            for composer in app.screen.query(Composer):
                composer.cursor_blink = False
            await pilot.wait_for_animation()
            await at_rest(pilot, app)

        return bool(snap_compare(app, terminal_size=size, run_before=prepare))

    return compare


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "140x40"])
def test_welcome(picture: Any, size: tuple[int, int]) -> None:
    assert picture([*scenes.WELCOME, scenes.FACTS], size=size)


def test_welcome_in_the_light_theme(picture: Any) -> None:
    async def light(_pilot: Pilot[Any], app: LuthierApp) -> None:
        app.theme = "luthier-light"

    assert picture(scenes.WELCOME, act=light)


def test_a_question_on_a_very_narrow_screen(picture: Any) -> None:
    assert picture(scenes.asks(scenes.USE_CASE), size=(40, 30))


def test_a_question_with_its_reason(picture: Any) -> None:
    async def ask_why(pilot: Pilot[Any], _app: LuthierApp) -> None:
        await pilot.press("down", "f6")

    assert picture(scenes.asks(scenes.USE_CASE), act=ask_why)


def test_advice(picture: Any) -> None:
    assert picture([*scenes.ADVISE, *scenes.asks(scenes.USE_CASE)], size=LARGE)


def test_the_mapping_on_real_rows(picture: Any) -> None:
    assert picture(scenes.LOOK_AT_DATA)


def test_the_tokens_of_a_row(picture: Any) -> None:
    assert picture(scenes.SHOW_TOKENS)


def test_the_tokens_of_a_row_without_colour(picture: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert picture(scenes.SHOW_TOKENS)


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "140x40"])
def test_approval(picture: Any, size: tuple[int, int]) -> None:
    assert picture(scenes.ASK_TO_LAUNCH, size=size)


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "140x40"])
def test_training(picture: Any, workspace: Workspace, size: tuple[int, int]) -> None:
    job = place_job(workspace, training_events())

    async def wait(pilot: Pilot[Any], app: LuthierApp) -> None:
        await wait_for(pilot, lambda: app.screen.query("Curves"))

    assert picture(scenes.launches(job.id), size=size, act=wait)


def test_the_verdict(picture: Any) -> None:
    assert picture(scenes.SHOW_VERDICT, size=LARGE)


def test_wins_and_losses(picture: Any) -> None:
    assert picture(scenes.shows("Comparing", scenes.WINS), size=(100, 30))


def test_a_failed_turn(picture: Any) -> None:
    from luthier.agent.events import ToolFinished, ToolStarted, TurnFailed

    turn = [
        ToolStarted("c", "inspect", "Reading rows.csv", {}),
        ToolFinished("c", "inspect", False, "The file is empty (rows.csv)."),
        TurnFailed("The turn was ended after 40 steps.", "Say what you want in other words."),
    ]
    assert picture(turn)


def test_sessions(picture: Any) -> None:
    async def browse(pilot: Pilot[Any], app: LuthierApp) -> None:
        await pilot.press("f3")
        await wait_for(pilot, lambda: "orders.csv" in words(app, "DataTable"))

    sessions = (line("1", "orders.csv"), line("2", "tickets.csv: ship", "host"))
    assert picture(says("Hello"), act=browse, sessions=sessions)


def test_jobs(picture: Any, workspace: Workspace) -> None:
    place_job(workspace, training_events())
    place_job(workspace, job_id="job-0", title="Measuring the base model", kind="baseline")

    async def browse(pilot: Pilot[Any], app: LuthierApp) -> None:
        await pilot.press("f4")
        await wait_for(pilot, lambda: app.screen.query("Curves"))

    assert picture(says("Hello"), act=browse, size=(100, 36))


def test_talking_to_the_models(picture: Any, tmp_path: Path) -> None:
    models = FakeModels(
        {
            "tuned": ['{"topic": "refund", "order": null}'],
            "base": ["I am sorry to hear that. Could you tell me more about your refund?"],
        }
    )

    async def talk(pilot: Pilot[Any], app: LuthierApp) -> None:
        await pilot.press("f5")
        await wait_for(pilot, lambda: "ready" in words(app, "#session-status"))
        await type_text(pilot, app, "Where is my refund?")
        await wait_for(pilot, lambda: "about your refund?" in words(app, "#base .message"))
        await wait_for(pilot, lambda: "ready" in words(app, "#session-status"))

    facts = Facts(training={"adapter": str(tmp_path)})
    assert picture(says("Hello"), act=talk, start=models.start, facts=facts)


def test_help(picture: Any) -> None:
    async def read(pilot: Pilot[Any], _app: LuthierApp) -> None:
        await pilot.press("f1")
        await pilot.pause()

    assert picture(says("Hello"), act=read, size=(100, 40))


def test_command_hints(picture: Any) -> None:
    async def search(pilot: Pilot[Any], app: LuthierApp) -> None:
        await pilot.press(*"/s")
        await wait_for(pilot, lambda: "/sessions" in words(app, "#command-hints"))

    assert picture(says("Hello"), act=search)
