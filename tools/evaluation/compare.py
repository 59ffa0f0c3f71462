"""Is the tuned model better than the best alternative, or was it luck? Intervals by resampling.

Both arms answered the same rows, so the difference is taken row by row and the rows are resampled
(paired bootstrap, Efron and Tibshirani 1993, chapter 13; percentile interval).
"""

from __future__ import annotations

from collections.abc import Sequence

from luthier.tools.evaluation.metrics import find_metric
from luthier.tools.evaluation.model import ArmResult, Comparison, Interval, Prediction

RESAMPLES = 10_000
SEED = 13
FEWEST_VALUES = 10  # fewer, drawn again and again, look far more alike than new rows would
_SAME = 1e-9


def bootstrap_interval(values: Sequence[float], *, seed: int = SEED) -> Interval:
    """The mean of ``values`` with its 95 % percentile interval from 10,000 resamples.

    A handful of values says nothing about their spread, so their interval is unbounded within
    [-1, 1].

    Raises:
        ValueError: there are no values.
    """
    import numpy as np
    from scipy.stats import bootstrap

    if not values:
        raise ValueError("an interval needs at least one value")
    if len(values) < FEWEST_VALUES:
        return Interval(value=float(np.mean(values)), low=-1.0, high=1.0)
    result = bootstrap(
        (np.asarray(values, dtype=float),),
        np.mean,
        n_resamples=RESAMPLES,
        batch=1_000,
        method="percentile",
        rng=np.random.default_rng(seed),
    )
    low, high = result.confidence_interval
    return Interval(value=float(np.mean(values)), low=float(low), high=float(high))


def share_interval(scores: Sequence[float]) -> Interval:
    """The mean score of one arm with its 95 % interval, within [0, 1].

    Right-or-wrong scores get Wilson's interval, which stays honest at none or all right; graded
    scores get the bootstrap.
    """
    from scipy.stats import binomtest

    if all(score in (0.0, 1.0) for score in scores):
        test = binomtest(round(sum(scores)), len(scores))
        interval = test.proportion_ci(confidence_level=0.95, method="wilson")
        return Interval(value=test.statistic, low=interval.low, high=interval.high)
    found = bootstrap_interval(scores)
    return Interval(value=found.value, low=max(found.low, 0.0), high=min(found.high, 1.0))


def arm_interval(metric: str, predictions: Sequence[Prediction]) -> Interval | None:
    """The interval of an arm's figure; None where it is no average of rows or they are too few."""
    if len(predictions) < FEWEST_VALUES or not find_metric(metric).is_mean:
        return None
    return share_interval([prediction.scores[metric] for prediction in predictions])


def best_alternative(arms: Sequence[ArmResult], metric: str) -> ArmResult | None:
    """The best arm without tuning; between equals, the one with fewer tokens per request."""
    alternatives = [arm for arm in arms if arm.arm != "tuned"]
    if not alternatives:
        return None
    return max(
        alternatives,
        key=lambda arm: (arm.metrics[metric], -arm.prompt_tokens - arm.completion_tokens),
    )


def compare(
    metric: str,
    alternative: ArmResult,
    alternative_predictions: Sequence[Prediction],
    tuned_predictions: Sequence[Prediction],
) -> Comparison:
    """Tuned minus alternative over the rows, in the same order for both.

    Raises:
        ValueError: the two arms did not answer the same rows.
    """
    pairs = list(zip(tuned_predictions, alternative_predictions, strict=True))
    if any(tuned.row_id != other.row_id for tuned, other in pairs):
        raise ValueError("the arms answered different rows")
    differences = [tuned.scores[metric] - other.scores[metric] for tuned, other in pairs]
    wins = sum(1 for difference in differences if difference > _SAME)
    losses = sum(1 for difference in differences if difference < -_SAME)
    return Comparison(
        metric=metric,
        best_alternative=alternative.arm,
        difference=bootstrap_interval(differences),
        wins=wins,
        losses=losses,
        ties=len(differences) - wins - losses,
    )
