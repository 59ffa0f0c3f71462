"""The tool that starts a training, and what the user is asked before it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from luthier.tools.catalog.base import Outcome, Tool, ToolContext
from luthier.tools.catalog.jobs import start_job
from luthier.tools.catalog.learning import measure_tokens
from luthier.tools.catalog.plan import plan_of, replan
from luthier.tools.effects import Effect
from luthier.tools.errors import LuthierError
from luthier.tools.language import _, mark
from luthier.tools.questions import Approval, Editable, Lasting
from luthier.tools.training.changes import change_plan, label_of
from luthier.tools.training.plan import Estimate, Plan
from luthier.tools.training.views import shown_value
from luthier.tools.views import JobView
from luthier.tools.wording import duration, size


class LaunchTraining(BaseModel):
    """The plan as it stands, or with values the user asked to change in the same breath."""

    changes: dict[str, str | float | int] = Field(
        default_factory=dict, description="as in change_plan; usually empty"
    )


def launch_training(context: ToolContext, arguments: LaunchTraining) -> Outcome:
    """Start the training job of the plan, unless the token check blocks it."""
    plan, estimate = _launched(context, arguments)
    _refuse_blocked(context, plan)
    job = start_job(
        context,
        "train",
        _("Tuning {name}", name=plan.name),
        {
            "plan": plan.model_dump(mode="json"),
            "estimate": estimate and estimate.model_dump(mode="json"),
        },
    )
    changed: dict[str, Any] = {}
    if arguments.changes:
        changed["plan"] = plan.model_dump(mode="json")
        changed["estimate"] = estimate and estimate.model_dump(mode="json")
    return Outcome(
        _("Training job {id} is running in a process of its own.", id=job.id),
        facts={**changed, "train_job": job.id},
        views=(JobView(job_id=job.id),),
        data={"job_id": job.id},
    )


def _launched(context: ToolContext, arguments: LaunchTraining) -> tuple[Plan, Estimate | None]:
    """The plan that a launch would run, with its estimate."""
    plan = plan_of(context)
    if not arguments.changes:
        return plan, context.facts.estimate
    changed = replan(context, change_plan(plan, arguments.changes))
    return changed.plan, changed.estimate


def _refuse_blocked(context: ToolContext, plan: Plan) -> None:
    report = measure_tokens(context, plan.train.max_length)
    if report.blockers:
        first = report.blockers[0]
        raise LuthierError(
            _("The training was not started: {problem}", problem=first.message),
            remedy=first.remedy,
            code="launch.blocked",
        )


_OFFERED = ("train.epochs", "train.learning_rate", "lora.rank", "train.batch_size")
"""Settings that can be changed in the approval itself."""


def approve_training(context: ToolContext, arguments: LaunchTraining) -> Approval:
    """What the launch means: rows, time, memory, disk, price, and that nothing leaves the machine."""
    plan, estimate = _launched(context, arguments)
    dataset = context.facts.dataset
    details = [
        (_("Where"), _("on this computer, in Luthier's home folder")),
        (_("Model"), _("{model}, LoRA rank {rank}", model=plan.model.id, rank=plan.lora.rank)),
        (
            _("Data"),
            _(
                "{rows} training rows, each seen {epochs} times",
                rows=dataset.train if dataset else "?",
                epochs=f"{plan.train.epochs:g}",
            ),
        ),
        *(_needs(estimate) if estimate else ()),
        (_("Price and privacy"), _("free; nothing leaves this computer")),
    ]
    return Approval(
        tool="launch_training",
        effect=Effect.LONG_JOB,
        title=_("Start the training on this computer"),
        details=tuple(details),
        lasting=Lasting(key="launch_training", words=_("starting trainings on this computer")),
        editable=_editable(plan),
    )


def _needs(estimate: Estimate) -> list[tuple[str, str]]:
    measured = _("measured here") if estimate.measured else _("estimated, not measured")
    return [
        (
            _("Time"),
            _(
                "{low} to {high} ({measured}), then about {evaluation} of evaluation",
                low=duration(estimate.train_seconds_low),
                high=duration(estimate.train_seconds_high),
                measured=measured,
                evaluation=duration(estimate.evaluate_seconds),
            ),
        ),
        (
            _("Memory"),
            _(
                "{needed} of {free} free",
                needed=size(estimate.memory_bytes),
                free=size(estimate.available_bytes),
            ),
        ),
        (
            _("Disk"),
            _(
                "{needed} of {free} free",
                needed=size(estimate.disk_bytes),
                free=size(estimate.free_disk_bytes),
            ),
        ),
    ]


def _editable(plan: Plan) -> tuple[Editable, ...]:
    return tuple(
        Editable(
            name=f"changes.{label_of(path)}",
            label=_(label_of(path)),
            value=shown_value(plan, path),
        )
        for path in _OFFERED
    )


TOOLS = (
    Tool(
        name="launch_training",
        description="Start the training of the plan. The user is asked first.",
        arguments=LaunchTraining,
        run=launch_training,
        effect=Effect.LONG_JOB,
        approval=approve_training,
        label=mark("Starting the training"),
        repeatable=True,
    ),
)
