"""Metrics for answers that must be equal to the expected one: exact match and macro-F1."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from luthier.tools.data.model import Task
from luthier.tools.evaluation.metrics.base import Metric, Outcome
from luthier.tools.language import mark

_AROUND_A_LABEL = " \t\n.\"'`*"


def tidy(text: str) -> str:
    """The text in Unicode form C with runs of blanks and line breaks made one blank."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def tidy_label(task: Task, text: str) -> str:
    """A label without case, quotes and full stop around it, unless that would merge two labels.

    Being lenient here helps the untrained model, so a gain of the tuned one is never due to dots.
    """
    tidied = tidy(text)
    loose = {_loosen(label) for label in task.labels}
    return _loosen(tidied) if len(loose) == len(set(task.labels)) else tidied


def _loosen(text: str) -> str:
    return tidy(text).strip(_AROUND_A_LABEL).casefold()


def _exact(task: Task, expected: str, answer: str) -> float:
    if task.kind == "labels":
        return float(tidy_label(task, expected) == tidy_label(task, answer))
    return float(tidy(expected) == tidy(answer))


def _macro_f1(task: Task, outcomes: Sequence[Outcome]) -> float:
    from sklearn.metrics import f1_score

    if not outcomes:
        return 0.0
    expected = [tidy_label(task, outcome.expected) for outcome in outcomes]
    answers = [tidy_label(task, outcome.answer) for outcome in outcomes]
    labels = sorted(set(expected))
    return float(f1_score(expected, answers, labels=labels, average="macro", zero_division=0))


EXACT_MATCH = Metric(
    name="exact_match",
    title=mark("exact match"),
    explanation=mark(
        "Share of answers that are the same as the expected one, blanks and line breaks "
        "aside (for labels also case, quotes and a full stop)."
    ),
    score=_exact,
)

MACRO_F1 = Metric(
    name="macro_f1",
    title=mark("macro-F1"),
    explanation=mark(
        "How well each label is found and not overused, averaged so that rare labels count "
        "as much as common ones; 100% means every label is always right."
    ),
    score=_exact,
    aggregate=_macro_f1,
)
