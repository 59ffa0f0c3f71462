"""The worker of a training job: from a plan to an adapter that was checked, or a plain reason.

A later attempt at the same job goes on from the newest complete checkpoint of the same plan and
rows and ends as if it had never been interrupted.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luthier.tools.errors import LuthierError
from luthier.tools.estimate.machine import measure_machine
from luthier.tools.files import read_json, write_json
from luthier.tools.jobs.context import JobContext, JobStopped
from luthier.tools.jobs.workers import import_function
from luthier.tools.language import _
from luthier.tools.training.backends import backend_of
from luthier.tools.training.best import Best, keep_if_best, read_best
from luthier.tools.training.checkpoints import newest_complete, remove_all, remove_useless
from luthier.tools.training.material import Material, load_material
from luthier.tools.training.methods.registry import method_of
from luthier.tools.training.plan import Plan
from luthier.tools.training.watchdog.losses import Watchdog

if TYPE_CHECKING:
    from luthier.tools.training.reporting import JobCallback
    from luthier.tools.training.watchdog.answers import AnswerWatch

RUN_RECORD = "run.json"


@dataclass
class RunRecord:
    """What later attempts need from earlier ones, beside the checkpoints."""

    fingerprint: str
    base_validation_loss: float | None = None
    seconds: float = 0.0
    tokens: int = 0


def run(context: JobContext) -> dict[str, Any]:
    """Run the plan in the payload where it says: each backend has a worker of its own.

    Returns:
        what the backend's worker found; ``training.tuned_model`` reads the tuned model out of it.
    """
    name = backend_of(Plan.model_validate(context.spec.payload["plan"]).backend).worker
    worker: Callable[[JobContext], dict[str, Any]] = import_function(name)
    return worker(context)


def run_local(context: JobContext) -> dict[str, Any]:
    """Train the plan in the payload on this computer and return what the training found.

    Returns:
        ``adapter`` (folder; of the whole model where all of it is trained), ``method``,
        ``best_step``, ``best_validation_loss``, ``base_validation_loss``, ``steps``, ``seconds``,
        ``tokens_per_second``, ``checks`` of the saved weights, ``stopped_early`` (a sentence or
        empty), ``history`` (per step), ``looks`` (at answers: epoch and score) and ``fast``.

    Raises:
        JobStopped: pause or cancel was honoured; a checkpoint is there.
        LuthierError: the watchdog stopped it, or the saved weights failed a check.
    """
    plan = Plan.model_validate(context.spec.payload["plan"])
    material = load_material(context.workspace, plan, context.progress)
    output = context.output
    remove_useless(output, material.fingerprint)
    record = _read_record(output, material.fingerprint)
    context.honour_stop()
    context.progress(_("Loading the model"), 0, 0)
    training, callback, watchdog = _assemble(context, plan, material)
    checkpoint = newest_complete(output, material.fingerprint)
    if checkpoint is None:
        record.base_validation_loss = _base_loss(training, material)
        write_json(output / RUN_RECORD, asdict(record))
    else:
        step = checkpoint.name.rpartition("-")[2]
        context.notice(_("Going on from the checkpoint at step {step}.", step=step), "good")
    watchdog.base_validation_loss = record.base_validation_loss
    _train(context, training, callback, record, checkpoint)
    trainer = training.trainer
    if not material.validation:
        keep_if_best(trainer, output, material.fingerprint, trainer.state.global_step, None)
    best = read_best(output, material.fingerprint)
    if best is None:
        raise LuthierError(
            _("The training ended without an adapter."),
            why=_("It ended before the first measurement."),
            remedy=_("Train for more epochs or more steps."),
            code="training.no_adapter",
        )
    context.progress(_("Checking the saved weights"), 0, 0)
    tuned, checks = _keep(output, plan, material, training, best)
    remove_all(output)
    if callback.stopped_early:
        context.notice(_("Stopped early: {reason}.", reason=callback.stopped_early), "neutral")
    return {
        "adapter": str(tuned),
        "method": plan.method,
        "best_step": best.step,
        "best_validation_loss": best.loss,
        "base_validation_loss": record.base_validation_loss,
        "steps": trainer.state.global_step,
        "seconds": round(record.seconds, 1),
        "tokens_per_second": round(record.tokens / max(record.seconds, 1e-9), 1),
        "checks": checks,
        "stopped_early": callback.stopped_early,
        "history": _history(trainer.state.log_history),
        "looks": callback.answers.in_short() if callback.answers else [],
        "fast": training.fast,
    }


def _assemble(
    context: JobContext, plan: Plan, material: Material
) -> tuple[Any, JobCallback, Watchdog]:
    from luthier.tools.training.assemble import assemble
    from luthier.tools.training.reporting import JobCallback

    watchdog = Watchdog(total_steps=1, learning_rate=plan.train.learning_rate)
    callback = JobCallback(
        context,
        plan,
        watchdog,
        material.fingerprint,
        rows=len(material.train),
        evaluates=bool(material.validation),
    )
    machine = measure_machine(context.workspace)
    training = assemble(plan, material, machine, context.output, [callback])
    callback.trainer = training.trainer
    if context.spec.kind == "train" and material.validation:
        callback.answers = _answer_watch(context, plan, material, training)
    if method_of(plan).reads == "answers" and method_of(plan).adapter and not training.fast:
        context.notice(_("This model is trained in the usual way, without Luthier's fast path."))
    return training, callback, watchdog


def _answer_watch(
    context: JobContext, plan: Plan, material: Material, training: Any
) -> AnswerWatch:
    from luthier.tools.evaluation.worker import make_bench
    from luthier.tools.training.watchdog.answering import Learner
    from luthier.tools.training.watchdog.answers import SHARE, AnswerWatch

    bench = make_bench(context, plan.data.dataset_id, plan.model.id, plan.evaluation)
    learner = Learner(
        training=training,
        renderer=bench.renderer,
        batch_size=plan.evaluation.batch_size,
        context_length=material.reference.context_length,
        should_stop=lambda: context.stop_request is not None,
    )
    share = float(context.spec.payload.get("look_share", SHARE))
    return AnswerWatch(context, plan, bench, learner, material.fingerprint, share)


def _keep(
    output: Path, plan: Plan, material: Material, training: Any, best: Best
) -> tuple[Path, dict[str, Any]]:
    from luthier.tools.training.keeping import keep

    return keep(output, plan, material, training, best)


def _base_loss(training: Any, material: Material) -> float | None:
    """The validation loss before the first step: what tuning has to beat."""
    if not material.validation:
        return None
    loss = float(training.trainer.evaluate()["eval_loss"])
    if not math.isfinite(loss):
        raise LuthierError(
            _("The base model is broken: its answers are not numbers."),
            why=_("Its loss on your validation rows is {loss} before any training.", loss=loss),
            remedy=_("Fetch or make the model again, or choose another one."),
            place=str(material.reference.folder),
            code="model.damaged",
        )
    return loss


def _train(
    context: JobContext,
    training: Any,
    callback: JobCallback,
    record: RunRecord,
    checkpoint: Path | None,
) -> None:
    """Train to the end, or raise JobStopped after a requested stop was saved."""
    began, seconds, tokens = time.monotonic(), record.seconds, record.tokens
    trainer = training.trainer

    def keep_account() -> None:
        record.seconds = seconds + time.monotonic() - began
        record.tokens = tokens + trainer.row_tokens
        write_json(context.output / RUN_RECORD, asdict(record))

    callback.at_checkpoint = keep_account
    try:
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    except BaseException:
        # What was torn by a full disk makes room for the words that say so.
        remove_useless(context.output, record.fingerprint)
        raise
    finally:
        keep_account()
    request = context.stop_request
    if request and trainer.state.global_step < trainer.state.max_steps:
        if request == "pause":
            context.notice(
                _(
                    "Paused at step {step}; nothing is lost.",
                    step=trainer.state.global_step,
                )
            )
        raise JobStopped(request)


def _history(log: list[dict[str, float]]) -> list[dict[str, float]]:
    """The logged steps in Luthier's words, each step once per kind."""
    names = {
        "loss": "loss",
        "eval_loss": "validation_loss",
        "learning_rate": "learning_rate",
        "grad_norm": "gradient_norm",
    }
    return [
        {"step": entry["step"], "epoch": entry.get("epoch", 0.0)}
        | {ours: entry[theirs] for theirs, ours in names.items() if theirs in entry}
        for entry in log
        if "loss" in entry or "eval_loss" in entry
    ]


def _read_record(output: Path, fingerprint: str) -> RunRecord:
    known = read_json(output / RUN_RECORD)
    if known and known["fingerprint"] == fingerprint:
        return RunRecord(**known)
    return RunRecord(fingerprint)
