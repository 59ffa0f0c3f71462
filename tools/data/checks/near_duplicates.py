"""Rows that say nearly the same as another: found by MinHash, on as many rows as are asked for."""

from __future__ import annotations

from collections.abc import Iterator

from luthier.tools.data.checks.base import Places
from luthier.tools.data.model import Lineage, Problem, Row, Task
from luthier.tools.data.near_copies import PromptIndex
from luthier.tools.language import _

SHARE = 0.02  # of the rows; below, near copies are nothing to speak of


def question_of(row: Row) -> str:
    """What is asked, without the system turn, as near copies are told by it."""
    return "\n".join(turn.content for turn in row.prompt if turn.role != "system")


class NearDuplicates:
    """Groups near copies among the rows it is shown; the first of a group is no finding."""

    def __init__(self) -> None:
        self._index = PromptIndex()
        self._sources: list[Lineage] = []
        self._texts: list[str] = []

    def see(self, row: Row) -> None:
        """Take note of the question."""
        question = question_of(row)
        self._index.add(question)
        self._sources.append(row.source)
        self._texts.append(question[:120])

    def findings(self, rows: int, task: Task) -> Iterator[Problem]:
        """A note: such rows stay on one side of the split, so they harm little."""
        places = Places()
        for position, group in enumerate(self._index.groups()):
            if group != position:
                places.add(self._sources[position], self._texts[position])
        if places.count and places.count >= SHARE * len(self._sources):
            yield places.problem(
                "near_duplicates",
                "note",
                _("The question is nearly the same as in an earlier row."),
                _(
                    "Nothing has to be done: near copies stay on one side of the split. You may keep "
                    "one of each."
                ),
            )
