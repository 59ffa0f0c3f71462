"""The watchdog stops what is broken, says why, and leaves healthy trainings alone."""

from __future__ import annotations

import math

import pytest

from luthier.tools.errors import LuthierError
from luthier.tools.training.watchdog.losses import Watchdog


def watch(losses: list[float], total: int | None = None, **settings: float) -> None:
    watchdog = Watchdog(total_steps=total or len(losses), learning_rate=2e-4, **settings)
    for step, loss in enumerate(losses, start=1):
        watchdog.look(step, loss, 1.0)


def stopped(losses: list[float], total: int | None = None, **settings: float) -> LuthierError:
    with pytest.raises(LuthierError) as failure:
        watch(losses, total, **settings)
    return failure.value


def test_a_falling_loss_is_left_alone() -> None:
    watch([3.0 * 0.97**step + 0.3 * (step % 2) for step in range(200)])


def test_a_noisy_start_is_left_alone() -> None:
    watch([2.0, 2.6, 1.9, 3.1, 2.2, 2.8, 1.7, 1.5, 1.2, 1.1])


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_no_number_stops_at_once(value: float) -> None:
    error = stopped([2.0, value])
    assert error.code == "training.not_finite"
    assert "step 2" in error.why
    assert "0.0002 to 5e-05" in error.remedy


def test_a_gradient_that_is_no_number_stops() -> None:
    watchdog = Watchdog(total_steps=10, learning_rate=2e-4)
    with pytest.raises(LuthierError, match="gradient"):
        watchdog.look(1, 2.0, math.nan)


def test_a_validation_loss_that_is_no_number_stops() -> None:
    watchdog = Watchdog(total_steps=10, learning_rate=2e-4)
    with pytest.raises(LuthierError, match="validation loss"):
        watchdog.look_at_validation(5, math.nan)


def test_a_rising_loss_is_called_diverging() -> None:
    error = stopped([2.0, 2.0, 2.1, 3.0, 4.5, 6.0, 7.0, 8.0])
    assert error.code == "training.diverged"
    assert "2.03 at the start" in error.why


def test_one_bad_step_is_not_divergence() -> None:
    watch([2.0, 2.0, 2.0, 1.9, 1.8, 4.5, 1.8, 1.7, 1.6])


def test_nothing_left_to_learn() -> None:
    assert stopped([0.0004] * 5, total=100).code == "training.nothing_left"


def test_a_loss_that_reaches_zero_later_is_fine() -> None:
    watch([2.0, 1.0, 0.4, 0.1, 0.01, 0.0005, 0.0005, 0.0005, 0.0005, 0.0005])


def test_no_learning_names_a_higher_rate() -> None:
    error = stopped([2.0 + 0.01 * (step % 3) for step in range(100)])
    assert error.code == "training.no_learning"
    assert "0.0006" in error.remedy


def test_a_validation_loss_that_fell_counts_as_learning() -> None:
    watchdog = Watchdog(total_steps=60, learning_rate=2e-4, base_validation_loss=2.0)
    watchdog.look_at_validation(10, 1.5)
    for step in range(1, 61):
        watchdog.look(step, 2.0, 1.0)
