"""What a metric is: a score per answer in [0, 1] and a way to sum a test set up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from luthier.tools.data.model import Task


@dataclass(frozen=True, slots=True)
class Outcome:
    """One answered test row with its score under the metric that is being summed up."""

    expected: str
    answer: str
    score: float


def mean_score(_task: Task, outcomes: Sequence[Outcome]) -> float:
    """The plain average of the row scores; 0 where there are none."""
    if not outcomes:
        return 0.0
    return sum(outcome.score for outcome in outcomes) / len(outcomes)


@dataclass(frozen=True, slots=True)
class Metric:
    """One way to judge an answer.

    ``score`` gives a value in [0, 1] for one row (task, expected, answer), which is what the
    bootstrap resamples; ``aggregate`` sums a test set up, also in [0, 1]. ``counts_right`` is False
    where the figure measures likeness and cannot be held against a share of right answers.
    """

    name: str
    title: str
    explanation: str
    score: Callable[[Task, str, str], float]
    aggregate: Callable[[Task, Sequence[Outcome]], float] = mean_score
    counts_right: bool = True

    @property
    def is_mean(self) -> bool:
        """Whether the figure for a test set is the plain average of its row scores."""
        return self.aggregate is mean_score
