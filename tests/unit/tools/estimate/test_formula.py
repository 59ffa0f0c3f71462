"""The formulas: known counts, and every term pulls in the right direction."""

from __future__ import annotations

import pytest
from fakes.plans import MACHINE, STARTER, propose, report

from luthier.tools.estimate.formula import (
    estimate_plan,
    memory_bytes,
    total_steps,
    trained_parameters,
    work_of,
)
from luthier.tools.training.changes import change_plan


def test_adapter_parameters_are_those_that_peft_counts() -> None:
    assert trained_parameters(propose(), STARTER) == 4_884_480
    half = change_plan(propose(), {"layers": "upper half"})
    assert trained_parameters(half, STARTER) == 4_884_480 // 2


@pytest.mark.parametrize(
    ("rows", "epochs", "batch", "accumulation", "steps"),
    [(64, 1, 8, 1, 8), (65, 1, 8, 1, 9), (64, 3, 8, 2, 12), (10, 0.25, 4, 1, 1), (3, 2, 8, 1, 2)],
)
def test_steps_are_counted_as_the_trainer_does(
    rows: int, epochs: float, batch: int, accumulation: int, steps: int
) -> None:
    plan = change_plan(
        propose(),
        {"epochs": epochs, "batch": batch, "accumulation": accumulation},
    )
    assert total_steps(plan, rows) == steps


def test_memory_of_the_measured_case_is_close() -> None:
    """440 shop rows of at most 147 tokens, batch 8: the pre-flight measured 1.88 GB."""
    plan = propose(440, longest=147)
    estimated = memory_bytes(plan, work_of(plan, report(440, longest=147)), STARTER, MACHINE)
    assert 1.5e9 < estimated < 3e9


def test_more_of_anything_costs_more() -> None:
    plan = propose()
    base = estimate_plan(plan, report(400), STARTER, MACHINE)

    def changed(**changes: object) -> tuple[int, float]:
        estimate = estimate_plan(change_plan(plan, changes), report(400), STARTER, MACHINE)
        return estimate.memory_bytes, estimate.train_seconds

    assert changed(rank=64)[0] > base.memory_bytes
    assert changed(batch=32)[0] > base.memory_bytes
    assert changed(epochs=20)[1] > 2 * base.train_seconds
    assert changed(layers="upper half")[1] < base.train_seconds
    memory, seconds = changed(checkpointing="yes")
    assert memory < base.memory_bytes
    assert seconds > base.train_seconds
    vocabulary = STARTER.model_copy(update={"vocabulary": 250_000})
    assert estimate_plan(plan, report(400), vocabulary, MACHINE).memory_bytes > base.memory_bytes


def test_the_formula_says_that_it_is_one() -> None:
    estimate = estimate_plan(propose(), report(400), STARTER, MACHINE)
    assert not estimate.measured
    assert estimate.fits
    assert estimate.train_seconds_low < estimate.train_seconds < estimate.train_seconds_high
    assert any("pre-flight" in note for note in estimate.notes)
