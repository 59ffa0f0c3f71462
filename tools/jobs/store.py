"""Finding jobs again: the table points to the folders, the folders hold the truth."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from luthier.tools.database import writing
from luthier.tools.errors import LuthierError
from luthier.tools.files import read_json
from luthier.tools.jobs.folder import now, read_job
from luthier.tools.jobs.model import STATE_WORDS, Job, JobState
from luthier.tools.language import _
from luthier.tools.sqlite import NotFoundError
from luthier.tools.workspace import Workspace

log = logging.getLogger(__name__)


def get_job(workspace: Workspace, job_id: str) -> Job:
    """The job with this id, or the one whose id alone begins or ends so.

    Raises:
        LuthierError: there is none (``job.not_found``), or several (``job.ambiguous``).
    """
    return read_job(workspace.jobs / _whole_id(workspace, job_id.strip()))


def list_jobs(workspace: Workspace, session_id: str | None = None) -> list[Job]:
    """The jobs, newest first; only those that one session knows where it is given.

    A session knows the jobs it started, and those of the session it was forked from.
    """
    with workspace.database() as database:
        found = database.query(
            "select id from jobs where :session is null or session_id = :session "
            "or id in (select job_id from shared_jobs where session_id = :session) "
            "order by created_at desc, id desc",
            {"session": session_id},
        )
        ids = [str(row["id"]) for row in found]
    return [job for job_id in ids if (job := _readable(workspace.jobs / job_id)) is not None]


def find_by_key(workspace: Workspace, idempotency_key: str) -> Job | None:
    """The job that was launched under this key, or None."""
    with workspace.database() as database:
        rows = list(
            database.table("jobs").rows_where("idempotency_key = ?", [idempotency_key], select="id")
        )
    return read_job(workspace.jobs / str(rows[0]["id"])) if rows else None


def read_result(workspace: Workspace, job_id: str) -> dict[str, Any]:
    """What the worker returned; only a job that succeeded has a result.

    Raises:
        LuthierError: the job has not succeeded (its own error where it failed).
    """
    job = get_job(workspace, job_id)
    result = read_json(Path(job.folder) / "result.json")
    if job.status.state is JobState.SUCCEEDED and isinstance(result, dict):
        return result
    if job.status.error:
        raise LuthierError.from_dict(job.status.error)
    raise LuthierError(
        _("“{title}” has no result yet.", title=job.spec.title),
        why=_("The job is {state}.", state=_(STATE_WORDS[job.status.state])),
        remedy=_("Wait until it has succeeded, or resume it if it is paused or lost."),
        code="job.no_result",
    )


def insert_job(workspace: Workspace, job: Job) -> None:
    """Make a new job findable."""
    with workspace.database() as database, writing(database):
        database.table("jobs").insert(
            {
                "id": job.id,
                "session_id": job.spec.session_id,
                "kind": job.spec.kind,
                "state": job.status.state.value,
                "idempotency_key": job.spec.idempotency_key,
                "created_at": job.spec.created_at,
                "finished_at": "",
                "summary": job.spec.title,
            }
        )


def share_jobs(workspace: Workspace, session_id: str, other_id: str) -> None:
    """Let the session ``other_id`` know the jobs that ``session_id`` knows now."""
    with workspace.database() as database, writing(database):
        database.execute(
            "insert or ignore into shared_jobs (job_id, session_id) "
            "select id, :other from jobs where session_id = :session union "
            "select job_id, :other from shared_jobs where session_id = :session",
            {"session": session_id, "other": other_id},
        )


def share_job(workspace: Workspace, job_id: str, session_id: str) -> None:
    """Let a session know one job of another session's."""
    with workspace.database() as database, writing(database):
        row = {"job_id": job_id, "session_id": session_id}
        database.table("shared_jobs").insert(row, ignore=True)


def record_state(workspace: Workspace, job_id: str, state: JobState) -> None:
    """Bring the table in step with the folder; a job the table does not know is left alone."""
    finished_at = now() if state.is_final else ""
    with workspace.database() as database, writing(database):
        table = database.table("jobs")
        if table.count_where("id = ? and state <> ?", [job_id, state.value]):
            table.update(job_id, {"state": state.value, "finished_at": finished_at})


def recorded_states(workspace: Workspace) -> dict[str, JobState]:
    """What the table says of every job, by id."""
    with workspace.database() as database:
        rows = list(database.table("jobs").rows_where(select="id, state"))
    return {str(row["id"]): JobState(row["state"]) for row in rows}


def _readable(folder: Path) -> Job | None:
    """The job, or None where its folder was removed or damaged: the others are shown all the same."""
    try:
        return read_job(folder)
    except LuthierError as error:
        log.warning("job passed over: %s", error.as_text())
        return None


def _whole_id(workspace: Workspace, part: str) -> str:
    with workspace.database() as database:
        table = database.table("jobs")
        try:
            return str(table.get(part)["id"])
        except NotFoundError:
            wanted = part.upper()
            ids = [str(row["id"]) for row in table.rows_where(select="id")]
    found = [one for one in ids if wanted and (one.startswith(wanted) or one.endswith(wanted))]
    if len(found) == 1:
        return found[0]
    if found:
        raise LuthierError(
            _("{found} jobs begin or end with “{part}”.", found=len(found), part=part),
            remedy=_("Give more letters of the id."),
            code="job.ambiguous",
        )
    raise LuthierError(
        _("There is no job “{part}”.", part=part),
        remedy=_("`luthier jobs list` shows them all."),
        code="job.not_found",
    )
