"""The same question with different answers: harmless for free text, poison for labels."""

from __future__ import annotations

from collections.abc import Iterator

from luthier.tools.data.checks.base import Places
from luthier.tools.data.model import Problem, Row, Task
from luthier.tools.language import _


class Contradictions:
    """Remembers one hash per prompt and its first answer."""

    def __init__(self) -> None:
        self._first: dict[int, int] = {}
        self._places = Places()

    def see(self, row: Row) -> None:
        """Compare the row's answer to the first one for the same prompt."""
        asked = row.messages[:-1]
        if len(asked) == 1:
            prompt = hash(asked[0].content)
        else:
            prompt = hash(tuple([(message.role, message.content) for message in asked]))
        answer = hash(row.completion)
        if self._first.setdefault(prompt, answer) != answer:
            self._places.add(row.source, asked[-1].content)

    def findings(self, rows: int, task: Task) -> Iterator[Problem]:
        """One finding, a warning for labels and structured answers."""
        if not self._places.count:
            return
        strict = task.kind in ("labels", "structured")
        yield self._places.problem(
            "contradictions",
            "warns" if strict else "note",
            _("The same question has another answer than in an earlier row."),
            _("Decide for one answer each: the model cannot learn both.")
            if strict
            else _("Fine where several answers are right; but no score can then reach 100%."),
        )
