"""Both renderers draw every kind of view, and no text in it can do anything."""

from __future__ import annotations

import io
import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from luthier.tools.views import (
    Bars,
    Callout,
    Change,
    Curve,
    Diff,
    JobView,
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
from luthier.tui.plain_views import lines_of
from luthier.tui.rich_views import render
from luthier.tui.untrusted import clean, clean_line

HOSTILE = "[red]x[/blue] \x1b[31mred\x1b]0;title\x07 [/"


def drawn(view: View, width: int = 80) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width, color_system=None).print(render(view))
    return stream.getvalue()


def views(text: str) -> list[View]:
    return [
        Table(title=text, columns=(text, "b"), rows=((text, "1"), ("y", "2")), notes=(text,)),
        Bars(title=text, labels=(text, "b"), values=(1, 3), unit="rows", notes=(text,)),
        Plot(
            title=text,
            x_label="step",
            y_label="loss",
            curves=(Curve(name=text, x=(1, 2, 3), y=(3, 1, 2)),),
        ),
        Tokens(title=text, spans=(TokenSpan(status="trained", tokens=(text, "b")),)),
        Settings(title=text, settings=(Setting(name=text, value=text, reason=text),)),
        Samples(
            title=text,
            samples=(
                Sample(
                    prompt=text,
                    expected=text,
                    answers=(("base", text), ("tuned", text)),
                    marks=(("base", False), ("tuned", True)),
                ),
            ),
        ),
        JobView(job_id=text),
        Diff(
            title=text,
            changes=(Change(place=text, before=text, after=f"{text} more", note=text),),
            notes=(text,),
        ),
        Callout(tone="bad", headline=text, lines=(text,)),
    ]


def test_every_kind_of_view_is_tried() -> None:
    kinds = set(typing.get_args(typing.get_args(View)[0]))
    assert {type(view) for view in views("x")} == kinds


@pytest.mark.parametrize("view", views("Größe"), ids=lambda view: view.kind)
def test_each_view_shows_its_text(view: View) -> None:
    assert "Größe" in drawn(view)
    assert any("Größe" in line for line in lines_of(view))


@pytest.mark.parametrize("view", views(HOSTILE), ids=lambda view: view.kind)
def test_text_is_never_read_as_markup_or_as_a_command(view: View) -> None:
    for shown in (drawn(view, width=200), "\n".join(lines_of(view))):
        assert "\x1b" not in shown
        assert "title\x07" not in shown
        assert "[red]x[/blue] red [/" in shown


@pytest.mark.parametrize("width", [20, 80, 200])
def test_views_fit_the_console(width: int) -> None:
    for view in views("word " * 30):
        assert all(len(line) <= width for line in drawn(view, width).splitlines())


def test_a_plot_is_told_in_words() -> None:
    plot = views("loss")[2]
    assert lines_of(plot)[1] == ("  loss: from 3 at step 1 to 2 at step 3; lowest 1 at step 2")


def test_right_and_wrong_do_not_depend_on_colour() -> None:
    samples = views("x")[5]
    assert "✗ x" in drawn(samples)
    assert "✓ x" in drawn(samples)
    assert "    base (wrong): x" in lines_of(samples)
    assert "    tuned (right): x" in lines_of(samples)


@given(st.text())
def test_cleaned_text_holds_no_control_characters(text: str) -> None:
    shown = clean(text)
    assert not any(ord(letter) < 32 and letter not in "\n\t" for letter in shown)
    assert clean(shown) == shown
    assert "\n" not in clean_line(text)


def test_cleaning_keeps_ordinary_text_of_all_scripts() -> None:
    for text in ("naïve – 日本語 🦊", "مرحبا", "a\tb\nc", "x = [1, 2]"):
        assert clean(text) == text


def test_what_people_copy_from_a_table_is_never_broken() -> None:
    address = "http://127.0.0.1:18081/v1"
    cells = ("shop-tickets (GGUF Q8_0)", address, "llama.cpp", "20", "443 MB", "100%", "3JSMMX")
    heads = ("server", "address", "held by", "tokens/s", "memory", "same answers", "id")
    view = Table(columns=heads, rows=(cells,), whole=(1, 6))
    assert address in drawn(view, 80)
    assert "3JSMMX" in drawn(view, 80)
    assert address not in drawn(view.model_copy(update={"whole": ()}), 80)
