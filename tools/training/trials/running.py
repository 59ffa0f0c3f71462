"""A training that another job starts and waits for: a job of its own, found again after a crash."""

from __future__ import annotations

import time
from typing import Any

from luthier.tools.errors import LuthierError
from luthier.tools.jobs import supervisor
from luthier.tools.jobs.context import JobContext, JobStopped
from luthier.tools.jobs.model import Job, JobState
from luthier.tools.jobs.store import read_result
from luthier.tools.jobs.wait import rests
from luthier.tools.training.plan import Plan

POLL_SECONDS = 0.3


def run_trial(
    context: JobContext, plan: Plan, title: str, number: int
) -> tuple[Job, dict[str, Any]]:
    """Train ``plan`` in a job of its own and wait; its result is empty where it did not succeed.

    The same trial of the same parent is one job, whatever was killed meanwhile; one that was cut off
    or paused with its parent goes on from its checkpoint.

    Raises:
        JobStopped: the parent was asked to stop; the trial was asked the same.
        LuthierError: the job cannot be started.
    """
    job = supervisor.launch(
        context.workspace,
        kind="trial",
        session_id=context.spec.session_id,
        title=title,
        payload={"plan": plan.model_dump(mode="json")},
        idempotency_key=f"{context.spec.id}:trial:{number}",
    )
    if job.status.state in (JobState.PAUSED, JobState.LOST):
        job = supervisor.resume(context.workspace, job.id)
    while not rests(job):
        request = context.stop_request
        if request:
            _stop(context, job, request)
            raise JobStopped(request)
        time.sleep(POLL_SECONDS)
        job = supervisor.reconcile_job(context.workspace, _read(context, job))
    if job.status.state is JobState.PAUSED:
        raise JobStopped("pause")
    if job.status.state is not JobState.SUCCEEDED:
        return job, {}
    return job, read_result(context.workspace, job.id)


def _read(context: JobContext, job: Job) -> Job:
    from luthier.tools.jobs.store import get_job

    return get_job(context.workspace, job.id)


def _stop(context: JobContext, job: Job, request: str) -> None:
    """Pass a request on and wait until the trial rests."""
    ask = supervisor.request_pause if request == "pause" else supervisor.request_cancel
    try:
        job = ask(context.workspace, job.id)
    except LuthierError as error:
        if error.code != "job.ended":
            raise
    while not rests(job):
        time.sleep(POLL_SECONDS)
        job = supervisor.reconcile_job(context.workspace, _read(context, job))
