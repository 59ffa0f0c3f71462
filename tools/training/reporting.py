"""What happens around each training step: reports, checks, checkpoints, and stopping on request."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transformers import TrainerCallback, TrainerControl, TrainerState

from luthier.tools.estimate.formula import total_steps
from luthier.tools.jobs.context import JobContext
from luthier.tools.jobs.model import MetricsEvent
from luthier.tools.language import _
from luthier.tools.training.best import keep_if_best
from luthier.tools.training.checkpoints import mark_complete
from luthier.tools.training.plan import Plan
from luthier.tools.training.watchdog.losses import Watchdog

if TYPE_CHECKING:
    from luthier.tools.training.watchdog.answers import AnswerWatch

CHECKPOINT_SECONDS = 60.0
"""At most about so much work is lost when the worker is killed."""

EVENT_SECONDS = 0.5
"""Least time between two events of the same kind, for the screen's sake."""

SMOOTHING = 0.8


class JobCallback(TrainerCallback):  # type: ignore[misc]  # transformers is untyped here
    """Ties a trainer to its job.

    Args:
        context: the job.
        plan: what is trained.
        watchdog: judges each step; its errors end the training.
        fingerprint: marks checkpoints and the best adapter as belonging to this training.
        rows: number of training rows, for the evaluation schedule.
        evaluates: whether there are validation rows.
    """

    def __init__(
        self,
        context: JobContext,
        plan: Plan,
        watchdog: Watchdog,
        fingerprint: str,
        *,
        rows: int,
        evaluates: bool,
    ) -> None:
        self.trainer: Any = None
        self.answers: AnswerWatch | None = None
        self.stopped_early = ""
        self.at_checkpoint: Callable[[], None] = lambda: None
        self._context = context
        self._plan = plan
        self._watchdog = watchdog
        self._fingerprint = fingerprint
        self._evaluates = evaluates
        self._every = evaluation_interval(plan, rows)
        self._total_steps = total_steps(plan, rows)
        self._checkpoint_seconds = float(
            context.spec.payload.get("checkpoint_seconds", CHECKPOINT_SECONDS)
        )
        self._reported = reported_steps(context.folder)
        self._saved_at = self._step_began = time.monotonic()
        self._event_at = 0.0
        self._step_seconds = 0.0
        self._check_seconds = 0.0
        self._tokens_per_second = 0.0
        self._tokens_before = 0

    def on_train_begin(
        self, args: Any, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Tell the watchdog what an earlier attempt saw."""
        for entry in state.log_history:
            if "loss" in entry:
                self._watchdog.look(entry["step"], entry["loss"], entry.get("grad_norm"))
            elif "eval_loss" in entry and entry["step"]:
                self._watchdog.look_at_validation(entry["step"], entry["eval_loss"])
        self._saved_at = time.monotonic()

    def on_step_begin(
        self, args: Any, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Start the clock of the step."""
        self._step_began = time.monotonic()
        self._tokens_before = self.trainer.row_tokens

    def on_step_end(
        self, args: Any, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Ask for an evaluation or a checkpoint where one is due; stop where it was requested."""
        self._measure(time.monotonic() - self._step_began)
        last = state.global_step >= state.max_steps
        if self._evaluates and (state.global_step % self._every == 0 or last):
            control.should_evaluate = True
        now = time.monotonic()
        if now - self._saved_at >= self._checkpoint_seconds and not last:
            control.should_save = True
        if self._context.stop_request:
            control.should_save = True
            control.should_training_stop = True

    def on_log(
        self,
        args: Any,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        """Show the step to the watchdog, then report it, at a lively but bounded rate."""
        if not logs or "loss" not in logs:
            return
        self._watchdog.look(state.global_step, logs["loss"], logs.get("grad_norm"))
        now = time.monotonic()
        due = now - self._event_at >= EVENT_SECONDS or state.global_step >= state.max_steps
        if state.global_step > self._reported["loss"] and due:
            self._event_at = now
            self._emit(
                state,
                loss=logs["loss"],
                learning_rate=logs.get("learning_rate"),
                gradient_norm=logs.get("grad_norm"),
                tokens_per_second=round(self._tokens_per_second, 1) or None,
            )

    def on_evaluate(
        self,
        args: Any,
        state: TrainerState,
        control: TrainerControl,
        metrics: dict[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        """Report the validation loss, keep the best adapter, stop when patience is at its end."""
        loss = (metrics or {})["eval_loss"]
        self._check_seconds = time.monotonic() - self._step_began - self._step_seconds
        if state.global_step:
            self._watchdog.look_at_validation(state.global_step, loss)
            keep_if_best(
                self.trainer, self._context.output, self._fingerprint, state.global_step, loss
            )
        if state.global_step > self._reported["validation_loss"]:
            self._emit(state, validation_loss=loss)
        waited = checks_without_gain(state.log_history)
        patience = self._plan.train.patience
        if patience and waited >= patience and state.global_step < state.max_steps:
            self.stopped_early = _(
                "the validation loss did not fall in {waited} checks running, so the training "
                "stopped at step {step} of {steps}",
                waited=waited,
                step=state.global_step,
                steps=state.max_steps,
            )
            control.should_training_stop = True
        elif state.global_step < state.max_steps:
            self._look_at_answers(state)

    def on_save(
        self, args: Any, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Mark the checkpoint complete: only then may a later attempt go on from it."""
        folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        self.at_checkpoint()
        mark_complete(folder, self._fingerprint, state.global_step)
        self._saved_at = time.monotonic()

    def _look_at_answers(self, state: TrainerState) -> None:
        """Let the model answer between passes; at the end the evaluation does so anyway."""
        watch, epoch = self.answers, round(state.epoch or 0.0, 3)
        if watch is None or not watch.due(epoch) or self._context.stop_request:
            return
        left = self._seconds_left(state)
        whole = left + state.global_step * self._step_seconds
        look = watch.look(state.global_step, epoch, whole, left)
        if look is not None:
            self._emit(state, answers=look.score)

    def _measure(self, seconds: float) -> None:
        tokens = (self.trainer.row_tokens - self._tokens_before) / max(seconds, 1e-9)
        first = self._step_seconds == 0.0
        keep = 0.0 if first else SMOOTHING
        self._step_seconds = keep * self._step_seconds + (1 - keep) * seconds
        self._tokens_per_second = keep * self._tokens_per_second + (1 - keep) * tokens

    def _emit(self, state: TrainerState, **values: Any) -> None:
        total = state.max_steps or self._total_steps
        self._context.emit(
            MetricsEvent(
                at=time.time(),
                step=state.global_step,
                total_steps=total,
                epoch=round(state.epoch or 0.0, 3),
                total_epochs=self._plan.train.epochs,
                seconds_left=round(self._seconds_left(state), 1) if self._step_seconds else None,
                **values,
            )
        )

    def _seconds_left(self, state: TrainerState) -> float:
        left = (state.max_steps or self._total_steps) - state.global_step
        checks = left // self._every * self._check_seconds
        looks = self.answers.seconds_left(state.epoch or 0.0) if self.answers else 0.0
        return float(left * self._step_seconds + checks + looks)


def evaluation_interval(plan: Plan, rows: int) -> int:
    """Steps between two measurements of the validation loss."""
    per_step = plan.train.batch_size * plan.train.gradient_accumulation
    return max(1, round(-(-rows // per_step) / plan.train.evaluations_per_epoch))


def checks_without_gain(history: Sequence[dict[str, float]]) -> int:
    """How many of the last measurements brought no lower validation loss; the base is not one."""
    losses = [entry["eval_loss"] for entry in history if "eval_loss" in entry and entry["step"]]
    if not losses:
        return 0
    return len(losses) - 1 - losses.index(min(losses))


def reported_steps(folder: Path) -> dict[str, int]:
    """The last step whose loss and validation loss an earlier attempt reported; -1 where none.

    A second attempt repeats the steps after the checkpoint; it must not report them twice.
    """
    from luthier.tools.jobs.follow import EventReader

    last = {"loss": -1, "validation_loss": -1}
    for event in EventReader(folder).read_new():
        if isinstance(event, MetricsEvent):
            for name in last:
                if getattr(event, name) is not None:
                    last[name] = max(last[name], event.step)
    return last
