"""Trainings at the stand-in as jobs with processes of their own, and what may befall these."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import psutil
from fakes.provider.server import Provider

from luthier.tools.jobs.model import Job, JobState
from luthier.tools.jobs.store import get_job, read_result
from luthier.tools.jobs.supervisor import launch
from luthier.tools.jobs.wait import wait_for
from luthier.tools.training.plan import Plan
from luthier.tools.workspace import Workspace


def start(workspace: Workspace, plan: Plan, name: str = "one") -> Job:
    """The training as a job with a runner and a worker of its own."""
    return launch(
        workspace,
        kind="train",
        session_id="session",
        title="Tuning at a provider",
        payload={"plan": plan.model_dump(mode="json")},
        idempotency_key=name,
        keys=("LUTHIER_API_KEY",),
        remote=True,
    )


def kill_worker(workspace: Workspace, job: Job) -> None:
    """As the out-of-memory killer does."""
    os.kill(get_job(workspace, job.id).status.worker_pid, signal.SIGKILL)


def kill_all(workspace: Workspace, job: Job) -> None:
    """As a power cut does to runner and worker."""
    status = get_job(workspace, job.id).status
    processes = [psutil.Process(pid) for pid in (status.supervisor_pid, status.worker_pid)]
    for process in processes:
        process.kill()
    until(lambda: all(is_gone(process) for process in processes))


def is_gone(process: psutil.Process) -> bool:
    """Whether it has ended, whoever has yet to take note of it."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for it; the clock is there for tests that hang."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def ends_well(workspace: Workspace, provider: Provider, job: Job) -> None:
    """Wait for the end: it succeeded, and the provider was asked for everything once."""
    ended = wait_for(workspace, job.id, lambda _job, _events: None)
    assert ended.status.state is JobState.SUCCEEDED, ended.status.error
    assert (provider.count("uploads"), provider.count("creations")) == (2, 1)
    assert read_result(workspace, job.id)["endpoint"]["model"].startswith("ft:")
