"""Answers that only repeat the question: usually a column that was mapped twice."""

from __future__ import annotations

from collections.abc import Iterator

from luthier.tools.data.checks.base import Places
from luthier.tools.data.model import Problem, Row, Task
from luthier.tools.language import _


class EchoedQuestions:
    """Counts rows whose answer equals the turn before it."""

    def __init__(self) -> None:
        self._places = Places()

    def see(self, row: Row) -> None:
        """Compare the answer with what was asked."""
        turns = row.messages
        if len(turns) > 1 and turns[-2].content == row.completion:
            self._places.add(row.source, row.completion)

    def findings(self, rows: int, task: Task) -> Iterator[Problem]:
        """One warning."""
        if self._places.count:
            yield self._places.problem(
                "answer_repeats_question",
                "warns",
                _("The answer is the question, word for word."),
                _("Check the columns, or leave these rows out."),
            )
