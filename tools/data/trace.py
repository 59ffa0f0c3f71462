"""Where a training row came from: file, line, the record as it stands there, and each step since."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from luthier.tools.data.inspect import open_mapped
from luthier.tools.data.model import DatasetInfo, Lineage, Mapping, Message, Row, SplitName
from luthier.tools.data.places import place_of
from luthier.tools.data.readers.base import Record, Remark, Source, Unreadable
from luthier.tools.data.readers.registry import read_items
from luthier.tools.data.remedies.mender import mender_for
from luthier.tools.data.remedies.preview import spoken
from luthier.tools.data.rows import make_row
from luthier.tools.data.store import SPLITS, iterate_rows, load_dataset
from luthier.tools.data.versions import version_id
from luthier.tools.errors import LuthierError
from luthier.tools.language import _
from luthier.tools.progress import silent
from luthier.tools.views import Change, Diff, Setting, Settings, View
from luthier.tools.workspace import Workspace


class Step(BaseModel):
    """What one remedy made of the row."""

    model_config = ConfigDict(frozen=True)

    remedy: str
    before: str = Field(description="empty where the row could not be used before")
    after: str


class Trace(BaseModel):
    """One row's way from its file into a data set."""

    model_config = ConfigDict(frozen=True)

    dataset: str
    version: str = Field(description="of the rows: the file, the mapping, and the remedies")
    row: str
    split: SplitName
    number: int = Field(description="of the row in its split, from 1")
    path: str
    source: Lineage
    record: dict[str, Any] = Field(
        default_factory=dict, description="the record as it stands in the file; empty if it is gone"
    )
    remark: str = Field(default="", description="why the record cannot be shown")
    steps: tuple[Step, ...] = ()
    messages: tuple[Message, ...] = ()


def trace_row(workspace: Workspace, dataset_id: str, wanted: str) -> Trace:
    """The way of a row of a prepared data set.

    Args:
        workspace: where the data set lives.
        dataset_id: the data set.
        wanted: the row's id or a beginning of it, a number (of the training rows), or a split and a
            number such as ``test:3``.

    Raises:
        LuthierError: there is no such data set or row.
    """
    info = load_dataset(workspace, dataset_id)
    split, number, row = _find(workspace, info, wanted.strip())
    known = Trace(
        dataset=info.id,
        version=version_id(info.source_sha256, info.mapping),
        row=row.id,
        split=split,
        number=number,
        path=info.source_path,
        source=row.source,
        messages=row.messages,
    )
    try:
        source = open_mapped(Path(info.source_path), info.mapping, None, silent)
    except LuthierError as error:
        return known.model_copy(update={"remark": error.what})
    if source.sha256 != info.source_sha256:
        return known.model_copy(update={"remark": _("The file has changed since then.")})
    return _with_steps(known, source, info.mapping)


def _find(workspace: Workspace, info: DatasetInfo, wanted: str) -> tuple[SplitName, int, Row]:
    name, _sign, rest = wanted.rpartition(":")
    splits = [split for split in SPLITS if not name or split == name]
    for split in splits:
        for number, row in enumerate(iterate_rows(workspace, info.id, split), 1):
            by_number = rest.isdecimal() and len(rest) < 9 and int(rest) == number
            if (by_number and split == (name or "train")) or (
                len(wanted) >= 6 and row.id.startswith(wanted.lower())
            ):
                return split, number, row
    raise LuthierError(
        _("There is no row “{row}” in this data set.", row=wanted),
        remedy=_("Give a row's id, its number among the training rows, or such as test:3."),
        place=info.id,
        code="data.no_such_row",
    )


def _with_steps(trace: Trace, source: Source, mapping: Mapping) -> Trace:
    place = trace.source
    item = next(
        (
            item
            for item in read_items(source)
            if not isinstance(item, Remark)
            and (item.line, item.row) == (place.line, place.row)
            and getattr(item, "file", "") in ("", place.file)
        ),
        None,
    )
    if item is None:
        return trace.model_copy(update={"remark": _("The line is not in the file any more.")})
    record = item.values if isinstance(item, Record) else {"line": item.excerpt}
    steps = []
    before = _at(source, mapping, (), item)
    for count in range(1, len(mapping.remedies) + 1):
        after = _at(source, mapping, mapping.remedies[:count], item)
        if after != before:
            remedy = mapping.remedies[count - 1]
            steps.append(Step(remedy=remedy, before=before, after=after))
        before = after
    return trace.model_copy(update={"record": record, "steps": tuple(steps)})


def _at(
    source: Source, mapping: Mapping, remedies: tuple[str, ...], item: Record | Unreadable
) -> str:
    """The row as it is after these remedies, in words; "" where it cannot be used yet."""
    then = mapping.model_copy(update={"remedies": remedies})
    mender = mender_for(source, then)
    mended = mender.item(item)
    if not isinstance(mended, Record):
        return ""
    row = make_row(mended, then, source.path.name, mender)
    return "\n".join(spoken(row)) if isinstance(row, Row) else ""


def trace_views(trace: Trace) -> tuple[View, ...]:
    """The place, the record as it stands in the file, each step, and the row as it is trained."""
    place = place_of(trace.source)
    number = _("{split}, number {number}", split=trace.split, number=trace.number)
    settings = [
        Setting(name=_("row"), value=trace.row, reason=number),
        Setting(name=_("from"), value=place, reason=trace.path),
        Setting(name=_("version"), value=trace.version, reason=_("of the file's rows")),
        *(
            Setting(name=str(name), value=str(value)[:300], reason=_("as it stands in the file"))
            for name, value in trace.record.items()
        ),
        *(
            Setting(name=message.role, value=message.content[:300], reason=_("as it is trained"))
            for message in trace.messages
        ),
    ]
    notes = (trace.remark,) if trace.remark else ()
    views: list[View] = [
        Settings(title=_("Where this row came from"), settings=tuple(settings), notes=notes)
    ]
    if trace.steps:
        changes = tuple(
            Change(place=step.remedy, before=step.before, after=step.after) for step in trace.steps
        )
        views.append(Diff(title=_("What was mended in it"), changes=changes))
    return tuple(views)
