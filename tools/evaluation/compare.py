"""Is the tuned model better than the best alternative, or was it luck? Intervals by resampling.

Both arms answered the same rows, so the difference is taken row by row and the rows are resampled
(paired bootstrap, Efron and Tibshirani 1993, chapter 13; percentile interval).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from luthier.tools.data.model import Task
from luthier.tools.evaluation.metrics import find_metric
from luthier.tools.evaluation.metrics.base import Outcome
from luthier.tools.evaluation.model import (
    Against,
    ArmName,
    ArmResult,
    Comparison,
    Interval,
    Prediction,
)
from luthier.tools.evaluation.paired import adjust, p_value, rows_to_decide, which_test

RESAMPLES = 10_000
FEWER_RESAMPLES = 1_000  # where each one sums a whole test set up again
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


def arm_interval(
    task: Task, metric: str, expected: Sequence[str], predictions: Sequence[Prediction]
) -> Interval | None:
    """The 95 % interval of an arm's figure, from its rows in order; None where they are too few."""
    if len(predictions) < FEWEST_VALUES:
        return None
    found = find_metric(metric)
    scores = [prediction.scores[metric] for prediction in predictions]
    if found.is_mean:
        return share_interval(scores)
    outcomes = [
        Outcome(wanted, prediction.answer, score)
        for wanted, prediction, score in zip(expected, predictions, scores, strict=True)
    ]
    return _aggregate_interval(lambda rows: found.aggregate(task, rows), outcomes)


def _aggregate_interval(
    figure: Callable[[Sequence[Outcome]], float], outcomes: Sequence[Outcome]
) -> Interval:
    """The interval of a figure of a whole test set: whole rows drawn again (percentile)."""
    import numpy as np

    rng = np.random.default_rng(SEED)
    number = len(outcomes)
    figures = [
        figure([outcomes[place] for place in rng.integers(0, number, number)])
        for _ in range(FEWER_RESAMPLES)
    ]
    low, high = np.percentile(figures, [2.5, 97.5])
    return Interval(value=figure(outcomes), low=float(low), high=float(high))


def best_alternative(arms: Sequence[ArmResult], metric: str) -> ArmResult | None:
    """The best arm without tuning; between equals, the one with fewer tokens per request."""
    alternatives = [arm for arm in arms if not arm.is_tuned]
    if not alternatives:
        return None
    return max(
        alternatives,
        key=lambda arm: (arm.metrics[metric], -arm.prompt_tokens - arm.completion_tokens),
    )


def compare(
    metric: str,
    best: ArmName,
    tuned: Sequence[Prediction],
    alternatives: Mapping[ArmName, Sequence[Prediction]],
) -> Comparison:
    """Tuned minus the best alternative over the rows, in the same order for all arms.

    Args:
        metric: the deciding metric.
        best: the name of the best alternative, one of ``alternatives``.
        tuned: the tuned model's answers.
        alternatives: every alternative's answers; p-values are adjusted for their number.

    Raises:
        ValueError: the arms did not answer the same rows.
    """
    differences = {arm: _differences(metric, tuned, rows) for arm, rows in alternatives.items()}
    p_values = {arm: p_value(values) for arm, values in differences.items()}
    adjusted = adjust(p_values)
    against = tuple(
        Against(
            arm=arm,
            difference=bootstrap_interval(values),
            wins=sum(1 for value in values if value > _SAME),
            losses=sum(1 for value in values if value < -_SAME),
            p_value=p_values[arm],
            p_adjusted=adjusted[arm],
        )
        for arm, values in differences.items()
    )
    decisive = next(one for one in against if one.arm == best)
    return Comparison(
        metric=metric,
        best_alternative=best,
        difference=decisive.difference,
        wins=decisive.wins,
        losses=decisive.losses,
        ties=len(tuned) - decisive.wins - decisive.losses,
        test=which_test(differences[best]),
        p_value=decisive.p_adjusted,
        rows_to_decide=rows_to_decide(differences[best]),
        against=against,
    )


def _differences(
    metric: str, tuned: Sequence[Prediction], other: Sequence[Prediction]
) -> list[float]:
    pairs = list(zip(tuned, other, strict=True))
    if any(one.row_id != two.row_id for one, two in pairs):
        raise ValueError("the arms answered different rows")
    return [one.scores[metric] - two.scores[metric] for one, two in pairs]
