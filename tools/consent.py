"""A yes that lasts: what a user allowed for the rest of a session, shown and taken back at will.

It lies beside the conversation, not in it: a copy of the conversation, a fork or an export takes no
yes along. There is none for money and for deletions (see :class:`~luthier.tools.questions.Approval`).
"""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict

from luthier.tools.database import open_database, writing
from luthier.tools.migrations import TOOLS
from luthier.tools.questions import Lasting
from luthier.tools.workspace import Workspace


class Allowed(BaseModel):
    """One lasting yes; ``words`` say what is no longer asked."""

    model_config = ConfigDict(frozen=True)

    key: str
    words: str
    given_at: str


def allow(workspace: Workspace, session_id: str, lasting: Lasting) -> None:
    """From now on this is not asked again in this session; saying it twice is harmless."""
    row = {
        "session_id": session_id,
        "key": lasting.key,
        "words": lasting.words,
        "given_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    with open_database(workspace.database_path, [TOOLS]) as database, writing(database):
        database.table("lasting_yes").insert(row, replace=True)


def list_allowed(workspace: Workspace, session_id: str) -> tuple[Allowed, ...]:
    """Everything allowed for the rest of this session, oldest first."""
    with open_database(workspace.database_path, [TOOLS]) as database:
        rows = list(
            database.query(
                "select key, words, given_at from lasting_yes where session_id = ? "
                "order by given_at, key",
                [session_id],
            )
        )
    return tuple(Allowed.model_validate(row) for row in rows)


def take_back(workspace: Workspace, session_id: str, key: str = "") -> int:
    """Ask again from now on, about ``key`` or about everything; returns how many were taken back."""
    where, values = ("session_id = ?", [session_id])
    if key:
        where, values = (f"{where} and key = ?", [*values, key])
    with open_database(workspace.database_path, [TOOLS]) as database, writing(database):
        before = database.table("lasting_yes").count
        database.table("lasting_yes").delete_where(where, values)
        return int(before - database.table("lasting_yes").count)
