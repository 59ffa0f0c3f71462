"""A job's folder: the one truth about the job, readable by any process at any moment.

``spec.json`` what to run, ``status.json`` where it stands, ``control.json`` what the user asked
for, ``events.jsonl`` what the worker reported, ``outcome.json`` how the worker's attempt ended,
``result.json`` what it returned, ``exit.json`` how the job ended, ``worker.log`` and ``runner.log``
for bugs, ``output/`` the worker's files. Whoever changes ``status.json`` holds :func:`locked`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict

from luthier.tools.errors import LuthierError
from luthier.tools.files import read_json, write_json
from luthier.tools.jobs.model import Job, JobEvent, JobSpec, JobState, JobStatus
from luthier.tools.language import _

LOCK_SECONDS = 20.0


class Outcome(BaseModel):
    """How one attempt of a worker ended, in the worker's own words."""

    model_config = ConfigDict(frozen=True)

    attempt: int
    state: Literal["succeeded", "failed", "paused", "cancelled"]
    error: dict[str, str] | None = None


def now() -> str:
    """This moment in UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the right to change ``status.json``; freed by the system when the holder dies.

    Raises:
        LuthierError: another process holds it for longer than twenty seconds.
    """
    lock = FileLock(folder / ".lock", timeout=LOCK_SECONDS)
    try:
        lock.acquire()
    except Timeout as error:
        raise LuthierError(
            _("The job is being changed by another Luthier."),
            remedy=_("Try again in a moment."),
            place=str(folder),
            code="job.busy",
        ) from error
    try:
        yield
    finally:
        lock.release()


def read_spec(folder: Path) -> JobSpec:
    """What the job runs.

    Raises:
        LuthierError: the folder or its specification is gone or damaged.
    """
    try:
        data = read_json(folder / "spec.json")
        if data is not None:
            return JobSpec.model_validate(data)
    except ValueError as error:
        raise _unreadable(folder, _("Its spec.json is damaged.")) from error
    raise _unreadable(folder, _("Its folder or its spec.json is missing."))


def read_status(folder: Path) -> JobStatus:
    """Where the job stands; a job that was written but never started is ``QUEUED``.

    Raises:
        LuthierError: the status is damaged.
    """
    try:
        data = read_json(folder / "status.json")
        return JobStatus.model_validate(data or {"state": JobState.QUEUED})
    except ValueError as error:
        raise _unreadable(folder, _("Its status.json is damaged.")) from error


def write_status(folder: Path, status: JobStatus) -> JobStatus:
    """Replace the status; the caller holds :func:`locked`. Returns it with its time."""
    stamped = status.model_copy(update={"updated_at": now()})
    write_json(folder / "status.json", stamped.model_dump(mode="json"))
    return stamped


def read_request(folder: Path) -> Literal["pause", "cancel"] | None:
    """What the user asked of the job and it has not yet done."""
    request = (read_json(folder / "control.json") or {}).get("request")
    return request if request in ("pause", "cancel") else None


def read_outcome(folder: Path, attempt: int) -> Outcome | None:
    """How this attempt of the worker ended, or None where it left no word."""
    data = read_json(folder / "outcome.json")
    outcome = None if data is None else Outcome.model_validate(data)
    return outcome if outcome and outcome.attempt == attempt else None


def append_event(folder: Path, event: JobEvent) -> None:
    """Add one line to ``events.jsonl`` in one write; a line torn by a killed writer is ended."""
    path = folder / "events.jsonl"
    line = (event.model_dump_json(exclude_none=True) + "\n").encode()
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        size = os.fstat(handle).st_size
        torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
        os.write(handle, b"\n" + line if torn else line)
    finally:
        os.close(handle)


def read_job(folder: Path) -> Job:
    """The job as of now, with a request that its processes have not taken up yet.

    Raises:
        LuthierError: the folder is gone or damaged.
    """
    status = read_status(folder)
    if status.state in (JobState.QUEUED, JobState.RUNNING):
        request = read_request(folder)
        if request:
            state = JobState.PAUSING if request == "pause" else JobState.CANCELLING
            status = status.model_copy(update={"state": state})
    return Job(spec=read_spec(folder), status=status, folder=str(folder))


def log_tail(folder: Path, lines: int = 5) -> str:
    """The last lines that the worker wrote to its log."""
    try:
        with (folder / "worker.log").open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - 4000))
            text = log.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.strip().splitlines()[-lines:])


def _unreadable(folder: Path, why: str) -> LuthierError:
    return LuthierError(
        _("This job cannot be read."),
        why=why,
        remedy=_("See `luthier jobs list` for the jobs that can."),
        place=str(folder),
        code="job.unreadable",
    )
