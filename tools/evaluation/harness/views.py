"""lm-eval's figures as rows of the table of what was lost."""

from __future__ import annotations

from collections.abc import Sequence

from luthier.tools.evaluation.model import HarnessScore, Interval
from luthier.tools.language import _

SPREAD = 1.96
"""Standard errors to each side of a figure, for 95 %."""


def harness_rows(scores: Sequence[HarnessScore]) -> tuple[tuple[str, ...], ...]:
    """One row per figure, with its own 95 % range and that of the change."""
    return tuple(
        (
            _("lm-eval {task}: {metric}", task=score.task, metric=score.metric),
            f"{score.items}",
            _with_range(score.base, score.base_error, score.base_range),
            _with_range(score.tuned, score.tuned_error, score.tuned_range),
            _change(score),
        )
        for score in scores
    )


def harness_note(scores: Sequence[HarnessScore]) -> str:
    """What may be read from these rows."""
    lost = [score for score in scores if score.lost]
    words = (
        _("lm-eval: lost beyond chance: {tasks}.", tasks=", ".join(one.task for one in lost))
        if lost
        else _("lm-eval: no loss beyond chance.")
    )
    return f"{words} " + _(
        "Its figures are in its own units. Where every row has a score, the ranges and the change "
        "come from the rows, else from lm-eval's standard errors."
    )


def figure(value: float) -> str:
    """A score as lm-eval gives it."""
    return f"{value:.3f}"


def _with_range(value: float, error: float | None, known: Interval | None) -> str:
    """The figure with its range: that of the rows where it is known, else from the standard error."""
    if known is not None:
        low, high = known.low, known.high
    elif error is not None:
        low, high = value - SPREAD * error, value + SPREAD * error
    else:
        return figure(value)
    return _("{figure} ({low:.3f} to {high:.3f})", figure=figure(value), low=low, high=high)


def _change(score: HarnessScore) -> str:
    found = score.difference
    if found is None:
        return f"{score.tuned - score.base:+.3f}"
    return _(
        "{value} ({low:+.3f} to {high:+.3f})",
        value=f"{found.value:+.3f}",
        low=found.low,
        high=found.high,
    )
