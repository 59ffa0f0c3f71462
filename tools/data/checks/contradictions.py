"""The same question with different answers: harmless for free text, poison for labels."""

from __future__ import annotations

from collections.abc import Iterator

from luthier.tools.data.findings import shorten
from luthier.tools.data.model import Problem, Row, Task
from luthier.tools.language import _

_MOST_LINES = 20


class Contradictions:
    """Remembers one hash per prompt and its first answer."""

    def __init__(self) -> None:
        self._first: dict[int, int] = {}
        self._count = 0
        self._lines: list[int] = []
        self._example = ""

    def see(self, row: Row) -> None:
        """Compare the row's answer to the first one for the same prompt."""
        prompt = hash(tuple((message.role, message.content) for message in row.prompt))
        answer = hash(row.completion)
        if self._first.setdefault(prompt, answer) == answer:
            return
        self._count += 1
        if len(self._lines) < _MOST_LINES:
            self._lines.append(row.source.line)
        if not self._example:
            self._example = shorten(row.prompt[-1].content)

    def findings(self, rows: int, task: Task) -> Iterator[Problem]:
        """One finding, a warning for labels and structured answers."""
        if not self._count:
            return
        strict = task.kind in ("labels", "structured")
        yield Problem(
            code="contradictions",
            severity="warns" if strict else "note",
            message=_("The same question has another answer than in an earlier row."),
            remedy=_("Decide for one answer each: the model cannot learn both.")
            if strict
            else _("Fine where several answers are right; but no score can then reach 100%."),
            count=self._count,
            lines=tuple(self._lines),
            example=self._example,
        )
