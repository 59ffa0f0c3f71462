"""What a metric is: a score per answer in [0, 1] and a way to sum a test set up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from luthier.tools.data.model import Task
from luthier.tools.training.plan import EvaluationPlan

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Outcome:
    """One answered test row with its score under the metric that is being summed up."""

    expected: str
    answer: str
    score: float


@dataclass(frozen=True, slots=True)
class Asked:
    """One answered row, for metrics that look at more than two texts."""

    prompt: str
    expected: str
    answer: str


@dataclass(frozen=True, slots=True)
class Standards:
    """What a metric may be made from: the task, the plan, the training answers, and embeddings.

    ``embed`` gives vectors of texts (texts x size, about unit length), where a model is at hand.
    """

    task: Task
    plan: EvaluationPlan
    answers: Sequence[str]
    embed: Callable[[Sequence[str]], NDArray[Any]] | None = None


@dataclass(frozen=True, slots=True)
class Bound:
    """A metric made for one data set: scores of rows, and what it goes by, in one sentence."""

    score: Callable[[Sequence[Asked]], list[float]]
    note: str = ""


def mean_score(_task: Task, outcomes: Sequence[Outcome]) -> float:
    """The plain average of the row scores; 0 where there are none."""
    if not outcomes:
        return 0.0
    return sum(outcome.score for outcome in outcomes) / len(outcomes)


def needs_binding(_task: Task, _expected: str, _answer: str) -> float:
    """Stands where a metric cannot score two texts alone."""
    raise ValueError("this metric scores through its binding")


@dataclass(frozen=True, slots=True)
class Metric:
    """One way to judge an answer.

    ``score`` gives a value in [0, 1] for one row (task, expected, answer), which is what the
    bootstrap resamples; ``aggregate`` sums a test set up, also in [0, 1]. ``counts_right`` is False
    where the figure measures likeness and cannot be held against a share of right answers. A metric
    that needs more than two texts has ``bind`` instead, which returns None where it does not apply.
    """

    name: str
    title: str
    explanation: str
    score: Callable[[Task, str, str], float] = needs_binding
    aggregate: Callable[[Task, Sequence[Outcome]], float] = mean_score
    counts_right: bool = True
    bind: Callable[[Standards], Bound | None] | None = None

    @property
    def is_mean(self) -> bool:
        """Whether the figure for a test set is the plain average of its row scores."""
        return self.aggregate is mean_score
