"""The tool that starts a training, and what the user is asked before it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from luthier.tools.catalog.base import Outcome, Tool, ToolContext
from luthier.tools.catalog.jobs import start_job
from luthier.tools.catalog.learning import measure_tokens
from luthier.tools.catalog.plan import changed_plan, plan_of, replan
from luthier.tools.effects import Effect
from luthier.tools.errors import LuthierError
from luthier.tools.language import _, mark
from luthier.tools.questions import Approval, Editable, Lasting
from luthier.tools.training.backends import backend_of
from luthier.tools.training.backends.base import Backend
from luthier.tools.training.methods.registry import method_of
from luthier.tools.training.plan import Estimate, Plan
from luthier.tools.training.plan_fields import label_of
from luthier.tools.training.views import shown_value
from luthier.tools.views import JobView


class LaunchTraining(BaseModel):
    """The plan as it stands, or with values the user asked to change in the same breath."""

    changes: dict[str, str | float | int] = Field(
        default_factory=dict, description="as in change_plan; usually empty"
    )


def launch_training(context: ToolContext, arguments: LaunchTraining) -> Outcome:
    """Start the training job of the plan, unless the checks of its backend block it."""
    plan, estimate = _launched(context, arguments)
    backend = backend_of(plan.backend)
    plan = backend.prepared(context.workspace, plan)
    _refuse_blocked(context, backend, plan)
    job = start_job(
        context,
        "train",
        _("Tuning {name}", name=plan.name),
        {
            "plan": plan.model_dump(mode="json"),
            "estimate": estimate and estimate.model_dump(mode="json"),
        },
        keys=backend.key_variables(plan),
        remote=backend.remote,
        pausable=backend.pausable,
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
    changed = replan(context, changed_plan(context, arguments.changes))
    return changed.plan, changed.estimate


def _refuse_blocked(context: ToolContext, backend: Backend, plan: Plan) -> None:
    """Raise for the first thing that makes a start pointless, before anything is spent."""
    if backend.measures_here:
        report = measure_tokens(context, plan.train.max_length, method_of(plan))
        stops = [(one.message, one.remedy, "launch.blocked") for one in report.blockers]
    else:
        stops = []
    found = backend.check(context.workspace, plan)
    stops += [(one.message, one.remedy, one.code) for one in found if one.stops]
    if stops:
        problem, remedy, code = stops[0]
        raise LuthierError(
            _("The training was not started: {problem}", problem=problem),
            remedy=remedy,
            code=code if code in MENDED_BY_A_TOOL else "launch.blocked",
        )


MENDED_BY_A_TOOL = ("autotrain.missing",)
"""Objections that keep their code, because a brain knows a tool that does away with them."""
_OFFERED = ("train.epochs", "train.learning_rate", "lora.rank", "train.batch_size")
"""Settings that can be changed in the approval itself."""


def approve_training(context: ToolContext, arguments: LaunchTraining) -> Approval:
    """What the launch means at the plan's backend; nobody is asked for what would be refused there.

    Only a training on this computer can be allowed for a whole session: what is uploaded or paid for
    is asked about each time.
    """
    plan, estimate = _launched(context, arguments)
    backend = backend_of(plan.backend)
    plan = backend.prepared(context.workspace, plan)
    if not backend.measures_here:
        _refuse_blocked(context, backend, plan)
    effect = backend.effect(plan)
    lasting = Lasting(key="launch_training", words=_("starting trainings on this computer"))
    return Approval(
        tool="launch_training",
        effect=effect,
        title=backend.title(plan),
        details=backend.details(context.workspace, plan, estimate),
        lasting=lasting if effect is Effect.LONG_JOB else None,
        editable=_editable(plan) if backend.measures_here else (),
    )


def _editable(plan: Plan) -> tuple[Editable, ...]:
    return tuple(
        Editable(
            name=f"changes.{label_of(path)}",
            label=_(label_of(path)),
            value=shown_value(plan, path),
        )
        for path in _OFFERED
        if method_of(plan).adapter or not path.startswith("lora.")
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
