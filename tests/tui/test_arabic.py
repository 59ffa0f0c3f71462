"""The first screens in Arabic, over a real session: pictures, no English left, and the way there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fakes.screen import no_servers, type_text, wait_for
from textual.pilot import Pilot

from luthier.tools.language import current_language, saved_language, use_language
from luthier.tools.workspace import Workspace
from luthier.tui.app import LuthierApp
from luthier.tui.preferences import Preferences, save_preferences
from luthier.tui.widgets.composer import Composer

ENGLISH = re.compile(r"\b[A-Z]?[a-z]{3,}(?: [a-z]{2,}){2,}\b")


@pytest.fixture(autouse=True)
def english_again(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LUTHIER_TEXT_ORDER", "visual")
    save_preferences(workspace, Preferences(looked_for_models=True))
    yield
    use_language("en")


async def ready(pilot: Pilot[Any], app: LuthierApp) -> None:
    await wait_for(pilot, lambda: app.session and app.chat.prompt_card, 30)
    await wait_for(pilot, lambda: not app.chat.transcript.busy)
    for composer in app.screen.query(Composer):
        composer.cursor_blink = False
    await pilot.wait_for_animation()


def shown(app: LuthierApp) -> list[str]:
    return [
        "".join(segment.text for segment in line) for line in app.screen._compositor.render_strips()
    ]


@pytest.mark.parametrize("size", [(80, 24), (140, 40)], ids=["80x24", "140x40"])
def test_the_first_screen_in_arabic(
    workspace: Workspace, snap_compare: Any, size: tuple[int, int]
) -> None:
    use_language("ar")
    app = LuthierApp(workspace, find_servers=no_servers)
    lines: list[str] = []

    async def prepare(pilot: Pilot[Any]) -> None:
        await ready(pilot, app)
        lines.extend(shown(app))

    assert snap_compare(app, terminal_size=size, run_before=prepare)
    assert any("ﺃﺪﺒﻧ ﺍﺫﺎﻤﺑ" in line for line in lines), "the letters are joined and in order"
    assert [line for line in lines if ENGLISH.search(line)] == []


async def test_the_language_changes_in_the_middle_of_a_session(workspace: Workspace) -> None:
    app = LuthierApp(workspace, find_servers=no_servers)
    async with app.run_test(size=(140, 40)) as pilot:
        await ready(pilot, app)
        await type_text(pilot, app, "/language ar")
        await wait_for(pilot, lambda: app.has_class("-rtl") and app.chat.prompt_card, 10)
        await pilot.pause()

        assert current_language().code == saved_language(workspace.home) == "ar"
        prompt = app.chat.transcript.prompt
        assert prompt is not None
        assert prompt.question.text == "بماذا نبدأ؟"  # type: ignore[union-attr]
        titles = [stage.title for stage in app.chat.transcript.stages]
        assert titles[:2] == ["القرار", "البيانات"]

        await type_text(pilot, app, "/language en")
        await wait_for(pilot, lambda: not app.has_class("-rtl"))
        assert app.chat.transcript.prompt.question.text == "What shall we start with?"  # type: ignore[union-attr]
