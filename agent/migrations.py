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


@AGENT()
def m003_many_sessions(database: Database) -> None:
    """Names given by the user, the archive, forks, search, and what a session's data sets are."""
    sessions = database.table("sessions")
    sessions.add_column("named", int, not_null_default=0)
    sessions.add_column("archived", int, not_null_default=0)
    sessions.add_column("forked_from", str, not_null_default="")
    sessions.add_column("indexed", int, not_null_default=0)
    database.table("session_datasets").create(
        {"session_id": str, "dataset_id": str}, pk=("session_id", "dataset_id")
    )
    database.execute(
        "create virtual table session_texts using fts5("
        "session_id unindexed, message_id unindexed, text, "
        "tokenize = 'unicode61 remove_diacritics 2')"
    )


@AGENT()
def m004_journal(database: Database) -> None:
    """What the user said and no checkpoint holds yet, and effects that were begun or done."""
    database.table("spoken").create(
        {"id": str, "session_id": str, "kind": str, "payload": str, "created_at": str},
        pk=("session_id", "id"),
    )
    database.table("effects").create(
        {"session_id": str, "call_id": str, "outcome": str}, pk=("session_id", "call_id")
    )


@AGENT()
def m005_fork_titles(database: Database) -> None:
    """Where a fork begins to go its own way, and what the first session was called by the user."""
    sessions = database.table("sessions")
    sessions.add_column("shared", int, not_null_default=0)
    sessions.add_column("branch_of", str, not_null_default="")
