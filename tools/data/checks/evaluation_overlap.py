"""Rows that are also in the evaluation: what is tested must not be learned.

The held-out questions come from a file that the user names or from a frozen test split. Equal questions
are told by their hash, near copies by MinHash over both sets together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from luthier.tools.data.checks.base import Places
from luthier.tools.data.checks.near_duplicates import question_of
from luthier.tools.data.model import Problem, Row, Task
from luthier.tools.data.near_copies import MOST_PROMPTS, PromptIndex, level
from luthier.tools.language import _


class EvaluationOverlap:
    """Compares rows to the held-out questions of the file at ``path``; ``name`` is what to call them."""

    def __init__(self, held_out: Iterable[Row], path: str, name: str) -> None:
        self._path = path
        self._name = name
        self._index = PromptIndex()
        self._keys: set[bytes] = set()
        self._indexed = 0
        for row in held_out:
            question = question_of(row)
            self._keys.add(_key(question))
            self._index.add(question)
            self._indexed += 1
        self._first = self._indexed
        self._rows: list[Row] = []
        self._equal = Places()

    def see(self, row: Row) -> None:
        """Compare by hash at once; near copies are looked for in the end."""
        question = question_of(row)
        if _key(question) in self._keys:
            self._equal.add(row.source, question)
        elif self._indexed < MOST_PROMPTS:
            self._index.add(question)
            self._indexed += 1
            self._rows.append(Row(id=row.id, messages=row.messages[-2:], source=row.source))

    def near(self) -> list[Row]:
        """Rows whose question is a near copy of a held-out one."""
        groups = self._index.groups()
        held_out = set(groups[: self._first])
        near = zip(self._rows, groups[self._first :], strict=True)
        return [row for row, group in near if group in held_out]

    def is_equal(self, row: Row) -> bool:
        """Whether the row's question is a held-out one but for case and punctuation."""
        return _key(question_of(row)) in self._keys

    def findings(self, rows: int, task: Task) -> Iterator[Problem]:
        """One warning for both kinds."""
        equal = self._equal.count
        for row in self.near():
            self._equal.add(row.source, question_of(row))
        if self._equal.count:
            yield self._equal.problem(
                "overlap_with_evaluation",
                "warns",
                _(
                    "{equal} questions are also in {name}, {near} more are nearly the same as one there.",
                    equal=equal,
                    near=self._equal.count - equal,
                    name=self._name,
                ),
                _("Leave them out of the training; otherwise the test proves nothing."),
            ).model_copy(update={"remedies": (f"remove_overlap={self._path}",)})


def _key(question: str) -> bytes:
    return hashlib.blake2b(level(question).encode("utf-8", "replace"), digest_size=8).digest()
