"""Answers that are marked as not wanted: kept apart, so that nothing learns them by mistake.

They lie beside the splits, one file a side, and only a method that learns from them opens these. A
question that is held out, or nearly so, is held out with its unwanted answers too.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from luthier.tools.data.model import Row, SplitName
from luthier.tools.data.near_copies import PromptIndex
from luthier.tools.data.split import SIDES

Fractions = tuple[float, float, float]
_PARTS = 10_000


def unwanted_path(folder: Path, split: SplitName) -> Path:
    """Where a data set keeps the unwanted answers of one side."""
    return folder / f"unwanted-{split}.jsonl"


class UnwantedRows:
    """Unwanted answers on their way into a data set; each answer once."""

    def __init__(self) -> None:
        self._rows: dict[str, Row] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, row: Row, _record: object) -> None:
        """Take note of the next one."""
        self._rows.setdefault(row.id, row)

    def write(
        self, folder: Path, held_out: dict[SplitName, Sequence[str]], fractions: Fractions
    ) -> tuple[int, int, int]:
        """Deal them to the sides and write the files; how many went to train, validation, test.

        Args:
            folder: of the data set.
            held_out: the questions of the validation and of the test side.
            fractions: shares of the sides, for questions that are new.
        """
        rows = list(self._rows.values())
        sides = _sides(rows, held_out, fractions)
        for split in SIDES:
            lines = [
                row.model_dump_json(exclude_defaults=True) + "\n"
                for row, side in zip(rows, sides, strict=True)
                if side == split
            ]
            unwanted_path(folder, split).write_text("".join(lines), encoding="utf-8")
        return sides.count("train"), sides.count("validation"), sides.count("test")


def question_of(row: Row) -> str:
    """What was asked, without the system text, as near copies are looked for."""
    return "\n".join(message.content for message in row.prompt if message.role != "system")


def _sides(
    rows: Sequence[Row], held_out: dict[SplitName, Sequence[str]], fractions: Fractions
) -> list[SplitName]:
    index = PromptIndex()
    known: list[SplitName] = []
    for split, questions in held_out.items():
        for question in questions:
            index.add(question)
            known.append(split)
    for row in rows:
        index.add(question_of(row))
    groups = index.groups().tolist()
    side_of: dict[int, SplitName] = {}
    for group, split in zip(groups, known, strict=False):
        if split == "test" or group not in side_of:
            side_of[group] = split
    sides: list[SplitName] = []
    for row, group in zip(rows, groups[len(known) :], strict=True):
        if group not in side_of:
            side_of[group] = _by_chance(row.id, fractions)
        sides.append(side_of[group])
    return sides


def _by_chance(row_id: str, fractions: Fractions) -> SplitName:
    """A side by the row's content alone, so that it is the same every time."""
    place = int(row_id, 16) % _PARTS / _PARTS
    train, validation, _test = fractions
    if place < train:
        return "train"
    return "validation" if place < train + validation else "test"
