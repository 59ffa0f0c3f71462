"""Answers that are the word None, nan or null: usually an empty cell that a program wrote out."""

from __future__ import annotations

from collections.abc import Iterator

from luthier.tools.data.model import Problem, Row, Task
from luthier.tools.language import _

WORDS = frozenset({"None", "nan", "NaN", "NULL", "null", "<NA>", "undefined", "#N/A"})
_MOST_LINES = 20


class LiteralNone:
    """Counts answers that consist of such a word."""

    def __init__(self) -> None:
        self._lines: list[int] = []
        self._count = 0
        self._example = ""

    def see(self, row: Row) -> None:
        """Look at the answer."""
        if row.completion in WORDS:
            self._count += 1
            self._example = self._example or row.completion
            if len(self._lines) < _MOST_LINES:
                self._lines.append(row.source.line)

    def findings(self, rows: int, task: Task) -> Iterator[Problem]:
        """A warning with the lines."""
        if self._count:
            yield Problem(
                code="literal_none",
                severity="warns",
                message=_(
                    "The answer is the word “{example}”, as programs write empty cells.",
                    example=self._example,
                ),
                remedy=_(
                    "If these cells were empty, empty them in the file, so that they are left out; "
                    "otherwise the model learns to say this word."
                ),
                count=self._count,
                lines=tuple(self._lines),
                example=self._example,
            )
