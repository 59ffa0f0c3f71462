"""Every answer the same, or nearly: a model learns to say it whatever it is asked."""

from __future__ import annotations

from collections.abc import Iterator

from luthier.tools.data.findings import shorten
from luthier.tools.data.model import Problem, Row, Task
from luthier.tools.language import _

_NEARLY = 0.9
_FEWEST = 20


class ConstantAnswer:
    """Finds the one answer that can have a majority (Boyer and Moore), and counts it."""

    def __init__(self) -> None:
        self._candidate = ""
        self._lead = 0
        self._counts: dict[str, int] = {}
        self._rows = 0

    def see(self, row: Row) -> None:
        """Vote for the answer."""
        answer = row.completion
        self._rows += 1
        if self._lead == 0:
            self._candidate = answer
            self._counts.setdefault(answer, 0)
        if answer == self._candidate:
            self._lead += 1
        else:
            self._lead -= 1
        if answer in self._counts:
            self._counts[answer] += 1
        if len(self._counts) > 100:
            self._counts = {self._candidate: self._counts.get(self._candidate, 0)}

    def findings(self, rows: int, task: Task) -> Iterator[Problem]:
        """A warning where the answers never vary, or hardly ever although they are free text."""
        count = self._counts.get(self._candidate, 0)
        if self._rows < 2 or not count:
            return
        if count == self._rows:
            message = _("Every row has the same answer.")
        elif task.kind != "labels" and self._rows >= _FEWEST and count >= _NEARLY * self._rows:
            message = _(
                "{share} of the rows have the same answer.", share=f"{count / self._rows:.0%}"
            )
        else:
            return
        yield Problem(
            code="constant_answer",
            severity="warns",
            message=message,
            remedy=_("Add rows with other answers; otherwise the model learns to say this always."),
            count=count,
            example=shorten(self._candidate),
        )
