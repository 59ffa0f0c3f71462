"""Labels that differ only in case, blanks or punctuation: one label for people, two for a model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from luthier.tools.data.model import Problem, Row, Task
from luthier.tools.data.near_copies import level

_MOST_LINES = 20
_MOST_LABELS = 2000


class LabelSpelling:
    """Counts answers by spelling, with the first lines of each."""

    def __init__(self) -> None:
        self._lines: dict[str, list[int]] = {}
        self._counts: dict[str, int] = {}

    def see(self, row: Row) -> None:
        """Count the answer while there are few different ones."""
        answer = row.completion
        if answer not in self._counts:
            if len(self._counts) > _MOST_LABELS:
                return
            self._counts[answer], self._lines[answer] = 0, []
        self._counts[answer] += 1
        if len(self._lines[answer]) < _MOST_LINES:
            self._lines[answer].append(row.source.line)

    def findings(self, rows: int, task: Task) -> Iterator[Problem]:
        """For label tasks only: one finding with the rows in the rarer spellings."""
        if task.kind != "labels":
            return
        spellings: dict[str, list[str]] = defaultdict(list)
        for label in self._counts:
            spellings[level(label)].append(label)
        variants = [
            sorted(labels, key=lambda label: (-self._counts[label], label))
            for labels in spellings.values()
            if len(labels) > 1
        ]
        rarer = [label for labels in variants for label in labels[1:]]
        if not rarer:
            return
        pairs = "; ".join(" / ".join(labels) for labels in variants[:5])
        lines = sorted(line for label in rarer for line in self._lines[label])
        yield Problem(
            code="label_spelling",
            severity="warns",
            message=f"Labels are spelled in several ways ({pairs}).",
            remedy="Use one spelling: to the model, and to the score, these are different answers.",
            count=sum(self._counts[label] for label in rarer),
            lines=tuple(lines[:_MOST_LINES]),
            example=pairs,
        )
