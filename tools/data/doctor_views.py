"""The doctor's pictures: the report on a version, and what remedies would change on real rows."""

from __future__ import annotations

from collections.abc import Sequence

from luthier.tools.data.checks.characters import INVISIBLE
from luthier.tools.data.model import Inspection
from luthier.tools.data.places import place_of
from luthier.tools.data.remedies.preview import Preview
from luthier.tools.data.remedies.registry import is_automatic, offered, remedy_of
from luthier.tools.data.versions import DataReport
from luthier.tools.data.views import problem_table
from luthier.tools.language import _, plural
from luthier.tools.views import Callout, Change, Diff, Setting, Settings, View

_AROUND = 70  # characters shown on either side of the first difference
_LONGEST = 220


def report_views(report: DataReport) -> tuple[View, ...]:
    """The findings with what mends each, and what was not looked at."""
    views: list[View] = [_summary(report)]
    if report.findings:
        views.append(problem_table(report.findings))
    remedies = remedy_view(report)
    return (*views, remedies) if remedies else tuple(views)


def _summary(report: DataReport) -> Callout:
    blocks = sum(p.count for p in report.findings if p.severity == "blocks")
    warns = sum(1 for p in report.findings if p.severity == "warns")
    notes = sum(1 for p in report.findings if p.severity == "note")
    lines = [
        _(
            "rows in: {rows} = used: {usable} + exact copies: {duplicates} + left out: {left}",
            rows=f"{report.rows_in:,}",
            usable=f"{report.usable:,}",
            duplicates=f"{report.duplicates:,}",
            left=f"{report.left_out:,}",
        )
    ]
    if report.remedies:
        names = ", ".join(report.remedies)
        lines.append(_("Remedies applied: {names} (they can be undone).", names=names))
    if report.looked_closely < report.usable:
        lines.append(
            _(
                "Near copies, personal data and keys were looked for in the first {rows} rows only.",
                rows=f"{report.looked_closely:,}",
            )
            if report.looked_closely
            else _("Near copies, personal data and keys were not looked for.")
        )
    if not blocks and not warns:
        headline = _("The data is in good order.")
    else:
        headline = _("; ").join(
            part
            for part in (
                plural("{n} row cannot be used", "{n} rows cannot be used", blocks)
                if blocks
                else "",
                plural("{n} warning", "{n} warnings", warns) if warns else "",
                plural("{n} note", "{n} notes", notes) if notes else "",
            )
            if part
        )
    tone = "bad" if blocks else "warning" if warns else "good"
    return Callout.model_validate({"tone": tone, "headline": headline, "lines": lines})


def remedy_view(report: DataReport | Inspection) -> Settings | None:
    """The remedies that would help, those that "mend all" applies first; None where none is left."""
    if isinstance(report, DataReport):
        problems, applied = report.findings, report.remedies
    else:
        problems, applied = report.problems, report.mapping.remedies
    names = sorted(offered(problems, applied), key=lambda written: not is_automatic(written))
    if not names:
        return None
    return Settings(
        title=_("What Luthier can mend"),
        settings=tuple(
            Setting(
                name=written,
                value=_(remedy_of(written)[0].label),
                reason="" if is_automatic(written) else _("only if you choose it"),
            )
            for written in names
        ),
    )


def preview_views(previews: Sequence[Preview]) -> tuple[View, ...]:
    """One before-and-after per remedy that does something, on real rows."""
    return tuple(_diff(preview) for preview in previews if preview.touched or len(previews) == 1)


def _diff(preview: Preview) -> Diff:
    remedy, _setting = remedy_of(preview.remedy)
    counts = [
        plural("{n} row changes", "{n} rows change", preview.changed) if preview.changed else "",
        plural("{n} row is left out", "{n} rows are left out", preview.removed)
        if preview.removed
        else "",
        plural("{n} more row can be used", "{n} more rows can be used", preview.rescued)
        if preview.rescued
        else "",
    ]
    told = "; ".join(filter(None, counts)) or _("Nothing changes.")
    return Diff(
        title=f"{preview.remedy}: {_(remedy.label)}",
        changes=tuple(
            _change(place_of(change.source), change.before, change.after)
            for change in preview.changes
        ),
        notes=(told,),
    )


def _change(place: str, before: str, after: str) -> Change:
    note = ""
    if not after:
        note = _("would be left out")
    elif not before:
        note = _("cannot be used now, and could be then")
    shown = around_difference(visible(before), visible(after))
    return Change(place=place, before=shown[0], after=shown[1], note=note)


def visible(text: str) -> str:
    """``text`` with characters nobody sees written out."""
    return INVISIBLE.sub(lambda found: f"[U+{ord(found.group()):04X}]", text)


def around_difference(before: str, after: str) -> tuple[str, str]:
    """Both texts cut to what stands around their first and last difference."""
    if not before or not after:
        return _cut(before, 0, len(before)), _cut(after, 0, len(after))
    shorter = min(len(before), len(after))
    first = next((i for i in range(shorter) if before[i] != after[i]), shorter)
    last = next(
        (i for i in range(shorter - first) if before[-1 - i] != after[-1 - i]), shorter - first
    )
    return (
        _cut(before, first, len(before) - last),
        _cut(after, first, len(after) - last),
    )


def _cut(text: str, first: int, last: int) -> str:
    start = max(0, first - _AROUND)
    end = min(len(text), max(last, first) + _AROUND, start + 2 * _LONGEST)
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"
