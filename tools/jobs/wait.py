"""Waiting for a job and hearing what it reports meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable

from luthier.tools.jobs import supervisor
from luthier.tools.jobs.follow import EventReader
from luthier.tools.jobs.model import Job, JobEvent, JobState
from luthier.tools.jobs.store import get_job
from luthier.tools.workspace import Workspace

POLL_SECONDS = 0.2

Listen = Callable[[Job, list[JobEvent]], None]


def rests(job: Job) -> bool:
    """Whether nothing more will happen to the job by itself."""
    return job.status.state.is_final or job.status.state is JobState.PAUSED


def wait_for(workspace: Workspace, job_id: str, listen: Listen) -> Job:
    """Wait until the job rests, whoever runs it; ``listen`` hears every change and every event.

    Interrupting the wait (Ctrl-C) leaves the job running.

    Raises:
        LuthierError: there is no such job.
    """
    job = get_job(workspace, job_id)
    reader, state = EventReader(job.folder), None
    while True:
        job = supervisor.reconcile_job(workspace, get_job(workspace, job.id))
        events = reader.read_new()
        if events or job.status.state is not state:
            state = job.status.state
            listen(job, events)
        if rests(job):
            return job
        time.sleep(POLL_SECONDS)
