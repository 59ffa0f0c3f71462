"""A job as it stands in its folder at some moment, held by this very process instead of a runner."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import psutil

from luthier.tools.errors import LuthierError
from luthier.tools.files import write_json
from luthier.tools.jobs.folder import write_status
from luthier.tools.jobs.model import (
    Job,
    JobEvent,
    JobKind,
    JobSpec,
    JobState,
    JobStatus,
    MetricsEvent,
    NoticeEvent,
)
from luthier.tools.jobs.store import insert_job
from luthier.tools.workspace import Workspace


def place_job(
    workspace: Workspace,
    events: Sequence[JobEvent] = (),
    *,
    job_id: str = "job-1",
    title: str = "Training on tickets.csv",
    kind: JobKind = "train",
    session_id: str = "fake-session",
    state: JobState = JobState.RUNNING,
) -> Job:
    """Make the job's folder and its line in the database."""
    folder = workspace.jobs / job_id
    folder.mkdir()
    spec = JobSpec(
        id=job_id,
        kind=kind,
        session_id=session_id,
        title=title,
        payload={},
        idempotency_key=job_id,
        created_at="2026-01-02T03:04:05+00:00",
    )
    write_json(folder / "spec.json", spec.model_dump(mode="json"))
    status = set_state(folder, state)
    report(folder, events)
    job = Job(spec=spec, status=status, folder=str(folder))
    insert_job(workspace, job)
    return job


def set_state(folder: Path, state: JobState, error: LuthierError | None = None) -> JobStatus:
    """Let the job be in ``state``."""
    status = JobStatus(
        state=state,
        supervisor_pid=os.getpid(),
        supervisor_started=psutil.Process().create_time(),
        error=error.as_dict() if error else None,
    )
    write_status(folder, status)
    return status


def report(folder: Path, events: Sequence[JobEvent]) -> None:
    """Append events as a worker does."""
    with (folder / "events.jsonl").open("a", encoding="utf-8") as stream:
        stream.writelines(event.model_dump_json(exclude_none=True) + "\n" for event in events)


def training_events(steps: int = 50, total: int = 108) -> list[JobEvent]:
    """A training that goes well: ``steps`` of ``total`` steps in three passes over the data."""
    events: list[JobEvent] = []
    for step in range(1, steps + 1):
        events.append(
            MetricsEvent(
                at=float(step),
                step=step,
                total_steps=total,
                epoch=step * 3 / total,
                total_epochs=3,
                loss=0.4 + 2.2 / (1 + step / 8) + (step % 5) * 0.02,
                validation_loss=0.55 + 2.0 / (1 + step / 7) if step % 12 == 0 else None,
                tokens_per_second=412.0,
                seconds_left=(total - step) * 4.0,
            )
        )
        if step % 12 == 0:
            note = f"Checkpoint at step {step}; the best so far."
            events.append(NoticeEvent(at=float(step), tone="good", text=note))
    return events
