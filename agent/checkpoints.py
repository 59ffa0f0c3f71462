"""LangGraph's checkpoints: opened safely, and pruned so that they do not grow quadratically."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiosqlite
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from luthier.tools.errors import LuthierError
from luthier.tools.language import _

_OUTDATED = """
    where thread_id = ? and (checkpoint_ns, checkpoint_id) not in (
        select checkpoint_ns, max(checkpoint_id) from checkpoints
        where thread_id = ? group by checkpoint_ns
    )
"""


@asynccontextmanager
async def open_checkpoints(path: Path) -> AsyncIterator[AsyncSqliteSaver]:
    """The saver over the checkpoint file; only plain types are ever loaded from it.

    Raises:
        LuthierError: the file cannot be opened or is not a database.
    """
    try:
        async with aiosqlite.connect(path, timeout=10) as connection:
            saver = AsyncSqliteSaver(
                connection, serde=JsonPlusSerializer(allowed_msgpack_modules=None)
            )
            await saver.setup()
            os.chmod(path, 0o600)
            yield saver
    except sqlite3.DatabaseError as error:
        raise LuthierError(
            _("The file with the conversations could not be used."),
            why=_("SQLite says: {error}.", error=error),
            remedy=_(
                "Free disk space, close other Luthiers, or move the file away to start afresh; "
                "data sets and models are kept elsewhere."
            ),
            place=str(path),
            code="checkpoints.unusable",
        ) from error


async def prune(saver: AsyncSqliteSaver, thread_id: str) -> None:
    """Keep the newest checkpoint of a session; a pending question or approval survives."""
    async with saver.lock:
        connection = saver.conn
        for table in ("writes", "checkpoints"):
            await connection.execute(f"delete from {table} {_OUTDATED}", (thread_id, thread_id))
        await connection.commit()
