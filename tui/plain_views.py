"""Every kind of view as lines that make sense when read aloud: no boxes, no columns, no colour."""

from __future__ import annotations

from collections.abc import Iterator

from luthier.tools.language import _, mark, plural
from luthier.tools.views import (
    Bars,
    Callout,
    Curve,
    Diff,
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

TONES: dict[Tone, str] = {
    "neutral": "",
    "good": mark("Good: {words}"),
    "warning": mark("Warning: {words}"),
    "bad": mark("Bad: {words}"),
}

STATUSES = {"trained": mark("trained"), "ignored": mark("ignored"), "cut": mark("cut")}


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
        case Diff():
            found = _diff(view)
        case JobView():
            found = iter([_("Job {job_id} is under way.", job_id=view.job_id)])
        case Callout():
            found = iter([_toned(view), *_indented(view.lines)])
    return [clean_line(line) for line in found]


def _toned(view: Callout) -> str:
    words = TONES[view.tone]
    return _(words, words=view.headline) if words else view.headline


def _table(view: Table) -> Iterator[str]:
    """Row by row, each value with its column's name, so that no column has to be remembered."""
    yield view.title or _("Table")
    for index, row in enumerate(view.rows):
        cells = zip(view.columns, row, strict=False)
        told = _("; ").join(f"{name}: {value}" if name else value for name, value in cells if value)
        note = f" ({_('the one to note')})" if index == view.highlight else ""
        yield f"  {told}{note}"
    yield from _indented(view.notes)


def _bars(view: Bars) -> Iterator[str]:
    yield view.title
    for label, value in zip(view.labels, view.values, strict=False):
        yield f"  {label}: {value:g} {view.unit}".rstrip()
    yield from _indented(view.notes)


def _plot(view: Plot) -> Iterator[str]:
    yield _(
        "{title} ({y_label} over {x_label})",
        title=view.title,
        y_label=view.y_label,
        x_label=view.x_label,
    )
    for curve in view.curves:
        if curve.y:
            yield f"  {_curve_in_words(curve, view.x_label)}"


def _curve_in_words(curve: Curve, x_label: str) -> str:
    lowest = min(range(len(curve.y)), key=curve.y.__getitem__)
    return _(
        "{name}: from {first:.3g} at {axis} {start:g} to {last:.3g} at {axis} {end:g}; "
        "lowest {least:.3g} at {axis} {place:g}",
        name=curve.name,
        axis=x_label,
        first=curve.y[0],
        start=curve.x[0],
        last=curve.y[-1],
        end=curve.x[-1],
        least=curve.y[lowest],
        place=curve.x[lowest],
    )


def _tokens(view: Tokens) -> Iterator[str]:
    yield view.title
    for span in view.spans:
        text = clean("".join(span.tokens)).strip()
        if text:
            count = plural("{n} token", "{n} tokens", len(span.tokens))
            yield f"  {_(STATUSES[span.status])} ({count}): {text}"
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
        yield "  " + _("Row {number}, asked: {prompt}", number=number, prompt=sample.prompt)
        yield "    " + _("expected: {expected}", expected=sample.expected)
        marks = dict(sample.marks)
        for arm, answer in sample.answers:
            right = marks.get(arm)
            told = "" if right is None else f" ({_('right') if right else _('wrong')})"
            yield f"    {arm}{told}: {answer}"


def _diff(view: Diff) -> Iterator[str]:
    yield view.title
    for change in view.changes:
        yield f"  {change.place}{f' ({change.note})' if change.note else ''}"
        if change.before:
            yield f"    {_('before')}: {change.before}"
        if change.after:
            yield f"    {_('after')}: {change.after}"
    yield from _indented(view.notes)


def _indented(lines: tuple[str, ...]) -> Iterator[str]:
    for line in lines:
        yield f"  {line}"
