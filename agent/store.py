"""The list of sessions: made, found, and kept up to date after every turn."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
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


class SessionInfo(BaseModel):
    """One line of the sessions list."""

    model_config = ConfigDict(frozen=True)

    id: str
    title: str
    stage: str
    created_at: str
    updated_at: str
    messages: int


@contextmanager
def _database(workspace: Workspace) -> Iterator[Database]:
    with open_database(workspace.database_path, [TOOLS, AGENT]) as database:
        yield database


def create_session(workspace: Workspace) -> SessionInfo:
    """A new, empty session."""
    now = _now()
    stamp = datetime.now(UTC).strftime("%y%m%d-%H%M%S")
    info = SessionInfo(
        id=f"{stamp}-{secrets.token_hex(2)}",
        title=NEW_TITLE,
        stage="decide",
        created_at=now,
        updated_at=now,
        messages=0,
    )
    with _database(workspace) as database, writing(database):
        database.table("sessions").insert(info.model_dump())
    return info


def list_sessions(workspace: Workspace) -> list[SessionInfo]:
    """All sessions, newest activity first."""
    with _database(workspace) as database:
        rows = list(database.query("select * from sessions order by updated_at desc, id desc"))
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
    raise LuthierError(
        _("Several sessions begin with {beginning}.", beginning=repr(session_id))
        if found
        else _("No session begins with {beginning}.", beginning=repr(session_id)),
        remedy=_("`luthier sessions` lists them all."),
        code="session.not_found",
    )


def delete_session(workspace: Workspace, session_id: str) -> None:
    """Take a session off the list; its data sets and jobs stay."""
    with _database(workspace) as database, writing(database):
        database.table("sessions").delete_where("id = ?", [session_id])


def update_session(
    workspace: Workspace, session_id: str, *, title: str, stage: str, messages: int
) -> None:
    """Bring a session's line up to date."""
    with _database(workspace) as database, writing(database):
        database.table("sessions").update(
            session_id,
            {"title": title, "stage": stage, "messages": messages, "updated_at": _now()},
        )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
