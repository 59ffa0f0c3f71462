"""The registry of metrics: a new one is a file here and a line in ``METRICS`` and ``_BY_TASK``."""

from __future__ import annotations

from collections.abc import Sequence

from luthier.tools.data.model import Task, TaskKind
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.metrics.base import Metric, Outcome
from luthier.tools.evaluation.metrics.labels import EXACT_MATCH, MACRO_F1
from luthier.tools.evaluation.metrics.structured import (
    FIELD_ACCURACY,
    JSON_MATCH,
    SAME_FIELDS,
    VALID_JSON,
)
from luthier.tools.evaluation.metrics.text import CHRF, ROUGE_L
from luthier.tools.language import _

METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        EXACT_MATCH,
        MACRO_F1,
        JSON_MATCH,
        FIELD_ACCURACY,
        SAME_FIELDS,
        VALID_JSON,
        ROUGE_L,
        CHRF,
    )
}

_BY_TASK: dict[TaskKind, tuple[str, ...]] = {
    "labels": ("exact_match", "macro_f1"),
    "structured": ("json_match", "field_accuracy", "same_fields", "valid_json"),
    "text": ("rouge_l", "chrf", "exact_match"),
}


def metrics_for(task: Task) -> tuple[str, ...]:
    """The names of the metrics that suit a task; the first one decides unless the plan says so."""
    return _BY_TASK[task.kind]


def find_metric(name: str) -> Metric:
    """The metric of that name.

    Raises:
        LuthierError: there is none (``code`` ``evaluation.unknown_metric``).
    """
    try:
        return METRICS[name]
    except KeyError:
        raise LuthierError(
            _("There is no metric called '{name}'.", name=name),
            remedy=_("Choose one of: {metrics}.", metrics=", ".join(METRICS)),
            place="evaluation.metric",
            code="evaluation.unknown_metric",
        ) from None


def names_with(task: Task, deciding: str) -> tuple[str, ...]:
    """The task's metrics with the deciding one first, added where it is not among them."""
    find_metric(deciding)
    return (deciding, *(name for name in metrics_for(task) if name != deciding))


def score(task: Task, names: Sequence[str], expected: str, answer: str) -> dict[str, float]:
    """Every named metric's score of one answer, each in [0, 1]."""
    return {name: find_metric(name).score(task, expected, answer) for name in names}


def aggregate(
    task: Task,
    names: Sequence[str],
    expected: Sequence[str],
    answers: Sequence[str],
    scores: Sequence[dict[str, float]],
) -> dict[str, float]:
    """Every named metric's figure for a whole test set, from rows of equal order and length."""
    return {
        name: find_metric(name).aggregate(
            task,
            [
                Outcome(wanted, given, by_name[name])
                for wanted, given, by_name in zip(expected, answers, scores, strict=True)
            ],
        )
        for name in names
    }
