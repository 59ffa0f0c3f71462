"""The registry of metrics: a new one is a file here and a line in ``METRICS`` and ``_BY_TASK``."""

from __future__ import annotations

from luthier.tools.data.model import Task, TaskKind
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.metrics.base import Metric
from luthier.tools.evaluation.metrics.commands import COMMAND_MATCH, PROGRAM
from luthier.tools.evaluation.metrics.form import FORMAT_RULES, PATTERN, REFUSAL, SCHEMA
from luthier.tools.evaluation.metrics.labels import EXACT_MATCH, MACRO_F1
from luthier.tools.evaluation.metrics.meaning import MEANING
from luthier.tools.evaluation.metrics.own import OWN
from luthier.tools.evaluation.metrics.sql import SQL_MATCH, SQL_RESULT, VALID_SQL
from luthier.tools.evaluation.metrics.structured import (
    FIELD_ACCURACY,
    FIELD_LIKENESS,
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
        FIELD_LIKENESS,
        SAME_FIELDS,
        VALID_JSON,
        SCHEMA,
        SQL_MATCH,
        SQL_RESULT,
        VALID_SQL,
        COMMAND_MATCH,
        PROGRAM,
        ROUGE_L,
        CHRF,
        MEANING,
        FORMAT_RULES,
        REFUSAL,
        PATTERN,
        OWN,
    )
}

_BY_TASK: dict[TaskKind, tuple[str, ...]] = {
    "labels": ("exact_match", "macro_f1"),
    "structured": (
        "json_match",
        "field_accuracy",
        "field_likeness",
        "same_fields",
        "valid_json",
        "schema_valid",
    ),
    "sql": ("sql_match", "sql_result", "valid_sql", "chrf"),
    "command": ("command_match", "first_word", "chrf"),
    "text": ("rouge_l", "chrf", "meaning", "exact_match", "format_rules", "refusal"),
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


def two_text_metric(task: Task, deciding: str) -> str:
    """The deciding metric, or the task's first where that one needs more than two texts."""
    return deciding if find_metric(deciding).bind is None else metrics_for(task)[0]
