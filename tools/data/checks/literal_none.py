"""Answers that are the word None, nan or null: usually an empty cell that a program wrote out."""

from __future__ import annotations

from collections.abc import Iterator

from luthier.tools.data.checks.base import Places
from luthier.tools.data.model import Problem, Row, Task
from luthier.tools.language import _

WORDS = frozenset({"None", "nan", "NaN", "NULL", "null", "<NA>", "undefined", "#N/A"})


class LiteralNone:
    """Counts answers that consist of such a word."""

    def __init__(self) -> None:
        self._places = Places()

    def see(self, row: Row) -> None:
        """Look at the answer."""
        if row.completion in WORDS:
            self._places.add(row.source, row.completion)

    def findings(self, rows: int, task: Task) -> Iterator[Problem]:
        """A warning with the lines."""
        if self._places.count:
            yield self._places.problem(
                "literal_none",
                "warns",
                _(
                    "The answer is the word “{example}”, as programs write empty cells.",
                    example=self._places.example,
                ),
                _(
                    "If these cells were empty, empty them in the file, so that they are left out; "
                    "otherwise the model learns to say this word."
                ),
            )
