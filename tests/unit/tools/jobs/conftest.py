"""Jobs with real processes whose worker functions are fakes."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from luthier.tools.jobs import store, supervisor
from luthier.tools.jobs.folder import read_status
from luthier.tools.jobs.model import Job, JobState
from luthier.tools.workspace import Workspace

FAKES = Path(__file__).resolve().parents[3] / "fakes" / "jobs"
RESTING = (*(state for state in JobState if state.is_final), JobState.PAUSED)

Launch = Callable[..., Job]
Wait = Callable[..., Job]


@pytest.fixture
def jobs_workspace(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """A workspace whose jobs run fake workers; whatever is left alive is ended afterwards."""
    monkeypatch.setattr(supervisor, "RUNNER", [sys.executable, "-P", str(FAKES / "runner.py")])
    yield workspace
    for job in store.list_jobs(workspace):
        status = read_status(Path(job.folder))
        if job.status.state not in RESTING:
            for pid in (status.supervisor_pid, status.worker_pid):
                kill(pid)


def kill(pid: int) -> None:
    """End a process that this test started."""
    if pid > 0:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return


@pytest.fixture
def launch(jobs_workspace: Workspace) -> Launch:
    """Launch a fake job: ``launch("count", until=5)``."""

    def start(do: str, key: str = "", **payload: Any) -> Job:
        return supervisor.launch(
            jobs_workspace,
            kind="train",
            session_id="session",
            title="Counting",
            payload={"do": do, **payload},
            idempotency_key=key or f"{do}-{time.monotonic_ns()}",
        )

    return start


@pytest.fixture
def wait(jobs_workspace: Workspace) -> Wait:
    """Wait until a job fulfils a condition (by default: until it rests), at most 30 s."""

    def until(
        job: Job, condition: Callable[[Job], bool] = lambda job: job.status.state in RESTING
    ) -> Job:
        deadline = time.monotonic() + 30
        while not condition(current := store.get_job(jobs_workspace, job.id)):
            assert time.monotonic() < deadline, f"waited in vain: {current.status}"
            time.sleep(0.02)
        return current

    return until
