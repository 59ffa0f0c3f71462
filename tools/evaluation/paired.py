"""Tests for answers to the same rows: could a difference this large be luck, and how many rows tell?

The interval of ``compare`` says how large the difference may be; these say how surprising it would be
if there were none, also when several alternatives were tried and the luckiest could be picked.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal

PairedTest = Literal["mcnemar", "permutation"]

SEED = 13
RESAMPLES = 10_000
POWER = 0.8
_Z_CONFIDENCE = 1.959964  # two-sided 95 %
_Z_POWER = 0.841621  # 80 %
MOST_ROWS = 100_000  # beyond this the difference is too small to matter to anyone
_SAME = 1e-9


def which_test(differences: Sequence[float]) -> PairedTest:
    """McNemar's where rows are right or wrong, a permutation test where they are graded."""
    exact = all(min(abs(one - whole) for whole in (-1, 0, 1)) < _SAME for one in differences)
    return "mcnemar" if exact else "permutation"


def p_value(differences: Sequence[float]) -> float:
    """Two-sided p-value of "the two arms are equally good", from row-by-row differences.

    Right-or-wrong rows: McNemar's test in its exact form (the rows on which the arms differ are as
    likely wins as losses; McNemar 1947). Graded rows: signs of the differences swapped at random,
    10,000 times (Fisher's randomisation). 1 where no row differs.
    """
    from scipy.stats import binomtest, permutation_test

    different = [one for one in differences if abs(one) > _SAME]
    if not different:
        return 1.0
    if which_test(differences) == "mcnemar":
        wins = sum(1 for one in different if one > 0)
        return float(binomtest(wins, len(different), 0.5).pvalue)
    import numpy as np

    found = permutation_test(
        (np.asarray(different),),
        np.mean,
        permutation_type="samples",
        n_resamples=RESAMPLES,
        vectorized=True,
        rng=np.random.default_rng(SEED),
    )
    return float(found.pvalue)


def adjust(p_values: Mapping[str, float]) -> dict[str, float]:
    """P-values made honest for having looked more than once (Holm 1979), in the same order.

    The k-th smallest of m is multiplied by m - k + 1, and none may fall below a smaller one's.
    """
    ordered = sorted(p_values, key=lambda name: p_values[name])
    adjusted: dict[str, float] = {}
    floor = 0.0
    for place, name in enumerate(ordered):
        floor = max(floor, min(1.0, p_values[name] * (len(ordered) - place)))
        adjusted[name] = floor
    return {name: adjusted[name] for name in p_values}


def rows_to_decide(differences: Sequence[float]) -> int | None:
    """How many test rows in all would settle a difference like the one seen.

    The number at which a two-sided 95 % interval leaves out zero in four of five repetitions, if
    the difference and its spread stay as they are: ``((1.96 + 0.84) s / d)²``, the usual sample
    size of a paired comparison (Chow, Shao and Wang 2008, section 3.1). None where no difference
    was seen or the number is beyond reason.
    """
    number = len(differences)
    if number < 2:
        return None
    mean = math.fsum(differences) / number
    spread = math.sqrt(math.fsum((one - mean) ** 2 for one in differences) / (number - 1))
    if abs(mean) < _SAME:
        return None
    wanted = math.ceil(((_Z_CONFIDENCE + _Z_POWER) * spread / abs(mean)) ** 2)
    return max(wanted, number) if wanted <= MOST_ROWS else None
