"""What so many rows can and cannot do, said honestly."""

from __future__ import annotations

import math

from luthier.tools.data.split import choose_sizes
from luthier.tools.language import _, plural

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
        return _("No usable row: at least ten are needed before anything can be learnt.")
    if rows < TOO_FEW_TO_TUNE:
        return plural(
            "{n} row: too few to split into training and test, so nothing could be proven.",
            "{n} rows: too few to split into training and test, so nothing could be proven.",
            rows,
        )
    test_rows = choose_sizes(rows).test
    if rows < ENOUGH_TO_TUNE:
        enough = plural(
            "{n} row: enough to hint at a tone or a form, not enough to prove anything.",
            "{n} rows: enough to hint at a tone or a form, not enough to prove anything.",
            rows,
        )
        kept = plural(
            "About {n} row would be kept for the test, too few to tell progress from luck.",
            "About {n} rows would be kept for the test, too few to tell progress from luck.",
            test_rows,
        )
        return f"{enough} {kept}"
    measured = plural(
        "About {n} row would be kept for the test, which shows differences of some {points} "
        "points or more.",
        "About {n} rows would be kept for the test, which shows differences of some {points} "
        "points or more.",
        test_rows,
        points=round(100 * smallest_visible_difference(test_rows)),
    )
    return f"{_amount(rows)} {measured}"


def _amount(rows: int) -> str:
    if rows < 200:
        return plural(
            "{n} row: enough for a clear form or a few labels, coarse to measure.",
            "{n} rows: enough for a clear form or a few labels, coarse to measure.",
            rows,
        )
    if rows < 1000:
        return plural(
            "{n} row: a good amount for one well-defined task.",
            "{n} rows: a good amount for one well-defined task.",
            rows,
        )
    return plural(
        "{n} row: plenty for one task; more of the same will add less and less.",
        "{n} rows: plenty for one task; more of the same will add less and less.",
        rows,
    )
