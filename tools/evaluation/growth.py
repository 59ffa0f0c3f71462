"""How many rows it would take to get where one wants to be, from a learning curve.

Scores tend to grow by about the same amount each time the training rows double, until they level off
(Banko and Brill 2001; Kaplan et al. 2020 find the like for loss), so a straight line over the logarithm
of the rows is the simplest honest guess. It is a guess all the same: "at this rate".
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from luthier.tools.evaluation.model import LearningPoint

FEWEST_POINTS = 2
LEAST_GROWTH = 0.01  # per doubling; less than a point is not worth calling growth
FARTHEST = 32  # times the rows there are; five doublings ahead, a line says nothing


def growth_per_doubling(points: Sequence[LearningPoint]) -> float | None:
    """What another doubling of the rows adds to the score, by least squares; None without points."""
    import numpy as np

    if len({point.rows for point in points}) < FEWEST_POINTS:
        return None
    doublings = [math.log2(point.rows) for point in points]
    slope, _start = np.polyfit(doublings, [point.value for point in points], 1)
    return float(slope)


def still_growing(points: Sequence[LearningPoint]) -> bool:
    """Whether the last step of the curve went up, and all of it by more than a point a doubling."""
    growth = growth_per_doubling(points)
    if growth is None or growth < LEAST_GROWTH:
        return False
    ordered = sorted(points, key=lambda point: point.rows)
    return ordered[-1].value > ordered[-2].value


def rows_wanted(points: Sequence[LearningPoint], goal: float) -> int | None:
    """Training rows in all that would reach ``goal`` at this rate of improvement.

    None where the curve does not grow, the goal is reached, or it lies too far ahead to say.
    """
    growth = growth_per_doubling(points)
    if growth is None or not still_growing(points):
        return None
    last = max(points, key=lambda point: point.rows)
    if goal <= last.value:
        return None
    doublings = (goal - last.value) / growth
    if doublings > math.log2(FARTHEST):
        return None
    return _rounded(last.rows * 2**doublings)


def _rounded(rows: float) -> int:
    """Two leading digits, rounded up: more would claim to know more than the line does."""
    step = int(10 ** max(math.floor(math.log10(rows)) - 1, 0))
    return math.ceil(rows / step) * step
