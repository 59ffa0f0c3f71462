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
    """Evaluation questions: the file or folder they stand in, its part, and what to call them."""

    path: Path
    name: str
    part: str = ""

    def check(self) -> EvaluationOverlap:
        """The comparison of rows to these questions."""
        setting = f"{self.path}{_PART}{self.part}" if self.part else str(self.path)
        return EvaluationOverlap(held_out_rows(self.path, self.part), setting, self.name)


_PART = "::"  # between a folder and its part in the setting of a remedy


def held_out_by(setting: str) -> HeldOut:
    """The questions that a remedy was set to, as :meth:`HeldOut.check` wrote it."""
    folder, divider, part = setting.rpartition(_PART)
    if divider and Path(folder).is_dir():
        return HeldOut(Path(folder), part, part)
    return HeldOut(Path(setting), Path(setting).name)


def splits_beside(path: Path, part: str = "") -> list[HeldOut]:
    """The validation and test rows of a folder whose training rows are read.

    Raises:
        LuthierError: the folder cannot be read.
    """
    if not path.is_dir():
        return []
    recognition = open_source(path, part=part).recognition
    above, slash, chosen = recognition.part.rpartition("/")
    if chosen != "train":
        return []
    beside = (f"{above}{slash}{split}" for split in ("validation", "test"))
    return [
        HeldOut(path, _("“{part}” of this folder", part=name), name)
        for name in beside
        if name in recognition.parts
    ]


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


def held_out_rows(path: Path, part: str = "") -> Iterator[Row]:
    """Every question of the file, or of a folder's part; it may hold answers, or questions alone.

    Raises:
        LuthierError: the file is missing or cannot be read.
    """
    source = open_source(path, part=part)
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
