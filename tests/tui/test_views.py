from __future__ import annotations

from typing import Any

import pytest
from fakes import scenes
from fakes.screen import settled, wait_for, words

from luthier.tools.views import (
    Bars,
    Callout,
    Change,
    Curve,
    Diff,
    Plot,
    Sample,
    Samples,
    Setting,
    Settings,
    Table,
    Tokens,
    TokenSpan,
    View,
)

HOSTILE = "[/b] [red]x \x1b[31m\u202edlrow"
SHOWN = "[/b] [red]x dlrow"
HOSTILE_VIEWS: dict[str, View] = {
    "table": Table(title=HOSTILE, columns=(HOSTILE,), rows=((HOSTILE,),), notes=(HOSTILE,)),
    "bars": Bars(title=HOSTILE, labels=(HOSTILE,), values=(0.0,), notes=(HOSTILE,)),
    "plot": Plot(
        title=HOSTILE, x_label=HOSTILE, y_label="", curves=(Curve(name=HOSTILE, x=(1,), y=(1,)),)
    ),
    "tokens": Tokens(title=HOSTILE, spans=(TokenSpan(status="trained", tokens=(HOSTILE,)),)),
    "settings": Settings(
        title=HOSTILE, settings=(Setting(name="n", value=HOSTILE, reason=HOSTILE),)
    ),
    "samples": Samples(
        title=HOSTILE,
        samples=(Sample(prompt=HOSTILE, expected="", answers=(("base", HOSTILE),)),),
    ),
    "diff": Diff(title=HOSTILE, changes=(Change(place="1", before=HOSTILE, after="x"),)),
    "callout": Callout(tone="bad", headline=HOSTILE, lines=(HOSTILE,)),
}


@pytest.mark.parametrize("kind", HOSTILE_VIEWS)
async def test_texts_from_files_are_shown_as_they_are_and_steer_nothing(
    chat: Any, kind: str
) -> None:
    app, _ = chat(scenes.shows("Reading", HOSTILE_VIEWS[kind]))
    async with app.run_test(size=(90, 40), notifications=True) as pilot:
        await settled(pilot, app)
        await wait_for(pilot, lambda: SHOWN in words(app, ".view"))
        assert not any(sign in words(app, ".view") for sign in ("\x1b", "\u202e"))


async def test_status_of_tokens_is_told_by_signs_and_counts(chat: Any) -> None:
    app, _ = chat(scenes.SHOW_TOKENS)
    async with app.run_test(size=(90, 40)) as pilot:
        await settled(pilot, app)
        shown = words(app, ".view")
        assert "● 7 trained" in shown
        assert "○ 13 read only" in shown
        assert "✂ 2 cut" in shown
        assert '● {"topic": "delivery"}<|im_end|>' in shown


async def test_answers_stand_side_by_side_where_there_is_room(chat: Any) -> None:
    app, _ = chat(scenes.shows("Comparing", scenes.WINS))
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot, app)
        assert "base ✘ wrong tuned ✔ right" in words(app, ".view")
        await pilot.resize_terminal(50, 40)
        await wait_for(pilot, lambda: "base ✘ wrong I am sorry" in words(app, ".view"))


async def test_the_stressed_row_carries_a_sign(chat: Any) -> None:
    app, _ = chat(scenes.shows("Comparing", scenes.VERDICT_TABLE))
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot, app)
        assert "▶ tuned 64 %" in words(app, ".view")


@pytest.mark.parametrize("theme", ["ansi-dark", "ansi-light", "luthier-light", "textual-dark"])
async def test_every_kind_of_theme_draws_plots_and_tokens(chat: Any, theme: str) -> None:
    app, _ = chat([*scenes.SHOW_TOKENS, *scenes.shows("Plotting", scenes.CURVES)])
    async with app.run_test(size=(100, 60)) as pilot:
        await settled(pilot, app)
        app.theme = theme
        await wait_for(pilot, lambda: "validation" in words(app, ".curves"))
        assert "● 7 trained" in words(app, ".view")
