"""The metrics of one evaluation, made ready once and held against every arm's answers alike."""

from __future__ import annotations

from collections.abc import Sequence

from luthier.tools.data.model import Row
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.metrics import find_metric, metrics_for
from luthier.tools.evaluation.metrics.base import Asked, Bound, Outcome, Standards
from luthier.tools.language import _


class Ruler:
    """Scores answers by the deciding metric, those of the task, and those the plan adds.

    Args:
        standards: what metrics are made ready from.
        deciding_alone: whether the deciding metric is the only one that is wanted.

    Raises:
        LuthierError: there is no metric of a name, or the deciding one cannot be used here.
    """

    def __init__(self, standards: Standards, *, deciding_alone: bool = False) -> None:
        self._task = standards.task
        self._deciding = standards.plan.metric
        self._bound: dict[str, Bound] = {}
        wanted = (self._deciding,) if deciding_alone else _wanted(standards)
        self.names = tuple(name for name in wanted if self._bind(standards, name))

    def _bind(self, standards: Standards, name: str) -> bool:
        metric = find_metric(name)
        if metric.bind is None:
            return True
        bound = metric.bind(standards)
        if bound is not None:
            self._bound[name] = bound
        elif name == self._deciding:
            raise LuthierError(
                _("“{title}” cannot decide here.", title=_(metric.title)),
                why=_("What it goes by is missing, or these rows have nothing of the kind."),
                remedy=_("Choose another deciding measure, or name what it needs in the plan."),
                place="evaluation.metric",
                code="evaluation.metric_unusable",
            )
        return bound is not None

    @property
    def notes(self) -> dict[str, str]:
        """What a metric goes by here, such as the rules it found, by its name."""
        return {name: bound.note for name, bound in self._bound.items() if bound.note}

    def score(self, rows: Sequence[Row], answers: Sequence[str]) -> list[dict[str, float]]:
        """Every metric's score of every answer, in the order of the rows, each in [0, 1]."""
        asked = [
            Asked(row.prompt[-1].content if row.prompt else "", row.completion, answer)
            for row, answer in zip(rows, answers, strict=True)
        ]
        columns = {name: self._column(name, asked) for name in self.names}
        return [{name: columns[name][place] for name in self.names} for place in range(len(rows))]

    def _column(self, name: str, asked: Sequence[Asked]) -> list[float]:
        if name in self._bound:
            return self._bound[name].score(asked)
        metric = find_metric(name)
        return [metric.score(self._task, one.expected, one.answer) for one in asked]

    def sum_up(
        self, rows: Sequence[Row], answers: Sequence[str], scores: Sequence[dict[str, float]]
    ) -> dict[str, float]:
        """Every metric's figure for a whole set of rows."""
        return {
            name: find_metric(name).aggregate(
                self._task,
                [
                    Outcome(row.completion, answer, by[name])
                    for row, answer, by in zip(rows, answers, scores, strict=True)
                ],
            )
            for name in self.names
        }


def _wanted(standards: Standards) -> tuple[str, ...]:
    """The deciding metric first, then the task's own, then what was added, each once."""
    plan = standards.plan
    added = {"pattern": plan.pattern, "own": plan.own_metric, "sql_result": plan.database}
    extra = [name for name, given in added.items() if given]
    return tuple(dict.fromkeys((plan.metric, *metrics_for(standards.task), *plan.measures, *extra)))
