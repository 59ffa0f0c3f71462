"""Every answer the same: a model learns to say it whatever it is asked."""

from __future__ import annotations

from collections.abc import Iterator

from luthier.tools.data.findings import shorten
from luthier.tools.data.model import Problem, Row, Task


class ConstantAnswer:
    """Remembers the first answer and whether another one came."""

    def __init__(self) -> None:
        self._first: str | None = None
        self._varied = False

    def see(self, row: Row) -> None:
        """Compare with the first answer."""
        if self._first is None:
            self._first = row.completion
        elif row.completion != self._first:
            self._varied = True

    def findings(self, rows: int, task: Task) -> Iterator[Problem]:
        """A warning where there are rows and their answers never vary."""
        if rows < 2 or self._varied or self._first is None:
            return
        yield Problem(
            code="constant_answer",
            severity="warns",
            message="Every row has the same answer.",
            remedy="Add rows with other answers; otherwise the model learns to say this always.",
            count=rows,
            example=shorten(self._first),
        )
