"""What a session holds on the disk, what of it would go with the session, and letting it go."""

from __future__ import annotations

import asyncio
import shutil
import time
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from luthier.agent.checkpoints import conversation_sizes
from luthier.agent.conversation import forget_conversation
from luthier.agent.locks import alone_with, lock_path
from luthier.agent.store import SessionInfo, forget_session, get_session, sessions_database
from luthier.agent.titles import shown_title
from luthier.tools.database import writing
from luthier.tools.errors import LuthierError
from luthier.tools.hosting.store import delete_export, list_exports
from luthier.tools.jobs.model import Job, JobState
from luthier.tools.jobs.store import list_jobs
from luthier.tools.jobs.supervisor import reconcile_job, request_cancel
from luthier.tools.language import _, plural
from luthier.tools.wording import size
from luthier.tools.workspace import Workspace

CANCEL_SECONDS = 45.0
"""A job that was asked to end is killed by its runner after thirty seconds."""


class Thing(BaseModel):
    """One folder that belongs to a session; ``used_by`` names what else needs it, so it stays."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["job", "data set", "adapter", "export"]
    id: str
    title: str
    bytes: int
    running: bool = False
    used_by: str = ""


class Belongings(BaseModel):
    """A session with everything that is its own; an adapter lies inside of its job."""

    model_config = ConfigDict(frozen=True)

    info: SessionInfo
    conversation_bytes: int
    things: tuple[Thing, ...] = Field(description="jobs, data sets, adapters, exports")

    @property
    def goes(self) -> tuple[Thing, ...]:
        """What goes with the session."""
        return tuple(thing for thing in self.things if not thing.used_by)

    @property
    def stays(self) -> tuple[Thing, ...]:
        """What stays, because something else needs it."""
        return tuple(thing for thing in self.things if thing.used_by)

    @property
    def running(self) -> tuple[Thing, ...]:
        """The jobs that are at work."""
        return tuple(thing for thing in self.goes if thing.running)

    @property
    def bytes(self) -> int:
        """Bytes that deleting the session frees; an adapter is counted with its job."""
        folders = sum(thing.bytes for thing in self.goes if thing.kind != "adapter")
        return self.conversation_bytes + folders


def belongings(workspace: Workspace, session_id: str) -> Belongings:
    """What the session holds.

    Raises:
        LuthierError: there is no such session.
    """
    info = get_session(workspace, session_id)
    jobs = [reconcile_job(workspace, job) for job in list_jobs(workspace, info.id)]
    things: list[Thing] = []
    for job in jobs:
        things += _job_things(workspace, info, job)
    things += _dataset_things(workspace, info, {thing.id for thing in things if thing.used_by})
    things += _export_things(workspace, {thing.id: thing.used_by for thing in things})
    taken = conversation_sizes(workspace.checkpoints_path).get(info.id, 0)
    return Belongings(info=info, conversation_bytes=taken, things=tuple(things))


def sizes(workspace: Workspace) -> dict[str, int]:
    """Bytes on disk per session: its conversation, the jobs it started, the data sets it used."""
    found = conversation_sizes(workspace.checkpoints_path)
    with sessions_database(workspace) as database:
        owned = [(row["session_id"], row["id"]) for row in database.query("select * from jobs")]
        used = list(database.query("select * from session_datasets"))
    for session_id, job_id in owned:
        found[session_id] = found.get(session_id, 0) + folder_bytes(workspace.jobs / job_id)
    for row in used:
        more = folder_bytes(workspace.datasets / row["dataset_id"])
        found[row["session_id"]] = found.get(row["session_id"], 0) + more
    return found


async def delete_session(
    workspace: Workspace, session_id: str, *, running: Literal["cancel", "keep"]
) -> Belongings:
    """Delete a session with all that is its own; the caller has the user's yes.

    Args:
        running: whether jobs at work are cancelled and deleted, or go on and are kept.

    Returns:
        what the session held before.

    Raises:
        LuthierError: there is no such session, it is open, or a job does not end.
    """
    held = await asyncio.to_thread(belongings, workspace, session_id)
    with alone_with(workspace, held.info.id):
        if running == "cancel":
            await asyncio.to_thread(_cancel, workspace, held.running)
        gone = [one for one in held.goes if running == "cancel" or not one.running]
        await asyncio.to_thread(_remove, workspace, held.info.id, gone)
        await forget_conversation(workspace, held.info.id)
        await asyncio.to_thread(forget_session, workspace, held.info.id)
    lock_path(workspace, held.info.id).unlink(missing_ok=True)
    return held


def deletion_lines(held: Belongings) -> list[str]:
    """What goes with a session and what stays, line by line."""
    kinds = {
        "job": _("job"),
        "data set": _("data set"),
        "adapter": _("adapter"),
        "export": _("export"),
    }
    lines = [_("Deleting “{title}” takes away:", title=shown_title(held.info.title))]
    lines.append(
        "  "
        + plural(
            "{n} message, {size}",
            "{n} messages, {size}",
            held.info.messages,
            size=size(held.conversation_bytes),
        )
    )
    for thing in held.goes:
        running = f" ({_('running')})" if thing.running else ""
        lines.append(f"  {kinds[thing.kind]}: {thing.title}, {size(thing.bytes)}{running}")
    lines.append("  " + _("together {size}", size=size(held.bytes)))
    lines += [
        _(
            "Stays, because “{user}” needs it: {kind} {title}",
            user=thing.used_by,
            kind=kinds[thing.kind],
            title=thing.title,
        )
        for thing in held.stays
    ]
    return lines


def folder_bytes(folder: Path) -> int:
    """Bytes of all files in a folder; files that vanish meanwhile count for nothing."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += 0 if path.is_symlink() or not path.is_file() else path.stat().st_size
        except FileNotFoundError:
            continue
    return total


