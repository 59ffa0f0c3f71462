"""The questions of an evaluation, from a file that the user names or from a frozen test split."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from luthier.tools.data.cells import WrongType, as_text
from luthier.tools.data.checks.evaluation_overlap import EvaluationOverlap
from luthier.tools.data.inspect import settle_mapping
from luthier.tools.data.model import DatasetInfo, Lineage, Message, Row
from luthier.tools.data.paths import parse_path
from luthier.tools.data.readers.base import Record, Source
from luthier.tools.data.readers.registry import read_items
from luthier.tools.data.rows import make_row, row_id
from luthier.tools.data.source import open_source
from luthier.tools.data.store import list_datasets
from luthier.tools.errors import LuthierError
from luthier.tools.language import _
from luthier.tools.workspace import Workspace


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Evaluation questions: the file they stand in and what to call them."""

    path: Path
    name: str

    def check(self) -> EvaluationOverlap:
        """The comparison of rows to these questions."""
        return EvaluationOverlap(held_out_rows(self.path), str(self.path), self.name)


def find_held_out(workspace: Workspace, text: str) -> HeldOut:
    """What the user means: a file of questions, or a prepared data set, whose test rows are frozen.

    Raises:
        LuthierError: no path was given.
    """
    path = parse_path(text)
    if not path.exists():
        known = (info for info in list_datasets(workspace) if text.strip() in (info.id, info.name))
        info = next(known, None)
        if info is not None:
            return frozen_test_of(workspace, info)
    return HeldOut(path, path.name)


def frozen_test_of(workspace: Workspace, info: DatasetInfo) -> HeldOut:
    """The test rows that were frozen when the data set was prepared."""
    name = _("the frozen test rows of “{name}”", name=info.name)
    return HeldOut(workspace.datasets / info.id / "test.jsonl", name)


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
