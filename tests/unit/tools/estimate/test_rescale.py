"""A measured step is carried over to a plan in which only the time scales."""

from __future__ import annotations

from typing import Any

import pytest
from fakes.plans import MACHINE, STARTER, propose, report

from luthier.tools.estimate.formula import estimate_plan
from luthier.tools.estimate.rescale import reckoned, rescaled
from luthier.tools.facts import apply_changes
from luthier.tools.training.changes import change_plan
from luthier.tools.training.plan import Estimate, Plan

ROWS = report(400)


def measured(plan: Plan) -> Estimate:
    formula = estimate_plan(plan, ROWS, STARTER, MACHINE)
    return formula.model_copy(
        update={
            "measured": True,
            "load_seconds": 10.0,
            "epoch_seconds": 100.0,
            "check_seconds": 5.0,
            "evaluate_seconds": 70.0,
        }
    )


def carried(**changes: Any) -> Estimate | None:
    plan = change_plan(propose(), {"epochs": 2, "checks per epoch": 2, "test rows": 100})
    new = change_plan(plan, {name.replace("_", " "): value for name, value in changes.items()})
    return rescaled(measured(plan), plan, new, ROWS, STARTER, MACHINE)


def test_time_scales_with_the_epochs_and_the_checks() -> None:
    longer = carried(epochs=4)
    assert longer is not None
    assert longer.measured
    assert longer.train_seconds == pytest.approx(10 + 4 * 100 + (4 * 2 + 1) * 5)
    assert longer.train_seconds_low < longer.train_seconds < longer.train_seconds_high
    checked = carried(checks_per_epoch=1)
    assert checked is not None
    assert checked.train_seconds == pytest.approx(10 + 2 * 100 + 3 * 5)


def test_answering_half_the_test_rows_takes_half_the_time() -> None:
    half = carried(test_rows=50)
    assert half is not None
    assert half.evaluate_seconds == pytest.approx(10 + 60 / 2)


@pytest.mark.parametrize("change", [{"rank": 64}, {"batch_size": 2}, {"length": 64}])
def test_what_a_step_consists_of_must_be_measured_again(change: dict[str, Any]) -> None:
    assert carried(**change) is None


@pytest.mark.parametrize("slower", [1, 5])
def test_a_changed_step_is_reckoned_by_what_this_machine_has_shown(slower: int) -> None:
    plan = change_plan(propose(), {"epochs": 2})
    formula = estimate_plan(plan, ROWS, STARTER, MACHINE)
    seconds = formula.train_seconds * slower
    before = formula.model_copy(update={"measured": True, "train_seconds": seconds})
    upper = change_plan(plan, {"layers": "upper half"})

    found = reckoned(before, plan, upper, ROWS, STARTER, MACHINE)

    quicker = estimate_plan(upper, ROWS, STARTER, MACHINE).train_seconds
    assert not found.measured
    assert found.train_seconds == pytest.approx(quicker * slower)
    assert found.train_seconds_low < found.train_seconds < found.train_seconds_high
    assert found.tokens_per_second > formula.tokens_per_second
    assert "before this change" in found.notes[0]


def test_an_estimate_that_was_not_measured_is_made_again() -> None:
    plan = propose()
    formula = estimate_plan(plan, ROWS, STARTER, MACHINE)
    assert rescaled(formula, plan, plan, ROWS, STARTER, MACHINE) is None
    assert rescaled(None, plan, plan, ROWS, STARTER, MACHINE) is None


def test_the_measurement_is_kept_with_the_changed_plan() -> None:
    plan = propose()
    new = change_plan(plan, {"learning rate": "half"})
    estimate = measured(plan).model_dump(mode="json")
    facts = {"plan": plan.model_dump(mode="json"), "estimate": estimate, "preflight_job": "p"}
    changes = {**facts, "plan": new.model_dump(mode="json")}
    assert apply_changes(facts | {"train_job": "t"}, changes) == changes
