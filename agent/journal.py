"""What must not be lost or done twice when the process is killed: the user's words, and effects.

A message, answer or decision is noted before anything shows it, and crossed out once a checkpoint
holds it. An effect is noted as begun before its tool runs and as done with its result after, so that
a step that runs again after a crash takes the result instead of having the effect twice.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from luthier.agent.store import sessions_database
from luthier.tools.database import writing
from luthier.tools.workspace import Workspace

SpokenKind = Literal["message", "answer", "decision", "draft"]


@dataclass(frozen=True, slots=True)
class Spoken:
    """Something the user said: a message by its id, or a reply to the prompt of that id.

    A draft is a message that was given back to the user, who may say it after all.
    """

    id: str
    kind: SpokenKind
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Effects:
    """The effects of one session's tool calls."""

    workspace: Workspace
    session_id: str

    def begin(self, call_id: str) -> dict[str, Any] | None:
        """Note that a call is about to have its effect.

        Returns:
            None the first time; afterwards the outcome as :meth:`done` was given it, which is empty
            where the process ended before that.
        """
        with sessions_database(self.workspace) as database, writing(database):
            found = list(
                database.query(
                    "select outcome from effects where session_id = ? and call_id = ?",
                    [self.session_id, call_id],
                )
            )
            if found:
                outcome: dict[str, Any] = json.loads(found[0]["outcome"])
                return outcome
            database.table("effects").insert(
                {"session_id": self.session_id, "call_id": call_id, "outcome": "{}"}
            )
        return None

    def done(self, call_id: str, outcome: dict[str, Any]) -> None:
        """Keep what came of the effect."""
        with sessions_database(self.workspace) as database, writing(database):
            database.table("effects").update(
                (self.session_id, call_id), {"outcome": json.dumps(outcome)}
            )


def note_spoken(workspace: Workspace, session_id: str, spoken: Spoken) -> None:
    """Write down what the user said before anything is done about it."""
    with sessions_database(workspace) as database, writing(database):
        database.table("spoken").insert(
            {
                "id": spoken.id,
                "session_id": session_id,
                "kind": spoken.kind,
                "payload": json.dumps(spoken.payload),
                "created_at": datetime.now(UTC).isoformat(timespec="microseconds"),
            },
            replace=True,
        )


def read_spoken(workspace: Workspace, session_id: str) -> list[Spoken]:
    """What was said and not crossed out, in the order it was said."""
    with sessions_database(workspace) as database:
        rows = list(
            database.query(
                "select id, kind, payload from spoken where session_id = ? "
                "order by created_at, rowid",
                [session_id],
            )
        )
    return [Spoken(row["id"], row["kind"], json.loads(row["payload"])) for row in rows]


def cross_out(workspace: Workspace, session_id: str, spoken_ids: list[str]) -> None:
    """Forget what a checkpoint holds by now."""
    if spoken_ids:
        with sessions_database(workspace) as database, writing(database):
            for one in spoken_ids:
                database.table("spoken").delete_where(
                    "session_id = ? and id = ?", [session_id, one]
                )
