"""Starting jobs, asking them to stop, going on with them, and finding out what became of them.

Every function returns at once: the work belongs to a runner process in a session of its own, which
outlives whoever called. Calls from several processes are put in order by the job's lock.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from filelock import FileLock

from luthier.tools.errors import LuthierError
from luthier.tools.files import write_json
from luthier.tools.identifiers import new_id
from luthier.tools.jobs import store
from luthier.tools.jobs.environment import job_environment
from luthier.tools.jobs.folder import (
    locked,
    log_tail,
    now,
    read_job,
    read_outcome,
    read_spec,
    read_status,
    write_status,
)
from luthier.tools.jobs.model import STATE_WORDS, Job, JobKind, JobSpec, JobState, JobStatus
from luthier.tools.jobs.processes import created_at, is_alive
from luthier.tools.language import _
from luthier.tools.workspace import Workspace

RUNNER = [sys.executable, "-P", "-m", "luthier.tools.jobs.runner"]
RESUMABLE = (JobState.PAUSED, JobState.LOST, JobState.FAILED)


def launch(
    workspace: Workspace,
    *,
    kind: JobKind,
    session_id: str,
    title: str,
    payload: dict[str, Any],
    idempotency_key: str,
    keys: tuple[str, ...] = (),
    remote: bool = False,
    pausable: bool = True,
) -> Job:
    """Start a job in a process of its own, or find the one already launched under this key.

    ``keys``, ``remote`` and ``pausable`` are those of :class:`~luthier.tools.jobs.model.JobSpec`.

    Raises:
        LuthierError: the home folder is full or not writable.
    """
    with FileLock(workspace.jobs / ".launch.lock"):
        job = store.find_by_key(workspace, idempotency_key)
        if job is None:
            spec = JobSpec(
                id=new_id(),
                kind=kind,
                session_id=session_id,
                title=title,
                payload=payload,
                idempotency_key=idempotency_key,
                created_at=now(),
                keys=keys,
                remote=remote,
                pausable=pausable,
            )
            job = _write(workspace, spec)
    folder = Path(job.folder)
    with locked(folder):
        status = read_status(folder)
        if status.state is JobState.QUEUED and not _runner_lives(status):
            _start_runner(workspace, folder, status)
    return read_job(folder)


def request_pause(workspace: Workspace, job_id: str) -> Job:
    """Ask the job to save a checkpoint and end; it becomes ``PAUSED`` when its process is gone.

    Raises:
        LuthierError: the job has already ended, or cannot be paused (``job.no_pause``).
    """
    spec = store.get_job(workspace, job_id).spec
    if not spec.pausable:
        raise LuthierError(
            _("“{title}” cannot be paused.", title=spec.title),
            why=_("It keeps no checkpoints, so a pause would lose all that it has done."),
            remedy=_("Let it go on, also while this chat is closed, or cancel it."),
            code="job.no_pause",
        )
    return _request_stop(workspace, job_id, "pause", JobState.PAUSED)


def request_cancel(workspace: Workspace, job_id: str) -> Job:
    """Ask the job to end for good; after thirty seconds its process is killed.

    Raises:
        LuthierError: the job has already ended.
    """
    return _request_stop(workspace, job_id, "cancel", JobState.CANCELLED)


def resume(workspace: Workspace, job_id: str) -> Job:
    """Go on with a paused, lost or failed job from its newest complete checkpoint.

    A job that is at work already is left alone.

    Raises:
        LuthierError: the job succeeded or was cancelled, or is still stopping.
    """
    folder = Path(store.get_job(workspace, job_id).folder)
    with locked(folder):
        job = _settle(workspace, read_job(folder))
        state = job.status.state
        if state in (JobState.QUEUED, JobState.RUNNING) and _anyone_lives(job.status):
            return job
        if state in (JobState.PAUSING, JobState.CANCELLING):
            raise LuthierError(
                _("“{title}” is still stopping.", title=job.spec.title),
                remedy=_("Try again when it has saved its work; that takes some seconds."),
                code="job.stopping",
            )
        if state not in RESUMABLE and state is not JobState.QUEUED:
            raise _already_ended(job)
        (folder / "control.json").unlink(missing_ok=True)
        status = JobStatus(state=JobState.QUEUED, attempt=job.status.attempt + 1)
        _start_runner(workspace, folder, status)
        store.record_state(workspace, job.id, JobState.QUEUED)
    return read_job(folder)


def reconcile(workspace: Workspace) -> list[Job]:
    """Find out what became of every job, after a crash or a restart of the machine.

    A worker whose runner died gets a new runner. A job whose processes are both gone takes the
    state that its worker left behind, or else becomes ``LOST``, which can be resumed.

    Returns:
        the jobs whose state changed by this.
    """
    recorded = store.recorded_states(workspace)
    changed = []
    for before in store.list_jobs(workspace):
        after = reconcile_job(workspace, before)
        if recorded.get(after.id) is not after.status.state:
            store.record_state(workspace, after.id, after.status.state)
        if after.status.state is not before.status.state:
            changed.append(after)
    return changed


def reconcile_job(workspace: Workspace, job: Job) -> Job:
    """The one job as it really is; costs next to nothing while its runner lives."""
    status = job.status
    if status.state.is_final or status.state is JobState.PAUSED or _runner_lives(status):
        return job
    folder = Path(job.folder)
    with locked(folder):
        return _settle(workspace, read_job(folder))


def _write(workspace: Workspace, spec: JobSpec) -> Job:
    folder = workspace.jobs / spec.id
    try:
        folder.mkdir()
        write_json(folder / "spec.json", spec.model_dump(mode="json"))
    except OSError as error:
        raise LuthierError(
            _("The job could not be started."),
            why=_("The system says: {reason}.", reason=error.strerror or error),
            remedy=_("Free some disk space or check that you may write to this folder."),
            place=str(folder),
            code="job.not_writable",
        ) from error
    job = read_job(folder)
    store.insert_job(workspace, job)
    return job


def _start_runner(
    workspace: Workspace, folder: Path, status: JobStatus, *, adopt: bool = False
) -> None:
    """Start a runner, which first waits for the lock that the caller holds."""
    with (folder / "runner.log").open("ab") as log:
        process = subprocess.Popen(
            [*RUNNER, str(folder), *(["--adopt"] if adopt else [])],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=job_environment(workspace, keys=read_spec(folder).keys),
            start_new_session=True,
        )
    # The runner outlives us; while we live, somebody has to collect it when it ends.
    threading.Thread(target=process.wait, name=f"reap-{folder.name}", daemon=True).start()
    started = created_at(process.pid)
    write_status(
        folder,
        status.model_copy(update={"supervisor_pid": process.pid, "supervisor_started": started}),
    )


def _request_stop(workspace: Workspace, job_id: str, request: str, rest: JobState) -> Job:
    job = store.get_job(workspace, job_id)
    folder = Path(job.folder)
    with locked(folder):
        job = _settle(workspace, read_job(folder))
        state = job.status.state
        if state is rest:
            return job
        if state.is_final and not (state is JobState.LOST and rest is JobState.CANCELLED):
            raise _already_ended(job)
        if state not in RESUMABLE and _anyone_lives(job.status):
            write_json(folder / "control.json", {"request": request, "at": now()})
        elif job.spec.remote and request == "cancel":
            write_json(folder / "control.json", {"request": request, "at": now()})
            attempt = job.status.attempt + 1
            _start_runner(workspace, folder, JobStatus(state=JobState.CANCELLING, attempt=attempt))
        else:
            write_status(folder, job.status.model_copy(update={"state": rest}))
        job = read_job(folder)
        store.record_state(workspace, job.id, job.status.state)
    return job


def _settle(workspace: Workspace, job: Job) -> Job:
    """Bring the status in line with the processes that are really there; the lock is held."""
    status, folder = job.status, Path(job.folder)
    if status.state.is_final or status.state is JobState.PAUSED or _runner_lives(status):
        return job
    if is_alive(status.worker_pid, status.worker_started):
        recorded = read_status(folder)
        _start_runner(workspace, folder, recorded, adopt=True)
        return read_job(folder)
    outcome = read_outcome(folder, status.attempt)
    cancelling = status.state is JobState.CANCELLING
    overtaken = cancelling and outcome is not None and outcome.state == "paused"
    if outcome and not (overtaken and job.spec.remote):
        status = status.model_copy(
            update={"state": JobState(outcome.state), "error": outcome.error}
        )
    elif job.spec.remote and (cancelling or status.state is JobState.PAUSING):
        # nobody is left to tell whether the wish was passed on
        again = JobStatus(state=status.state, attempt=status.attempt + 1)
        _start_runner(workspace, folder, again)
        return read_job(folder)
    elif status.state is JobState.PAUSING:
        status = status.model_copy(update={"state": JobState.PAUSED})
    elif status.state is JobState.CANCELLING:
        status = status.model_copy(update={"state": JobState.CANCELLED})
    else:
        status = status.model_copy(update={"state": JobState.LOST, "error": _lost(job).as_dict()})
    write_status(folder, status)
    return read_job(folder)


def _runner_lives(status: JobStatus) -> bool:
    return is_alive(status.supervisor_pid, status.supervisor_started)


def _anyone_lives(status: JobStatus) -> bool:
    return _runner_lives(status) or is_alive(status.worker_pid, status.worker_started)


def _lost(job: Job) -> LuthierError:
    tail = log_tail(Path(job.folder))
    return LuthierError(
        _("“{title}” was cut off.", title=job.spec.title),
        why=_(
            "Its processes are gone without a word: the machine was restarted, or somebody or "
            "something ended them."
        )
        + (f" {_('Its log ends with:')}{os.linesep}{tail}" if tail else ""),
        remedy=_(
            "Resume it: it goes on from its newest checkpoint, or from the start where none was "
            "saved yet."
        ),
        place=str(Path(job.folder) / "worker.log"),
        code="job.lost",
    )


def _already_ended(job: Job) -> LuthierError:
    return LuthierError(
        _("“{title}” has already ended.", title=job.spec.title),
        why=_("It is {state}.", state=_(STATE_WORDS[job.status.state])),
        remedy=_("Start it anew if you want it to run again."),
        code="job.ended",
    )
