"""Paired tests against textbook values, and the size of test that would settle a case."""

from __future__ import annotations

import numpy as np
import pytest

from luthier.tools.evaluation.paired import adjust, p_value, rows_to_decide, which_test


def test_right_or_wrong_rows_get_mcnemars_exact_test() -> None:
    # 9 wins, 1 loss: 2 * (C(10,0) + C(10,1)) / 2^10
    differences = [1.0] * 9 + [-1.0] + [0.0] * 40
    assert which_test(differences) == "mcnemar"
    assert p_value(differences) == pytest.approx(2 * 11 / 1024)


def test_graded_rows_get_a_permutation_test_that_repeats() -> None:
    rng = np.random.default_rng(1)
    clear = list(rng.normal(0.3, 0.1, 40))
    none = list(rng.normal(0.0, 0.1, 40))
    assert which_test(clear) == "permutation"
    assert p_value(clear) < 0.001
    assert p_value(none) > 0.05
    assert p_value(none) == p_value(none)


def test_equal_arms_are_never_told_apart() -> None:
    assert p_value([0.0] * 30) == 1.0


def test_looking_at_several_alternatives_costs_something() -> None:
    adjusted = adjust({"base": 0.01, "few_shot": 0.04, "retrieval": 0.03})
    # Holm: 0.01*3, then 0.03*2, then max(0.06, 0.04*1)
    assert adjusted == pytest.approx({"base": 0.03, "few_shot": 0.06, "retrieval": 0.06})


def test_the_rows_that_would_decide_follow_the_sample_size_formula() -> None:
    differences = [1.0, 0.0, 0.0, 0.0, -1.0, 1.0, 0.0, 0.0, 0.0, 0.0]
    spread = float(np.std(differences, ddof=1))
    expected = int(np.ceil(((1.959964 + 0.841621) * spread / 0.1) ** 2))
    assert rows_to_decide(differences) == expected
    assert rows_to_decide([1.0, -1.0]) is None
    assert rows_to_decide([1.0] * 20) == 20