def _job_things(workspace: Workspace, info: SessionInfo, job: Job) -> list[Thing]:
    folder = Path(job.folder)
    state = job.status.state
    running = not state.is_final and state is not JobState.PAUSED
    used_by = _others_title(workspace, info, job)
    whole = Thing(
        kind="job",
        id=job.id,
        title=job.spec.title,
        bytes=folder_bytes(folder),
        running=running,
        used_by=used_by,
    )
    adapters = [
        Thing(
            kind="adapter",
            id=job.id,
            title=job.spec.title,
            bytes=folder_bytes(path.parent),
            used_by=used_by,
        )
        for path in sorted(
            (
                *folder.glob("output/adapter/adapter_config.json"),
                *folder.glob("output/model/config.json"),
            )
        )
    ]
    return [whole, *adapters]


def _others_title(workspace: Workspace, info: SessionInfo, job: Job) -> str:
    """The title of another session that knows this job, or empty."""
    with sessions_database(workspace) as database:
        rows = list(
            database.query(
                "select title from sessions where id <> :id and (id = :owner or id in "
                "(select session_id from shared_jobs where job_id = :job)) limit 1",
                {"id": info.id, "owner": job.spec.session_id, "job": job.id},
            )
        )
    return str(rows[0]["title"]) if rows else ""


def _dataset_things(workspace: Workspace, info: SessionInfo, kept_jobs: set[str]) -> list[Thing]:
    with sessions_database(workspace) as database:
        mine = list(
            database.query(
                "select d.dataset_id as id, coalesce(n.name, d.dataset_id) as name, "
                "(select s.title from session_datasets o join sessions s on s.id = o.session_id "
                " where o.dataset_id = d.dataset_id and o.session_id <> d.session_id limit 1) "
                "as other from session_datasets d left join datasets n on n.id = d.dataset_id "
                "where d.session_id = ?",
                [info.id],
            )
        )
    own = {job.id for job in list_jobs(workspace, info.id)} - kept_jobs
    others = [job for job in list_jobs(workspace) if job.id not in own]
    things = []
    for row in mine:
        needed = next((one for one in others if row["id"] in str(one.spec.payload)), None)
        things.append(
            Thing(
                kind="data set",
                id=row["id"],
                title=row["name"],
                bytes=folder_bytes(workspace.datasets / row["id"]),
                used_by=row["other"] or (needed.spec.title if needed else ""),
            )
        )
    return things


def _export_things(workspace: Workspace, users: dict[str, str]) -> list[Thing]:
    """Exports of the jobs at hand; one stays where its job stays."""
    return [
        Thing(
            kind="export",
            id=export.id,
            title=export.title,
            bytes=folder_bytes(workspace.exports / export.id),
            used_by=users[export.train_job],
        )
        for export in list_exports(workspace)
        if export.train_job in users and (workspace.exports / export.id).is_dir()
    ]


def _cancel(workspace: Workspace, running: tuple[Thing, ...]) -> None:
    """Ask jobs to end and wait until they have."""
    for thing in running:
        request_cancel(workspace, thing.id)
    deadline = time.monotonic() + CANCEL_SECONDS
    for thing in running:
        while not _is_over(workspace, thing.id):
            if time.monotonic() > deadline:
                raise LuthierError(
                    _("“{title}” does not end.", title=thing.title),
                    remedy=_("Try again in a minute. Nothing was deleted."),
                    code="session.job_lives",
                )
            time.sleep(0.2)


def _is_over(workspace: Workspace, job_id: str) -> bool:
    jobs = [job for job in list_jobs(workspace) if job.id == job_id]
    return all(reconcile_job(workspace, job).status.state.is_final for job in jobs)


def _remove(workspace: Workspace, session_id: str, gone: list[Thing]) -> None:
    """Take the rows away first: a folder without a row is rubbish, a row without one is a fault."""
    with sessions_database(workspace) as database, writing(database):
        for thing in gone:
            if thing.kind == "job":
                database.table("evaluations").delete_where("job_id = ?", [thing.id])
                database.table("shared_jobs").delete_where("job_id = ?", [thing.id])
                database.table("jobs").delete_where("id = ?", [thing.id])
            elif thing.kind == "data set":
                database.table("datasets").delete_where("id = ?", [thing.id])
    for thing in gone:
        if thing.kind == "export":
            delete_export(workspace, thing.id)
        elif thing.kind != "adapter":
            parent = workspace.jobs if thing.kind == "job" else workspace.datasets
            shutil.rmtree(parent / thing.id, ignore_errors=True)
