"""The questions of an evaluation, from a file that the user names or from a frozen test split."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from luthier.tools.data.cells import WrongType, as_text
from luthier.tools.data.inspect import settle_mapping
from luthier.tools.data.model import Lineage, Message, Row
from luthier.tools.data.readers.base import Record, Source
from luthier.tools.data.readers.registry import read_items
from luthier.tools.data.rows import make_row, row_id
from luthier.tools.data.source import open_source
from luthier.tools.errors import LuthierError


def held_out_rows(path: Path) -> Iterator[Row]:
    """Every question of the file; it may hold answers as well, or questions alone.

    Raises:
        LuthierError: the file is missing or cannot be read.
    """
    source = open_source(path)
    if source.recognition.format in ("text", "markdown"):
        yield from _lines(source)
        return
    try:
        mapping, _columns = settle_mapping(source, None)
    except LuthierError as error:
        if error.code != "data.one_column":
            raise
        yield from _questions_alone(source)
        return
    if mapping.continuation:
        yield from _questions_alone(source)
        return
    for item in read_items(source):
        if isinstance(item, Record):
            row = make_row(item, mapping, path.name)
            if isinstance(row, Row):
                yield row


def _lines(source: Source) -> Iterator[Row]:
    """A plain list: every line that is not blank is a question."""
    with source.open_text() as stream:
        for number, line in enumerate(stream, 1):
            if line.strip():
                yield _question(line.strip(), source, number)


def _question(text: str, source: Source, line: int) -> Row:
    messages = (Message(role="user", content=text), Message(role="assistant", content=""))
    lineage = Lineage(file=source.path.name, line=line)
    return Row(id=row_id(messages), messages=messages, source=lineage)


def _questions_alone(source: Source) -> Iterator[Row]:
    for item in read_items(source):
        if isinstance(item, Record):
            try:
                text = "\n".join(filter(None, map(as_text, item.values.values())))
            except WrongType:
                continue
            yield _question(text, source, item.line)
