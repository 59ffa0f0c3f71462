"""The agent room's tables, as numbered steps that are never edited once released."""

from __future__ import annotations

from luthier.tools.sqlite import Database, Migrations

AGENT = Migrations("agent")


@AGENT()
def m001_sessions(database: Database) -> None:
    """Sessions: what the list shows; the conversation itself is in the checkpoints."""
    database.table("sessions").create(
        {
            "id": str,
            "title": str,
            "stage": str,
            "created_at": str,
            "updated_at": str,
            "messages": int,
        },
        pk="id",
    )


@AGENT()
def m002_budgets(database: Database) -> None:
    """How much a session may use of language models, where the user set it for that session."""
    database.table("budgets").create(
        {"session_id": str, "tokens": int, "dollars": float}, pk="session_id"
    )
