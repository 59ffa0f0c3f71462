"""Looking at every step of a training and stopping it when it is broken, in plain words."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from luthier.tools.errors import LuthierError
from luthier.tools.language import _

START_STEPS = 3
SMOOTHING = 0.8
DIVERGED_FACTOR = 1.5
DIVERGED_MARGIN = 0.5
NOTHING_LEFT = 1e-3
NOTHING_LEFT_STEPS = 5
PATIENT_STEPS = 40
PATIENT_SHARE = 0.6
GAIN = 0.98


@dataclass
class Watchdog:
    """Judges losses and gradients as they come.

    Args:
        total_steps: steps of the whole training.
        learning_rate: the plan's, to name a better one.
        base_validation_loss: of the untuned model, or None where there are no validation rows.
    """

    total_steps: int
    learning_rate: float
    base_validation_loss: float | None = None
    _losses: list[float] = field(default_factory=list)
    _smooth: float = math.nan
    _best_validation: float = math.inf

    def look(self, step: int, loss: float, gradient_norm: float | None = None) -> None:
        """Judge one step.

        Raises:
            LuthierError: the loss or gradient is not a number, the loss runs away, there was
                nothing to learn from the first step on, or nothing is being learned.
        """
        if not math.isfinite(loss):
            raise self._not_finite(step, "loss", loss)
        if gradient_norm is not None and not math.isfinite(gradient_norm):
            raise self._not_finite(step, "gradient", gradient_norm)
        self._losses.append(loss)
        self._smooth = (
            loss if math.isnan(self._smooth) else SMOOTHING * self._smooth + (1 - SMOOTHING) * loss
        )
        self._look_for_divergence(step)
        self._look_for_nothing_left(step)
        self._look_for_no_learning(step)

    def look_at_validation(self, step: int, loss: float) -> None:
        """Judge one measurement on the validation rows.

        Raises:
            LuthierError: the loss is not a number.
        """
        if not math.isfinite(loss):
            raise self._not_finite(step, _("validation loss"), loss)
        self._best_validation = min(self._best_validation, loss)

    @property
    def _start(self) -> float:
        first = self._losses[:START_STEPS]
        return sum(first) / len(first)

    def _look_for_divergence(self, step: int) -> None:
        if len(self._losses) <= START_STEPS:
            return
        limit = max(DIVERGED_FACTOR * self._start, self._start + DIVERGED_MARGIN)
        if self._smooth > limit:
            raise LuthierError(
                _("The training was stopped because the loss runs away instead of falling."),
                why=_(
                    "It was {start:.2f} at the start and is {smooth:.2f} at step {step}.",
                    start=self._start,
                    smooth=self._smooth,
                    step=step,
                ),
                remedy=self._lower_rate(),
                code="training.diverged",
            )

    def _look_for_nothing_left(self, step: int) -> None:
        first = self._losses[:NOTHING_LEFT_STEPS]
        if step > 2 * NOTHING_LEFT_STEPS or len(first) < NOTHING_LEFT_STEPS:
            return
        if max(first) < NOTHING_LEFT:
            raise LuthierError(
                _("The training was stopped because there is nothing to learn."),
                why=_(
                    "The loss is {first:.5f} from the first steps on, as if the model knew every answer "
                    "by heart.",
                    first=first[-1],
                ),
                remedy=_(
                    "Look at what the model will learn: the answer may stand in the prompt, or all "
                    "answers may be the same."
                ),
                code="training.nothing_left",
            )

    def _look_for_no_learning(self, step: int) -> None:
        if len(self._losses) < max(PATIENT_STEPS, int(PATIENT_SHARE * self.total_steps)):
            return
        base = self.base_validation_loss
        if base is not None and self._best_validation < GAIN * base:
            return
        late = self._losses[-10:]
        if sum(late) / len(late) >= GAIN * self._start:
            raise LuthierError(
                _("The training was stopped because the model does not learn from these rows."),
                why=_(
                    "After {step} of {total_steps} steps the loss is still {late:.2f}; it was "
                    "{start:.2f} at the start.",
                    step=step,
                    total_steps=self.total_steps,
                    late=sum(late) / len(late),
                    start=self._start,
                ),
                remedy=_(
                    "Raise the learning rate to {learning_rate:g}, or check that the answers follow from "
                    "the prompts.",
                    learning_rate=self.learning_rate * 3,
                ),
                code="training.no_learning",
            )

    def _not_finite(self, step: int, what: str, value: float) -> LuthierError:
        return LuthierError(
            _("The training was stopped because its {what} is no longer a number.", what=what),
            why=_(
                "At step {step} it became {value}; weights trained on from here would be broken.",
                step=step,
                value=value,
            ),
            remedy=self._lower_rate(),
            code="training.not_finite",
        )

    def _lower_rate(self) -> str:
        return _(
            "Lower the learning rate from {rate:g} to {lower:g} and start again.",
            rate=self.learning_rate,
            lower=self.learning_rate / 4,
        )
