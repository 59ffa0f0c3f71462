"""Rows of the file's own splits that stand in two of them: what was meant for the test is learned."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from luthier.tools.data.checks.base import Places
from luthier.tools.data.checks.near_duplicates import question_of
from luthier.tools.data.model import Lineage, Problem, Row, Task
from luthier.tools.data.near_copies import PromptIndex, level
from luthier.tools.data.readers.base import Record
from luthier.tools.data.vocabulary import plain_name
from luthier.tools.language import _

_COLUMNS = ("split", "set", "subset", "partition", "fold")
_TRAIN = frozenset({"train", "training", "tr"})
_HELD_OUT = frozenset({"test", "testing", "validation", "valid", "val", "dev", "eval", "holdout"})
_MOST_COMPARED = 20_000  # rows among which near copies are looked for as well


class SplitLeaks:
    """Where a column says train or test: questions that stand on both sides, near copies included."""

    def __init__(self) -> None:
        self._column: str | None = None
        self._sides: dict[bytes, str] = {}
        self._places = Places()
        self._index = PromptIndex()
        self._compared: list[tuple[str, Lineage, str]] = []

    def see(self, record: Record, row: Row | None) -> None:
        """Note on which side the question stands."""
        if row is None:
            return
        if self._column is None:
            names = (n for n in record.values if plain_name(n) in _COLUMNS)
            self._column = next(names, "")
        if not self._column:
            return
        side = _side(record.values.get(self._column))
        if not side:
            return
        question = question_of(row)
        key = hashlib.blake2b(level(question).encode("utf-8", "replace"), digest_size=8).digest()
        other = self._sides.setdefault(key, side)
        if other != side:
            self._places.add(row.source, question)
        elif len(self._compared) < _MOST_COMPARED:
            self._index.add(question)
            self._compared.append((side, row.source, question[:120]))

    def findings(self, rows: int, task: Task) -> Iterator[Problem]:
        """One warning for equal and near-equal questions."""
        first: dict[int, str] = {}
        leaks = len(set(self._sides.values())) > 1
        groups: list[int] = self._index.groups().tolist() if leaks else []
        for group, (side, source, text) in zip(groups, self._compared, strict=bool(groups)):
            if first.setdefault(group, side) != side:
                self._places.add(source, text)
        if self._places.count:
            yield self._places.problem(
                "leak_between_splits",
                "warns",
                _(
                    "By the column “{column}”, the same or nearly the same question stands in "
                    "training and in a held-out part.",
                    column=self._column,
                ),
                _(
                    "Nothing has to be done here: Luthier splits anew and keeps near copies together. "
                    "Do not trust scores measured on the old split."
                ),
            )


def _side(value: object) -> str:
    word = str(value or "").strip().lower()
    if word in _TRAIN:
        return "train"
    return "held out" if word in _HELD_OUT else ""
