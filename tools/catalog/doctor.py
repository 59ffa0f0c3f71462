"""Tools of the data doctor: check the rows, show and apply remedies, undo them, trace a row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, Field

from luthier.tools.catalog.base import NoArguments, Outcome, Tool, ToolContext
from luthier.tools.data.checks.base import Check
from luthier.tools.data.doctor_views import preview_views, report_views
from luthier.tools.data.held_out import find_held_out, frozen_test_of, splits_beside
from luthier.tools.data.inspect import inspect_file, open_mapped
from luthier.tools.data.mend import automatic, mend, mend_all, undo
from luthier.tools.data.model import Inspection
from luthier.tools.data.places import place_of
from luthier.tools.data.remedies.preview import preview
from luthier.tools.data.remedies.registry import REMEDIES, is_automatic, remedy_of
from luthier.tools.data.store import find_dataset
from luthier.tools.data.trace import trace_row, trace_views
from luthier.tools.data.versions import keep_version, report_on
from luthier.tools.effects import Effect
from luthier.tools.errors import LuthierError
from luthier.tools.language import _, mark
from luthier.tools.progress import silent
from luthier.tools.wording import rows

_ALL_ROWS = 1_000_000


class CheckData(BaseModel):
    """How thoroughly to check the file that was read last."""

    against: str = Field(
        default="",
        description="evaluation questions that must not be learned: path of a file, or name or id "
        "of a prepared data set, whose test rows are meant",
    )


def check_data(context: ToolContext, arguments: CheckData) -> Outcome:
    """Look at every row for everything, near copies and personal data included, and report."""
    source = _source(context)
    found = inspect_file(
        Path(source.path),
        mapping=source.mapping,
        closely=_ALL_ROWS,
        also=_held_out(context, arguments.against),
        progress=context.progress,
    )
    version = keep_version(context.workspace, found)
    return Outcome(
        findings_in_words(found),
        facts=_looked(context, found),
        views=report_views(version.report),
        data={"version": version.id, "remedies": automatic(found)},
    )


class ChooseRemedies(BaseModel):
    """Which remedies; none named means all that need no decision of the user's."""

    remedies: tuple[str, ...] = Field(
        default=(), description=f"names, in order: {', '.join(REMEDIES)}"
    )


def preview_remedies(context: ToolContext, arguments: ChooseRemedies) -> Outcome:
    """Show on real rows what remedies would change; nothing is changed."""
    source = _source(context)
    _refuse_other_files(context, arguments.remedies)
    names = arguments.remedies or tuple(automatic(source))
    if not names:
        raise LuthierError(
            _("There is nothing to mend that Luthier could mend by itself."),
            code="data.nothing_to_mend",
        )
    opened = open_mapped(Path(source.path), source.mapping, None, silent)
    previews = preview(opened, source.mapping, names)
    return Outcome(
        _("; ").join(
            _(
                "{remedy}: {changed} rows change, {removed} are left out, {rescued} more usable",
                remedy=p.remedy,
                changed=p.changed,
                removed=p.removed,
                rescued=p.rescued,
            )
            for p in previews
        ),
        views=preview_views(previews),
        data={"remedies": list(names), "touched": sum(one.touched for one in previews)},
    )


class MendData(ChooseRemedies):
    """Remedies to apply, and whether the rest may be left out."""

    leave_out_rest: bool = Field(
        default=False,
        description="True only after the user agreed to leave out rows that cannot be mended",
    )


def mend_data(context: ToolContext, arguments: MendData) -> Outcome:
    """Apply remedies: a new version of the rows, whose parent is the one before."""
    source = _source(context)
    _refuse_other_files(context, arguments.remedies)
    if arguments.remedies:
        after = mend(context.workspace, source, arguments.remedies, progress=context.progress)
    else:
        after = mend_all(context.workspace, source, progress=context.progress)
    applied = after.mapping.remedies[len(source.mapping.remedies) :]
    opened = open_mapped(Path(source.path), source.mapping, None, silent)
    version = keep_version(context.workspace, after)
    facts = _facts(context, after)
    if arguments.leave_out_rest:
        facts |= _settled(context, "rows.leave_out")
    shown = preview_views(preview(opened, source.mapping, applied))
    report = report_views(version.report)
    return Outcome(
        _(
            "Mended by {remedies}: version {version}, {usable} of {rows} usable (before: {before}).",
            remedies=", ".join(applied),
            version=version.id,
            usable=after.usable,
            rows=rows(after.rows_in),
            before=source.usable,
        )
        + f" {findings_in_words(after)}",
        facts=facts,
        views=(*shown, *(report[:1] if arguments.remedies else report)),
        data={"applied": list(applied), "version": version.id, "usable_before": source.usable},
    )


def undo_mending(context: ToolContext, _arguments: NoArguments) -> Outcome:
    """Go back to the version before the last remedies."""
    source = _source(context)
    before = undo(context.workspace, source, progress=context.progress)
    taken_back = source.mapping.remedies[len(before.mapping.remedies) :]
    facts = _facts(context, before) | _settled(context, "doctor.left")
    return Outcome(
        _(
            "Undone: {remedies}. {usable} of {rows} usable.",
            remedies=", ".join(taken_back),
            usable=before.usable,
            rows=rows(before.rows_in),
        ),
        facts=facts,
        views=report_views(report_on(before)),
        data={"undone": list(taken_back)},
    )


