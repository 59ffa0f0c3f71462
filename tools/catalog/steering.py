"""Tools that watch and steer jobs which were started: how far they are, pause, resume, cancel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from pydantic import BaseModel, Field

from luthier.tools.catalog.base import Outcome, Tool, ToolContext
from luthier.tools.catalog.plan import not_yet
from luthier.tools.effects import Effect
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.arms.other_model import asked_by, models_elsewhere
from luthier.tools.jobs.model import STATE_WORDS, Job, JobState
from luthier.tools.jobs.store import get_job, list_jobs
from luthier.tools.jobs.supervisor import request_cancel, request_pause, resume
from luthier.tools.jobs.views import job_views, read_history
from luthier.tools.language import _, mark
from luthier.tools.questions import Approval, Lasting
from luthier.tools.training.plan import EvaluationPlan, Plan
from luthier.tools.views import Callout, JobView, Settings, View
from luthier.tools.workspace import Workspace


class WhichJob(BaseModel):
    """A job of this session; empty means the newest one still under way."""

    job_id: str = ""


class ControlJob(WhichJob):
    """What to do with a job."""

    action: Literal["pause", "resume", "cancel"] = Field(description="cancel keeps checkpoints")


def job_status(context: ToolContext, arguments: WhichJob) -> Outcome:
    """Say how a job is going."""
    job = _chosen(context, arguments)
    state = _(STATE_WORDS[job.status.state])
    views = job_views(context.workspace, job)
    return Outcome(
        "\n".join(
            (
                _("Job {id} ({title}): {state}.", id=job.id, title=job.spec.title, state=state),
                *_read(job, views),
            )
        ),
        views=views,
        data={"job_id": job.id, "state": str(job.status.state), "kind": job.spec.kind},
    )


def _read(job: Job, views: Iterable[View]) -> Iterator[str]:
    """What the user reads of a job, as lines for a brain that is asked about it."""
    for view in views:
        if isinstance(view, Settings):
            for one in view.settings:
                if one.value == job.id:  # where it lies is nothing to a model elsewhere
                    continue
                yield f"{one.name}: {one.value}" + (f" ({one.reason})" if one.reason else "")
            yield from view.notes
        elif isinstance(view, Callout):
            yield from (view.headline, *view.lines)


def control_job(context: ToolContext, arguments: ControlJob) -> Outcome:
    """Pause, resume or cancel a job; all three leave its checkpoints in place."""
    job = _chosen(context, arguments)
    act = {"pause": request_pause, "resume": resume, "cancel": request_cancel}[arguments.action]
    job = act(context.workspace, job.id)
    return Outcome(
        _(
            "“{title}” is now {state}.",
            title=job.spec.title,
            state=_(STATE_WORDS[job.status.state]),
        ),
        facts={"noticed_jobs": [name for name in context.facts.noticed_jobs if name != job.id]},
        # Going on may begin far below the card that showed the start.
        views=(JobView(job_id=job.id),) if arguments.action == "resume" else (),
        data={"job_id": job.id, "state": str(job.status.state)},
    )


def approve_control(context: ToolContext, arguments: ControlJob) -> Approval:
    """What resuming or cancelling means; pausing needs no yes, since it can be undone.

    To go on with what somebody charges for is asked about each time, and so is what deletes at Azure.
    """
    job = _chosen(context, arguments)
    charged = _is_charged(context.workspace, job)
    resuming = arguments.action == "resume"
    later = _("the time that was left then") if resuming else _("it does not go on by itself")
    paid = resuming and (job.spec.remote or charged)
    lasting = Lasting(
        key=f"control_job.{arguments.action}",
        words=_("resuming jobs") if resuming else _("cancelling jobs"),
    )
    effect = Effect.LONG_JOB if resuming else Effect.WRITES_HOME
    return Approval(
        tool="control_job",
        effect=Effect.MONEY if paid else effect,
        title=_("Resume: {job}", job=job.spec.title)
        if resuming
        else _("Cancel: {job}", job=job.spec.title),
        details=(
            (_("Now"), _(STATE_WORDS[job.status.state])),
            (_("So far"), read_history(job).in_words()),
            (_("Time"), later),
            (_("Checkpoints"), _("are kept")),
            (_("Price and privacy"), _price_words(job, charged=charged, resuming=resuming)),
        ),
        lasting=None if paid or job.spec.kind == "deploy" else lasting,
    )


def _is_charged(workspace: Workspace, job: Job) -> bool:
    """Whether somebody may charge for what a job asks elsewhere; a model on this computer is free."""
    if not job.spec.keys:
        return False
    payload, asked = job.spec.payload, list[EndpointModel]()
    try:
        if job.spec.kind == "judge":
            asked.append(EndpointModel.model_validate(payload["model"]))
        elif job.spec.kind == "baseline":
            if payload.get("base"):
                asked.append(EndpointModel.model_validate(payload["base"]))
            plan = EvaluationPlan.model_validate(payload["evaluation"])
            asked += asked_by(workspace, plan)
        elif job.spec.kind == "evaluate":
            plan = Plan.model_validate(payload["plan"]).evaluation
            asked += models_elsewhere(workspace, [payload["train_job_id"]])
            asked += asked_by(workspace, plan)
        else:
            return True
    except LuthierError:
        return True  # a model that it names is gone, so that it cannot be told
    return not all(model.is_local for model in asked)


def _price_words(job: Job, *, charged: bool, resuming: bool) -> str:
    """Who charges for a job, and what for, where anybody does."""
    if job.spec.kind == "deploy" and resuming:
        return _(
            "Azure goes on making the deployment; that of a tuned model costs by the hour until it is "
            "deleted"
        )
    if job.spec.kind == "deploy":
        return _("what Azure has made for it is deleted there, and costs nothing any more")
    if job.spec.remote and resuming:
        return _(
            "the training goes on at the provider, which charges for it as was said before it began"
        )
    if job.spec.remote:
        return _("the provider may charge for what was trained so far, and for no more")
    if charged and resuming:
        return _(
            "the provider charges for each further answer; what was answered is not asked again"
        )
    if charged:
        return _("nothing more is asked at the provider")
    return _("free; nothing leaves this computer")


def _chosen(context: ToolContext, arguments: WhichJob) -> Job:
    if arguments.job_id:
        return get_job(context.workspace, arguments.job_id)
    facts = context.facts
    known = [facts.train_job, facts.evaluate_job, facts.preflight_job, facts.baseline_job]
    under_way = [
        job.id
        for job in list_jobs(context.workspace, context.session_id)
        if not is_over(job.status.state) and job.spec.kind not in _ELSEWHERE
    ]
    for job_id in (*under_way, *facts.open_jobs()[::-1], *known):
        if job_id:
            return get_job(context.workspace, job_id)
    raise not_yet(_("There is no job yet."), _("A job starts once the plan is agreed on."))


_ELSEWHERE = ("serve", "trial")
"""“Stop the server” ends the one, and the search it belongs to the other."""


def is_over(state: JobState) -> bool:
    """Whether a job has come to rest, paused included."""
    return state.is_final or state is JobState.PAUSED


TOOLS = (
    Tool(
        name="job_status",
        description="Say how a job is going: state, losses, time left.",
        arguments=WhichJob,
        run=job_status,
        effect=Effect.READS,
        label=mark("Looking at the job"),
    ),
    Tool(
        name="control_job",
        description="Pause, resume or cancel a job; checkpoints are kept. The user is asked first.",
        arguments=ControlJob,
        run=control_job,
        effect=Effect.LONG_JOB,
        approval=approve_control,
        harmless=lambda arguments: arguments.action == "pause",
        label=mark("Steering the job"),
        repeatable=True,
    ),
)
