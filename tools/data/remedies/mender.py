"""The remedies of a mapping, made ready to mend one record after the other as the file is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from luthier.tools.data.model import Mapping, Message, Row
from luthier.tools.data.readers.base import Record, Remark, Source, Unreadable
from luthier.tools.data.readers.json_document import row_of
from luthier.tools.data.readers.registry import read_items
from luthier.tools.data.remedies.base import MendRow, Remedy, row_function
from luthier.tools.data.remedies.registry import REMEDIES, in_order, remedy_of
from luthier.tools.data.rows import make_row

_MOST_BROKEN = 10_000  # lines that are mended; more of them are no slips but another format


class Mender:
    """Mends cells, turns and rows; with no remedies everything stays the same object."""

    def __init__(self, remedies: Sequence[Remedy] = ()) -> None:
        self.lines: dict[int, Record] = {}
        self._records = [remedy.record for remedy in remedies if remedy.record]
        self._turns = [remedy.turns for remedy in remedies if remedy.turns]
        self._rows: list[tuple[str, MendRow]] = []

    def add(self, name: str, mend: MendRow) -> None:
        """Mend finished rows by one more function."""
        self._rows.append((name, mend))

    def item(self, item: Record | Unreadable) -> Record | Unreadable:
        """A record in place of a line that was mended; everything else as it is."""
        return self.lines.get(item.line, item) if isinstance(item, Unreadable) else item

    def values(self, values: dict[str, Any], mapping: Mapping) -> dict[str, Any]:
        """The cells of a record."""
        for mend in self._records:
            values = mend(values, mapping)
        return values

    def turns(self, messages: list[Message]) -> list[Message]:
        """The turns of a conversation, before they are judged."""
        if not self._turns:
            return messages
        mended = tuple(messages)
        for mend in self._turns:
            mended = mend(mended)
        return list(mended)

    def row(self, row: Row) -> Row | str:
        """The finished row, or the name of the remedy that leaves it out."""
        for name, mend in self._rows:
            mended = mend(row)
            if mended is None:
                return name
            row = mended
        return row

    def function_of(self, name: str) -> MendRow | None:
        """What a remedy learned from the rows does to one of them."""
        return next((mend for known, mend in self._rows if known == name), None)


def mender_for(source: Source, mapping: Mapping) -> Mender:
    """A mender with every remedy of the mapping; those that learn have read the whole source.

    Raises:
        LuthierError: a remedy is unknown, or a file that it needs cannot be read.
    """
    chosen = map(remedy_of, in_order(mapping.remedies))
    written = {remedy.name: setting for remedy, setting in chosen}
    remedies = [REMEDIES[name] for name in written]
    mender = Mender(remedies)
    for remedy in remedies:
        if remedy.line is not None:
            mender.lines = _mended_lines(source, remedy)
    for remedy in remedies:
        if remedy.learn is not None:
            rows = _rows(source, mapping, mender)
            mender.add(remedy.name, row_function(remedy, rows, written[remedy.name]))
    return mender


def _rows(source: Source, mapping: Mapping, mender: Mender) -> Iterator[Row]:
    for item in read_items(source):
        item = item if isinstance(item, Remark) else mender.item(item)
        if isinstance(item, Record):
            row = make_row(item, mapping, source.path.name, mender)
            if isinstance(row, Row):
                yield row


def _mended_lines(source: Source, remedy: Remedy) -> dict[int, Record]:
    """Broken lines of a JSON Lines file that could be mended, by number."""
    if source.recognition.format != "jsonl" or remedy.line is None:
        return {}
    broken: set[int] = set()
    for item in read_items(source):
        if isinstance(item, Unreadable) and item.code == "broken_json":
            broken.add(item.line)
            if len(broken) >= _MOST_BROKEN:
                break
    mended: dict[int, Record] = {}
    if not broken:
        return mended
    with source.open_text() as stream:
        for number, line in enumerate(stream, 1):
            if number in broken:
                value = remedy.line(line)
                found = None if value is None else row_of(number, value, source.recognition.options)
                if isinstance(found, Record):
                    mended[number] = found
    return mended