class TraceRow(BaseModel):
    """A row of the prepared data."""

    row: str = Field(description="its id, its number among the training rows, or such as test:3")


def trace(context: ToolContext, arguments: TraceRow) -> Outcome:
    """Say where a row came from: file, line, the record there, and every step since."""
    dataset = context.facts.dataset
    if dataset is None:
        raise LuthierError(
            _("The data has not been prepared yet."),
            remedy=_("Finish the data step first; then any row can be traced."),
            code="data.not_prepared",
        )
    found = trace_row(context.workspace, dataset.id, arguments.row)
    return Outcome(
        _(
            "Row {row} ({split} {number}) is from {place}; mended by: {remedies}.",
            row=found.row,
            split=found.split,
            number=found.number,
            place=place_of(found.source),
            remedies=", ".join(step.remedy for step in found.steps) or _("nothing"),
        ),
        views=trace_views(found),
        data=found.model_dump(mode="json"),
    )


def findings_in_words(found: Inspection) -> str:
    """Findings for a brain: codes, counts and remedies, without texts from the file."""
    told = [
        f"{p.code} ({p.severity}, {p.count}{'; ' + ', '.join(p.remedies) if p.remedies else ''})"
        for p in found.problems
    ]
    if not told:
        return _("No findings.")
    return _("Findings (rows; remedies): {findings}.", findings="; ".join(told))


def _source(context: ToolContext) -> Inspection:
    source = context.facts.source
    if source is None:
        raise LuthierError(
            _("No file has been looked at yet."),
            remedy=_("Give the path of your data first."),
            code="data.no_file",
        )
    return source


def _facts(context: ToolContext, found: Inspection) -> dict[str, object]:
    """The new source; decisions about it that still hold are given again, so that they stay."""
    return {"source": found.model_dump(mode="json"), "settled": list(context.facts.settled)}


def _looked(context: ToolContext, found: Inspection) -> dict[str, object]:
    """What a thorough look settles; it does not unsettle rows that are prepared already."""
    if context.facts.dataset is None:
        return _facts(context, found)
    return {"checked": found.model_dump(mode="json")}


def _refuse_other_files(context: ToolContext, remedies: Sequence[str]) -> None:
    """A remedy reads only files that a check was pointed at: there the user was asked."""
    known = {name for problem in context.facts.findings() for name in problem.remedies}
    for written in remedies:
        _remedy, setting = remedy_of(written)
        if setting and written not in known:
            raise LuthierError(
                _("The data was not checked against this file yet."),
                remedy=_("Say “check my data against” and the file's path first."),
                place=setting,
                code="data.not_checked_against",
            )


def _settled(context: ToolContext, decision: str) -> dict[str, object]:
    return {"settled": [*context.facts.settled, decision]}


def _held_out(context: ToolContext, against: str) -> list[Check]:
    checks: list[Check] = []
    if against:
        checks.append(find_held_out(context.workspace, against).check())
    source = context.facts.source
    if source:
        beside = splits_beside(Path(source.path), source.mapping.part)
        checks += [*(each.check() for each in beside), *frozen_test(context, Path(source.path))]
    return checks


def frozen_test(context: ToolContext, path: Path) -> list[Check]:
    """The comparison with the test rows frozen in this session, for any other file than theirs."""
    frozen = context.facts.frozen_test
    info = find_dataset(context.workspace, frozen) if frozen else None
    if info is None or Path(info.source_path) == path:
        return []
    return [frozen_test_of(context.workspace, info).check()]


TOOLS = (
    Tool(
        name="check_data",
        description="Have the data doctor look at every row of the file read last for everything, "
        "near copies, personal data and keys included, and report with lines and remedies. With "
        "`against`, also whether rows stand in a file of evaluation questions.",
        arguments=CheckData,
        run=check_data,
        effect=Effect.WRITES_HOME,
        points_at=lambda arguments: (arguments.against,) if arguments.against else (),
        label=mark("Checking every row"),
    ),
    Tool(
        name="preview_remedies",
        description="Show on real rows, before and after, what remedies would change. Without "
        "names: all that need no decision. Changes nothing.",
        arguments=ChooseRemedies,
        run=preview_remedies,
        effect=Effect.READS,
        label=mark("Trying the remedies on real rows"),
    ),
    Tool(
        name="mend_data",
        description="Apply remedies to the rows; the file itself stays as it is, and it can be "
        "undone. Without names: all that need no decision of the user's. Those that leave rows out "
        f"({', '.join(name for name in REMEDIES if not is_automatic(name))}) need the user's word.",
        arguments=MendData,
        run=mend_data,
        effect=Effect.WRITES_HOME,
        label=mark("Mending the rows"),
    ),
    Tool(
        name="undo_mending",
        description="Take the remedies applied last back: the version of the rows before them.",
        arguments=NoArguments,
        run=undo_mending,
        effect=Effect.WRITES_HOME,
        label=mark("Undoing the last remedies"),
    ),
    Tool(
        name="trace_row",
        description="Trace a row of the prepared data to its source file and line, with every "
        "remedy that changed it.",
        arguments=TraceRow,
        run=trace,
        effect=Effect.READS,
        label=mark("Tracing the row to its source"),
    ),
)
