"""How far more rows might lead: a power law through the learning curve, with its uncertainty.

What is still wrong falls with the rows as ``a * rows ** -b`` over a wide range (Hestness et al. 2017,
"Deep learning scaling is predictable, empirically"). Three points of which each is uncertain leave the
exponent uncertain too: the points are drawn again within their intervals and fitted anew.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from luthier.tools.evaluation.model import LearningPoint

DRAWS = 1_000
FARTHEST = 100
"""Times the rows there are, beyond which nothing is said."""
SPREAD = 2 * 1.96
"""Standard deviations between the ends of a 95 % interval."""
LEAST_WRONG = 1e-3


def rows_range(points: Sequence[LearningPoint], goal: float) -> tuple[int, int | None] | None:
    """Between how many rows ``goal`` would be reached, in two draws of three; None where not to say.

    The upper end is None where a sixth of the draws never reach it.
    """
    import numpy as np

    ordered = sorted(points, key=lambda point: point.rows)
    if len(ordered) < 3 or goal >= 1 or ordered[-1].value >= goal:
        return None
    rng = np.random.default_rng(13)
    values = np.array([point.value for point in ordered])
    spread = np.array([(point.high - point.low) / SPREAD for point in ordered])
    rows = np.array([float(point.rows) for point in ordered])
    found = [
        wanted_rows(rows, np.clip(draw, 0, 1), goal)
        for draw in rng.normal(values, spread, (DRAWS, len(ordered)))
    ]
    low, high = np.quantile(found, [1 / 6, 5 / 6], method="nearest")
    most = FARTHEST * ordered[-1].rows
    if low > most:
        return None
    least = max(low, ordered[-1].rows)
    return round(least), None if high > most else round(high)


def wanted_rows(rows: object, values: object, goal: float) -> float:
    """Rows at which the power law through these points reaches ``goal``; infinite where it never does."""
    import numpy as np
    from scipy.optimize import curve_fit

    def line(logs: object, start: float, exponent: float) -> object:
        return start - exponent * logs  # type: ignore[operator]

    logs = np.log(np.asarray(rows, dtype=float))
    wrong = np.log(np.maximum(1 - np.asarray(values, dtype=float), LEAST_WRONG))
    (start, exponent), _covariance = curve_fit(line, logs, wrong, p0=(0.0, 0.1))
    if exponent <= 0:
        return math.inf
    power = (start - math.log(1 - goal)) / exponent
    return math.exp(power) if power < 60 else math.inf
