"""Every value of a proposed plan follows from rows, tokens, model, memory and minutes."""

from __future__ import annotations

import pytest
from fakes.plans import MACHINE, STARTER, propose

from luthier.tools.training.plan_fields import FIELDS


def test_every_changeable_training_value_has_a_reason() -> None:
    plan = propose()
    for field in FIELDS:
        if field.path.startswith(("model.", "lora.", "train.")):
            assert plan.reasons[field.path], field.path


def test_fewer_rows_are_seen_more_often_with_early_stopping() -> None:
    epochs = [propose(rows).train.epochs for rows in (10, 60, 200, 800, 3000, 20_000)]
    assert epochs == sorted(epochs, reverse=True)
    assert epochs[0] > 5 * epochs[-1]
    assert all(propose(rows).train.patience > 0 for rows in (10, 20_000))


def test_larger_models_take_smaller_steps() -> None:
    rates = [
        propose(reference=STARTER.model_copy(update={"parameters": size})).train.learning_rate
        for size in (135_000_000, 1_500_000_000, 7_000_000_000, 13_000_000_000)
    ]
    assert rates == sorted(rates, reverse=True)
    assert (rates[0], rates[-1]) == (2e-3, 1e-4)


def test_the_longest_row_is_not_cut() -> None:
    plan = propose(longest=333)
    assert 333 <= plan.train.max_length < 360
    assert "nothing is cut" in plan.reasons["train.max_length"]


def test_rows_longer_than_the_model_can_read_are_named() -> None:
    reference = STARTER.model_copy(update={"context_length": 256})
    plan = propose(longest=400, reference=reference)
    assert plan.train.max_length == 256
    assert "cut" in plan.reasons["train.max_length"]


def test_little_memory_makes_smaller_batches_that_add_up() -> None:
    roomy = propose(longest=2000, mean=1500)
    tight = propose(
        longest=2000, mean=1500, machine=MACHINE.model_copy(update={"memory_available": 3 * 10**9})
    )
    assert tight.train.batch_size < roomy.train.batch_size
    for plan in (tight, roomy):
        assert plan.train.batch_size * plan.train.gradient_accumulation == 8
    assert "memory" in tight.reasons["train.batch_size"]


def test_too_little_memory_for_one_row_recomputes() -> None:
    tight = propose(
        longest=4000, mean=3000, machine=MACHINE.model_copy(update={"memory_available": 18 * 10**8})
    )
    assert tight.train.gradient_checkpointing


@pytest.mark.parametrize("minutes", [4, 8])
def test_few_minutes_mean_fewer_passes_and_say_so(minutes: int) -> None:
    free, hurried = propose(800), propose(800, minutes=minutes)
    assert hurried.train.epochs < free.train.epochs
    assert f"{minutes} minutes" in hurried.reasons["train.epochs"]


def test_very_few_minutes_train_only_the_upper_half() -> None:
    hurried = propose(3000, minutes=5)
    assert hurried.lora.layers == "upper_half"
    assert "5 minutes" in hurried.reasons["lora.layers"]


def test_enough_minutes_change_nothing() -> None:
    assert propose(400, minutes=600) == propose(400)


def test_the_goal_of_the_interview_is_kept() -> None:
    assert propose().evaluation.criterion == 0.8
