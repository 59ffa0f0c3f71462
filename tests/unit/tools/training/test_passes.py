"""How often the rows are seen follows from the measured speed and the user's minutes."""

from __future__ import annotations

import pytest
from fakes.plans import MACHINE, STARTER, propose, report

from luthier.tools.estimate.formula import estimate_plan
from luthier.tools.training.changes import change_plan
from luthier.tools.training.passes import Refit, refit, wanted_passes
from luthier.tools.training.plan import Estimate, Plan

ROWS = 440


def measured(plan: Plan, one_pass: float) -> Estimate:
    """An estimate from real steps: a check takes a twentieth of a pass, and loading 12 seconds."""
    formula = estimate_plan(plan, report(ROWS), STARTER, MACHINE)
    return formula.model_copy(
        update={
            "measured": True,
            "load_seconds": 12.0,
            "epoch_seconds": one_pass,
            "check_seconds": one_pass / 20,
        }
    )


def fitted(one_pass: float, minutes: int | None, plan: Plan | None = None) -> Refit | None:
    plan = plan or propose(ROWS)
    return refit(plan, measured(plan, one_pass), ROWS, minutes)


def needed(plan: Plan, one_pass: float) -> float:
    checks = plan.train.epochs * plan.train.evaluations_per_epoch + 1
    return 12.0 + plan.train.epochs * one_pass + checks * one_pass / 20


@pytest.mark.parametrize("one_pass", [100.0, 118.0, 240.0])
def test_passes_beyond_the_users_minutes_are_taken_away(one_pass: float) -> None:
    fit = fitted(one_pass, 10)
    assert fit is not None
    assert 1 <= fit.plan.train.epochs < wanted_passes(ROWS)
    assert needed(fit.plan, one_pass) < 600
    one_more = fit.plan.model_copy(
        update={"train": fit.plan.train.model_copy(update={"epochs": fit.plan.train.epochs + 1})}
    )
    assert needed(one_more, one_pass) > 600 * 0.7
    assert "10 minutes" in fit.plan.reasons["train.epochs"]
    assert f"**{fit.plan.train.epochs:g}** instead of {wanted_passes(ROWS)}" in fit.words


def test_a_machine_quicker_than_the_formula_gets_its_passes_back() -> None:
    hurried = propose(ROWS, minutes=4)
    assert hurried.train.epochs < wanted_passes(ROWS)
    fit = fitted(10.0, 4, hurried)
    assert fit is not None
    assert fit.plan.train.epochs == wanted_passes(ROWS)
    assert "minutes" not in fit.plan.reasons["train.epochs"]
    assert f"**{wanted_passes(ROWS)}** passes" in fit.words


def test_too_few_passes_to_learn_from_are_called_so_with_what_to_say_instead() -> None:
    slow, quick = fitted(360.0, 10), fitted(100.0, 10)
    assert slow is not None
    assert quick is not None
    assert slow.plan.train.epochs == 1
    assert f"“use {wanted_passes(ROWS)} epochs”" in slow.words
    assert "“use" not in quick.words


def test_where_not_even_one_pass_fits_a_part_of_it_is_planned() -> None:
    fit = fitted(2000.0, 10)
    assert fit is not None
    assert fit.plan.train.epochs == 0.25


def test_what_fits_or_was_asked_for_stays() -> None:
    assert fitted(50.0, 60) is None
    assert fitted(500.0, None) is None
    asked = change_plan(propose(ROWS), {"epochs": 9})
    assert fitted(500.0, 10, asked) is None
    assert fitted(500.0, 10, change_plan(asked, {"rank": 32})) is None
    assert fitted(500.0, 10, change_plan(propose(ROWS), {"rank": 32})) is not None
