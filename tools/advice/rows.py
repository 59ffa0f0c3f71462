"""What so many rows can and cannot do, said honestly."""

from __future__ import annotations

import math

from luthier.tools.data.split import choose_sizes

TOO_FEW_TO_TUNE = 10
"""Hosted services refuse fewer rows (OpenAI: ``invalid_n_examples`` below 10)."""

ENOUGH_TO_TUNE = 50
"""OpenAI's guide: improvements usually show from 50 to 100 well-made examples."""

_DISAGREEMENT = 0.3
"""Share of test rows on which two ways of answering typically differ in being right."""


def smallest_visible_difference(test_rows: int) -> float:
    """Half-width of the 95 % interval of a difference in the share of right answers.

    For paired answers that differ on a share ``d`` of ``n`` rows it is about
    ``1.96 * sqrt(d / n)`` (normal approximation, McNemar's setting), with ``d`` = 0.3 here:
    20 rows give 0.24, 50 give 0.15, 200 give 0.08.
    """
    return min(1.0, 1.96 * math.sqrt(_DISAGREEMENT / max(1, test_rows)))


def rows_reason(rows: int) -> str:
    """One or two sentences on what ``rows`` examples allow, with what can be measured."""
    if rows <= 0:
        return "No usable row: at least ten are needed before anything can be learnt."
    test_rows = choose_sizes(rows).test
    count = f"{rows} row{'s' if rows != 1 else ''}"
    points = round(100 * smallest_visible_difference(test_rows))
    if rows < TOO_FEW_TO_TUNE:
        return f"{count}: too few to split into training and test, so nothing could be proven."
    if rows < ENOUGH_TO_TUNE:
        return (
            f"{count}: enough to hint at a tone or a form, not enough to prove anything. About "
            f"{_counted(test_rows)} would be kept for the test, too few to tell progress from luck."
        )
    measured = (
        f"About {_counted(test_rows)} would be kept for the test, which shows differences of "
        f"some {points} points or more"
    )
    if rows < 200:
        return f"{count}: enough for a clear form or a few labels, coarse to measure. {measured}."
    if rows < 1000:
        return f"{count}: a good amount for one well-defined task. {measured}."
    return f"{count}: plenty for one task; more of the same will add less and less. {measured}."


def _counted(rows: int) -> str:
    return f"{rows} row{'s' if rows != 1 else ''}"
