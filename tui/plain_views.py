"""Every kind of view as lines that make sense when read aloud: no boxes, no columns, no colour."""

from __future__ import annotations

from collections.abc import Iterator

from luthier.tools.views import (
    Bars,
    Callout,
    Curve,
    JobView,
    Plot,
    Samples,
    Settings,
    Table,
    Tokens,
    Tone,
    View,
)
from luthier.tui.untrusted import clean, clean_line

TONES: dict[Tone, str] = {"neutral": "", "good": "Good: ", "warning": "Warning: ", "bad": "Bad: "}


def lines_of(view: View) -> list[str]:
    """The view line by line."""
    match view:
        case Table():
            found = _table(view)
        case Bars():
            found = _bars(view)
        case Plot():
            found = _plot(view)
        case Tokens():
            found = _tokens(view)
        case Settings():
            found = _settings(view)
        case Samples():
            found = _samples(view)
        case JobView():
            found = iter([f"Job {view.job_id} is under way."])
        case Callout():
            found = iter([f"{TONES[view.tone]}{view.headline}", *_indented(view.lines)])
    return [clean_line(line) for line in found]


def _table(view: Table) -> Iterator[str]:
    """Row by row, each value with its column's name, so that no column has to be remembered."""
    yield view.title or "Table"
    for index, row in enumerate(view.rows):
        cells = zip(view.columns, row, strict=False)
        told = "; ".join(f"{name}: {value}" if name else value for name, value in cells if value)
        yield f"  {told}{' (the one to note)' if index == view.highlight else ''}"
    yield from _indented(view.notes)


def _bars(view: Bars) -> Iterator[str]:
    yield view.title
    for label, value in zip(view.labels, view.values, strict=False):
        yield f"  {label}: {value:g} {view.unit}".rstrip()
    yield from _indented(view.notes)


def _plot(view: Plot) -> Iterator[str]:
    yield f"{view.title} ({view.y_label} over {view.x_label})"
    for curve in view.curves:
        if curve.y:
            yield f"  {_curve_in_words(curve, view.x_label)}"


def _curve_in_words(curve: Curve, x_label: str) -> str:
    lowest = min(range(len(curve.y)), key=curve.y.__getitem__)
    return (
        f"{curve.name}: from {curve.y[0]:.3g} at {x_label} {curve.x[0]:g} "
        f"to {curve.y[-1]:.3g} at {x_label} {curve.x[-1]:g}; "
        f"lowest {curve.y[lowest]:.3g} at {x_label} {curve.x[lowest]:g}"
    )


def _tokens(view: Tokens) -> Iterator[str]:
    yield view.title
    for span in view.spans:
        text = clean("".join(span.tokens)).strip()
        if text:
            yield f"  {span.status} ({len(span.tokens)} tokens): {text}"
    yield from _indented(view.notes)


def _settings(view: Settings) -> Iterator[str]:
    yield view.title
    for setting in view.settings:
        reason = f" ({setting.reason})" if setting.reason else ""
        yield f"  {setting.name}: {setting.value}{reason}"
    yield from _indented(view.notes)


def _samples(view: Samples) -> Iterator[str]:
    yield view.title
    for number, sample in enumerate(view.samples, start=1):
        yield f"  Row {number}, asked: {sample.prompt}"
        yield f"    expected: {sample.expected}"
        marks = dict(sample.marks)
        for arm, answer in sample.answers:
            mark = {True: " (right)", False: " (wrong)", None: ""}[marks.get(arm)]
            yield f"    {arm}{mark}: {answer}"


def _indented(lines: tuple[str, ...]) -> Iterator[str]:
    for line in lines:
        yield f"  {line}"
