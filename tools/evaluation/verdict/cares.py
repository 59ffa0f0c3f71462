"""What to keep in mind when shipping, the weightiest first."""

from __future__ import annotations

from luthier.tools.evaluation.verdict.case import Case
from luthier.tools.evaluation.words import percent, test_rows
from luthier.tools.language import _

FEW_ROWS = 50
OFTEN_STOPS = 0.95
OFTEN_VALID = 0.95
SMALL_GAIN = 0.02


def cares_of(case: Case) -> list[str]:
    """What to keep in mind when shipping, the weightiest first."""
    cares = []
    if case.criterion is not None and case.score < case.criterion:
        cares.append(
            _(
                "{score} is just short of the {criterion} you asked for",
                score=percent(case.score),
                criterion=percent(case.criterion),
            )
        )
    valid = case.tuned.metrics.get("valid_json", 1.0)
    if valid < OFTEN_VALID:
        cares.append(
            _(
                "{valid} of its answers are not valid JSON, so check each one",
                valid=percent(1 - valid),
            )
        )
    if case.tuned.stop_rate < OFTEN_STOPS:
        cares.append(
            _(
                "{stop_rate} of its answers do not end by themselves",
                stop_rate=percent(1 - case.tuned.stop_rate),
            )
        )
    if case.criterion is not None and case.other_score >= case.criterion:
        cares.append(
            _(
                "{other} already reaches the {criterion} you asked for, without any training",
                other=case.other,
                criterion=percent(case.criterion),
            )
        )
    if case.gain < SMALL_GAIN:
        cares.append(_("the gain is small"))
    if case.rows < FEW_ROWS:
        cares.append(_("{rows} can only show the rough picture", rows=test_rows(case.rows)))
    return cares
