"""The list of sessions: made, found, renamed, archived, and kept up to date after every turn."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict

from luthier.agent.migrations import AGENT
from luthier.agent.titles import NEW_TITLE
from luthier.tools.database import open_database, writing
from luthier.tools.errors import LuthierError
from luthier.tools.language import _
from luthier.tools.migrations import TOOLS
from luthier.tools.sqlite import Database
from luthier.tools.workspace import Workspace

LONGEST_TITLE = 120

_TABLES = (
    "session_texts",
    "session_datasets",
    "spoken",
    "effects",
    "shared_jobs",
    "lasting_yes",
    "budgets",
)
"""Where things of a session stand besides its own line."""


class SessionInfo(BaseModel):
    """One line of the sessions list.

    ``named`` says that the user chose the title, which then stays; ``forked_from`` is the id of the
    session whose beginning this one shares: its first ``shared`` messages. ``branch_of`` is that
    session's title where the user had given it one.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    title: str
    stage: str
    created_at: str
    updated_at: str
    messages: int
    named: bool = False
    archived: bool = False
    forked_from: str = ""
    shared: int = 0
    branch_of: str = ""


@contextmanager
def sessions_database(workspace: Workspace) -> Iterator[Database]:
    """The database with the tables of both rooms."""
    with open_database(workspace.database_path, [TOOLS, AGENT]) as database:
        yield database


def create_session(
    workspace: Workspace,
    *,
    title: str = "",
    forked_from: str = "",
    named: bool = False,
    shared: int = 0,
    branch_of: str = "",
) -> SessionInfo:
    """A new, empty session."""
    now = _now()
    stamp = datetime.now(UTC).strftime("%y%m%d-%H%M%S")
    info = SessionInfo(
        id=f"{stamp}-{secrets.token_hex(2)}",
        title=title or NEW_TITLE,
        stage="decide",
        created_at=now,
        updated_at=now,
        messages=0,
        named=named,
        forked_from=forked_from,
        shared=shared,
        branch_of=branch_of,
    )
    with sessions_database(workspace) as database, writing(database):
        database.table("sessions").insert(info.model_dump())
    return info


def list_sessions(workspace: Workspace, *, archived: bool | None = None) -> list[SessionInfo]:
    """The sessions, newest activity first: all, or only archived ones, or only the others."""
    with sessions_database(workspace) as database:
        rows = list(
            database.query(
                "select * from sessions where :archived is null or archived = :archived "
                "order by updated_at desc, id desc",
                {"archived": None if archived is None else int(archived)},
            )
        )
    return [SessionInfo.model_validate(row) for row in rows]


def get_session(workspace: Workspace, session_id: str) -> SessionInfo:
    """One session by its id, or by the beginning of one where that is unambiguous.

    Raises:
        LuthierError: there is no such session, or several begin like that.
    """
    found = [info for info in list_sessions(workspace) if info.id.startswith(session_id)]
    exact = [info for info in found if info.id == session_id]
    if exact or len(found) == 1:
        return (exact or found)[0]
    what = (
        _("Several sessions begin with {beginning}.", beginning=repr(session_id))
        if found
        else _("No session begins with {beginning}.", beginning=repr(session_id))
    )
    raise LuthierError(
        what, remedy=_("`luthier sessions` lists them all."), code="session.not_found"
    )


def find_title(workspace: Workspace, session_id: str) -> str:
    """The title of a session, or empty where it is there no more."""
    with sessions_database(workspace) as database:
        rows = list(database.query("select title from sessions where id = ?", [session_id]))
    return str(rows[0]["title"]) if rows else ""


def rename_session(workspace: Workspace, session_id: str, title: str) -> SessionInfo:
    """Give a session a title that stays.

    Raises:
        LuthierError: there is no such session, or the title is empty.
    """
    words = " ".join(title.split())[:LONGEST_TITLE]
    if not words:
        raise LuthierError(
            _("A session needs a title of at least one letter."), code="session.title"
        )
    return _change(workspace, session_id, title=words, named=1)


def archive_session(workspace: Workspace, session_id: str, archived: bool = True) -> SessionInfo:
    """Take a session out of the list, or back into it; nothing of it is lost.

    Raises:
        LuthierError: there is no such session.
    """
    return _change(workspace, session_id, archived=int(archived))


def forget_session(workspace: Workspace, session_id: str) -> None:
    """Take everything of a session out of the tables; its data sets and jobs stay."""
    with sessions_database(workspace) as database, writing(database):
        database.table("sessions").delete_where("id = ?", [session_id])
        for table in _TABLES:
            database.table(table).delete_where("session_id = ?", [session_id])


def update_session(
    workspace: Workspace, session_id: str, *, title: str, stage: str, messages: int
) -> SessionInfo:
    """Bring a session's line up to date; a title that the user gave stays."""
    with sessions_database(workspace) as database, writing(database):
        database.execute(
            "update sessions set title = iif(named, title, :title), stage = :stage, "
            "messages = :messages, updated_at = :now where id = :id",
            {
                "title": title,
                "stage": stage,
                "messages": messages,
                "now": _now(),
                "id": session_id,
            },
        )
    return get_session(workspace, session_id)


def note_datasets(workspace: Workspace, session_id: str, dataset_ids: Iterable[str]) -> None:
    """Remember which data sets a session has used."""
    rows = [{"session_id": session_id, "dataset_id": one} for one in dataset_ids if one]
    if rows:
        with sessions_database(workspace) as database, writing(database):
            database.table("session_datasets").insert_all(rows, ignore=True)


def _change(workspace: Workspace, session_id: str, **values: object) -> SessionInfo:
    found = get_session(workspace, session_id)
    with sessions_database(workspace) as database, writing(database):
        database.table("sessions").update(found.id, values)
    return get_session(workspace, found.id)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
