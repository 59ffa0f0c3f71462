"""Intervals against textbook formulas, and paired counting."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm

from luthier.tools.data.model import Task
from luthier.tools.evaluation.compare import (
    arm_interval,
    best_alternative,
    bootstrap_interval,
    compare,
    share_interval,
)
from luthier.tools.evaluation.model import ArmName, ArmResult, Prediction


def prediction(row: int, score: float, metric: str = "exact_match") -> Prediction:
    return Prediction(
        row_id=f"{row:016x}",
        answer="",
        scores={metric: score},
        stopped=True,
        prompt_tokens=1,
        completion_tokens=1,
    )


def result(arm: ArmName, score: float, tokens: float = 10) -> ArmResult:
    return ArmResult(
        arm=arm,
        label=arm,
        metrics={"exact_match": score},
        stop_rate=1,
        prompt_tokens=tokens,
        completion_tokens=0,
        seconds=1,
        rows=10,
        predictions_file="",
    )


def test_the_bootstrap_agrees_with_the_normal_interval_on_many_rows() -> None:
    values = np.random.default_rng(1).normal(0.1, 0.4, 400)
    half = norm.ppf(0.975) * values.std(ddof=1) / math.sqrt(len(values))
    interval = bootstrap_interval(values.tolist())
    assert interval.value == pytest.approx(values.mean())
    assert interval.low == pytest.approx(values.mean() - half, abs=0.004)
    assert interval.high == pytest.approx(values.mean() + half, abs=0.004)


def test_the_interval_holds_the_truth_about_95_times_in_100() -> None:
    random = np.random.default_rng(2)
    outcomes = [-1.0, 0.0, 1.0], [0.1, 0.6, 0.3]
    truth = 0.2
    held = 0
    for _ in range(200):
        found = bootstrap_interval(random.choice(outcomes[0], size=80, p=outcomes[1]).tolist())
        held += found.low <= truth <= found.high
    assert 180 <= held <= 198


def test_the_same_rows_give_the_same_interval() -> None:
    values = [0.0, 1.0, 1.0, -1.0, 0.5] * 6
    assert bootstrap_interval(values) == bootstrap_interval(values)


def test_one_row_says_nothing_about_the_spread() -> None:
    interval = bootstrap_interval([1.0])
    assert (interval.value, interval.low, interval.high) == (1.0, -1.0, 1.0)
    with pytest.raises(ValueError, match="at least one"):
        bootstrap_interval([])


def test_shares_get_wilsons_interval_which_is_honest_at_all_right() -> None:
    interval = share_interval([1.0] * 10)
    # Wilson with z = 1.96: n / (n + z^2)
    assert interval.high == pytest.approx(1.0)
    assert interval.low == pytest.approx(10 / (10 + norm.ppf(0.975) ** 2), abs=1e-6)
    graded = share_interval([0.2, 0.4, 0.9] * 10)
    assert 0 <= graded.low < graded.value < graded.high <= 1


def test_macro_f1_has_an_interval_of_its_own_around_its_figure() -> None:
    task = Task(kind="labels", labels=("spam", "ham"))
    expected = ["spam", "ham"] * 20
    answers = ["spam"] * 10 + expected[10:]
    rows = [
        prediction(row, float(answer == wanted), "macro_f1").model_copy(update={"answer": answer})
        for row, (answer, wanted) in enumerate(zip(answers, expected, strict=True))
    ]
    found = arm_interval(task, "macro_f1", expected, rows)
    assert found is not None
    # 5 of 40 wrong: F1 of spam 2*20/(2*20+5), of ham 2*15/(2*15+5)
    assert found.value == pytest.approx((40 / 45 + 30 / 35) / 2)
    assert 0.7 < found.low < found.value < found.high < 1.0
    assert arm_interval(task, "macro_f1", [], []) is None


def test_wins_losses_and_ties_are_counted_row_by_row() -> None:
    alternative = [prediction(row, score) for row, score in enumerate([0, 1, 1, 0, 0.5])]
    tuned = [prediction(row, score) for row, score in enumerate([1, 0, 1, 1, 0.5])]
    found = compare("exact_match", "few_shot", tuned, {"few_shot": alternative})
    assert (found.wins, found.losses, found.ties) == (2, 1, 2)
    assert found.difference.value == pytest.approx(0.2)
    assert found.best_alternative == "few_shot"


def test_arms_that_answered_other_rows_are_not_compared() -> None:
    with pytest.raises(ValueError, match="different rows"):
        compare("exact_match", "base", [prediction(2, 1)], {"base": [prediction(1, 1)]})


def test_the_best_alternative_is_never_the_tuned_one_and_cheaper_when_equal() -> None:
    base, few_shot, tuned = result("base", 0.5), result("few_shot", 0.5, 90), result("tuned", 1)
    assert best_alternative([few_shot, tuned, base], "exact_match") is base
    better = result("few_shot", 0.6, 90)
    assert best_alternative([base, better, tuned], "exact_match") is better
    assert best_alternative([tuned], "exact_match") is None


def test_a_handful_of_rows_is_given_no_interval() -> None:
    rows = [prediction(row, 0.15 + row / 100, "rouge_l") for row in range(9)]
    assert arm_interval(Task(kind="text"), "rouge_l", [""] * 9, rows) is None
    assert bootstrap_interval([-0.028, -0.018]).high == 1.0
