"""What remedies would do, shown on real rows before anything is changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from pydantic import BaseModel, ConfigDict, Field

from luthier.tools.data.model import Lineage, Mapping, Row
from luthier.tools.data.private import find_secrets, masked
from luthier.tools.data.readers.base import Item, Record, Remark, Source
from luthier.tools.data.readers.registry import read_items
from luthier.tools.data.remedies.mender import Mender, mender_for
from luthier.tools.data.remedies.registry import in_order, remedy_of
from luthier.tools.data.rows import REMOVED, make_row

_SHOWN = 2  # rows of each remedy
_LOOKED_AT = 20_000  # records; a preview need not read a giant file to its end


class Change(BaseModel):
    """One row before and after; ``after`` is empty where it is left out, ``before`` where it was."""

    model_config = ConfigDict(frozen=True)

    source: Lineage
    before: str
    after: str


class Preview(BaseModel):
    """What one remedy would do to the first rows of the file."""

    model_config = ConfigDict(frozen=True)

    remedy: str
    label: str
    changed: int = Field(description="rows that would say something else")
    removed: int = Field(description="rows that would be left out")
    rescued: int = Field(description="rows that could not be used before and could then")
    looked_at: int
    changes: tuple[Change, ...] = ()

    @property
    def touched(self) -> int:
        """Rows that would not be as they are."""
        return self.changed + self.removed + self.rescued


def preview(source: Source, mapping: Mapping, remedies: Sequence[str]) -> tuple[Preview, ...]:
    """Each remedy on top of those applied already and of those before it, in the order they act.

    Raises:
        LuthierError: a remedy is unknown, or the file cannot be read.
    """
    found = []
    for written in in_order(remedies):
        found.append(_preview(source, mapping, written))
        mapping = mapping.model_copy(update={"remedies": (*mapping.remedies, written)})
    return tuple(found)


def _preview(source: Source, mapping: Mapping, written: str) -> Preview:
    remedy, _setting = remedy_of(written)
    then = mapping.model_copy(update={"remedies": (*mapping.remedies, written)})
    before = mender_for(source, mapping)
    after = mender_for(source, then)
    counts = {"changed": 0, "removed": 0, "rescued": 0}
    changes: list[Change] = []
    looked_at = 0
    for item in islice(read_items(source), _LOOKED_AT):
        looked_at += 1
        one = _outcome(item, before, mapping, source)
        other = _outcome(item, after, then, source)
        kind = _kind(one, other)
        if not kind:
            continue
        counts[kind] += 1
        if len(changes) < _SHOWN:
            row = 0 if isinstance(item, Remark) else item.row
            lineage = Lineage(file=item.file or source.path.name, line=item.line, row=row)
            words = _words(one)
            if remedy.name == "redact_secrets":
                words = _masked(words)
            changes.append(Change(source=lineage, before=words, after=_words(other)))
    return Preview(
        remedy=written, label=remedy.label, looked_at=looked_at, changes=tuple(changes), **counts
    )


def _outcome(item: Item, mender: Mender, mapping: Mapping, source: Source) -> Row | str | None:
    """The row, "" where a remedy leaves it out, None where it cannot be used."""
    if isinstance(item, Remark):
        return None
    item = mender.item(item)
    if not isinstance(item, Record):
        return None
    row = make_row(item, mapping, source.path.name, mender)
    if isinstance(row, Row):
        return row
    return "" if row.code == REMOVED else None


def _kind(one: Row | str | None, other: Row | str | None) -> str:
    if isinstance(one, Row):
        if isinstance(other, Row):
            return "changed" if one.messages != other.messages else ""
        return "removed"
    return "rescued" if isinstance(other, Row) else ""


def _words(outcome: Row | str | None) -> str:
    return "\n".join(spoken(outcome)) if isinstance(outcome, Row) else ""


def _masked(text: str) -> str:
    """The text with its keys shortened: a key shall not be copied into a transcript."""
    for found in reversed(find_secrets(text)):
        text = text[: found.start] + masked(found) + text[found.end :]
    return text


def spoken(row: Row) -> Iterator[str]:
    """The turns as lines, each with its speaker."""
    for message in row.messages:
        yield f"{message.role}: {message.content}"
