"""Jobs that commands start and wait for, found again by the same command after a Ctrl-C or a kill."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.model import Evaluation
from luthier.tools.evaluation.store import load_evaluation
from luthier.tools.jobs import supervisor
from luthier.tools.jobs.model import Job, JobKind, JobState
from luthier.tools.jobs.store import get_job, list_jobs, read_result
from luthier.tools.jobs.wait import wait_for
from luthier.tools.language import _
from luthier.tools.training.plan import Plan
from luthier.tools.workspace import Workspace


def run_again(
    workspace: Workspace, kind: JobKind, title: str, payload: dict[str, Any], session_id: str
) -> dict[str, Any]:
    """The result of the job with this very payload: of the one that is there, else of a new one.

    Raises:
        LuthierError: it did not succeed; what it finished is kept for the next call.
    """
    from luthier.tui.progress_bars import JobBar

    text = json.dumps(payload, sort_keys=True)
    key = f"{kind}:{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    number = 1
    while True:
        job = supervisor.launch(
            workspace,
            kind=kind,
            session_id=session_id,
            title=title,
            payload=payload,
            idempotency_key=f"{key}:{number}",
        )
        job = supervisor.reconcile_job(workspace, job)
        if job.status.state is not JobState.CANCELLED:
            break
        number += 1
    if job.status.state in (JobState.PAUSED, JobState.LOST, JobState.FAILED):
        job = supervisor.resume(workspace, job.id)
    with JobBar() as bar:
        ended = wait_for(workspace, job.id, bar.listen)
    if ended.status.state is not JobState.SUCCEEDED:
        raise LuthierError.from_dict(
            ended.status.error
            or {
                "what": _("“{title}” was interrupted.", title=title),
                "remedy": _("The same command goes on from there."),
            }
        )
    return read_result(workspace, job.id)


def training_of(workspace: Workspace, job_id: str) -> tuple[Job, Plan]:
    """A training and its plan.

    Raises:
        LuthierError: the job is none (``evaluation.unknown_model``).
    """
    job = get_job(workspace, job_id)
    if job.spec.kind != "train":
        raise LuthierError(
            _("“{title}” is not a training.", title=job.spec.title),
            remedy=_("`luthier jobs` lists the trainings of this home."),
            code="evaluation.unknown_model",
        )
    return job, Plan.model_validate(job.spec.payload["plan"])


def newest_evaluation(workspace: Workspace, training: Job) -> Evaluation:
    """What was measured of a training last.

    Raises:
        LuthierError: nothing was (``evaluation.not_measured``).
    """
    measured = [
        job
        for job in list_jobs(workspace)
        if job.spec.kind == "evaluate"
        and job.spec.payload.get("train_job_id") == training.spec.id
        and job.status.state is JobState.SUCCEEDED
    ]
    if not measured:
        raise LuthierError(
            _("“{title}” has not been measured yet.", title=training.spec.title),
            remedy=_("`luthier eval again {id}` measures it.", id=training.spec.id),
            code="evaluation.not_measured",
        )
    newest = max(measured, key=lambda job: job.spec.created_at)
    found = read_result(workspace, newest.id)["evaluation"]["id"]
    return load_evaluation(workspace, found)
