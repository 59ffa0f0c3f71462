"""LangGraph's checkpoints: opened safely, each message stored once, and old ones pruned.

LangGraph writes the whole conversation into every checkpoint. Here a checkpoint names its messages by
row instead, so that a step costs what it adds and not what was said before it, and a message that
was read once is not read again.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiosqlite
from langchain_core.messages import AnyMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
)
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from luthier.tools.errors import LuthierError
from luthier.tools.language import _

ROWS = "luthier_rows"
"""Stands in a stored checkpoint for its messages: pairs of first and last row."""

_TABLE = """
    create table if not exists messages (
        thread_id text not null, row integer not null, type text not null, value blob not null,
        primary key (thread_id, row)
    );
"""
_OUTDATED = """
    where thread_id = ? and (checkpoint_ns, checkpoint_id) not in (
        select checkpoint_ns, max(checkpoint_id) from checkpoints
        where thread_id = ? group by checkpoint_ns
    )
"""


class MessageSaver(AsyncSqliteSaver):
    """The SQLite saver of one conversation, whose messages are in rows of their own.

    A message object is never changed once it is part of a conversation, so its identity tells
    whether it is stored already.
    """

    def __init__(self, connection: aiosqlite.Connection, thread_id: str) -> None:
        super().__init__(connection, serde=JsonPlusSerializer(allowed_msgpack_modules=None))
        self._thread_id = thread_id
        self._by_row: dict[int, AnyMessage] = {}
        self._rows: dict[int, int] = {}
        self._named: list[list[int]] = []

    async def setup(self) -> None:
        """Make the tables; deleted conversations are to give their space back."""
        if not self.is_setup:
            await self.conn.execute("pragma auto_vacuum = incremental")
            await super().setup()
            await self.conn.executescript(_TABLE)
            await self.conn.commit()

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Store what is new of the messages, then the checkpoint that names them."""
        await self.setup()
        values = dict(checkpoint["channel_values"])
        if "messages" in values:
            self._named = _as_ranges(await self._store(values["messages"]))
            values["messages"] = {ROWS: self._named}
        slim: Checkpoint = {**checkpoint, "channel_values": values}
        return await super().aput(config, slim, metadata, new_versions)

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The newest checkpoint with its messages in place."""
        found = await super().aget_tuple(config)
        if found is None:
            return None
        values = found.checkpoint["channel_values"]
        named = values.get("messages")
        if isinstance(named, dict) and ROWS in named:
            values["messages"] = await self._load(named[ROWS])
        return found

    async def forget(self) -> None:
        """Forget the conversation and give its space back to the disk."""
        await self.adelete_thread(self._thread_id)
        async with self.lock:
            await self.conn.execute("delete from messages where thread_id = ?", (self._thread_id,))
            await self.conn.commit()
            await self.conn.execute_fetchall("pragma incremental_vacuum")

    async def keep_newest(self) -> None:
        """Keep the newest checkpoint only; a pending question or approval survives."""
        thread = self._thread_id
        async with self.lock:
            for table in ("writes", "checkpoints"):
                await self.conn.execute(f"delete from {table} {_OUTDATED}", (thread, thread))
            if self._named:
                kept = " or ".join("row between ? and ?" for _pair in self._named)
                bounds = [bound for pair in self._named for bound in pair]
                await self.conn.execute(
                    f"delete from messages where thread_id = ? and not ({kept})", (thread, *bounds)
                )
            await self.conn.commit()

    async def _store(self, messages: Sequence[AnyMessage]) -> list[int]:
        new = [message for message in messages if id(message) not in self._rows]
        if new:
            async with self.lock:
                last = await self.conn.execute_fetchall(
                    "select coalesce(max(row), 0) from messages where thread_id = ?",
                    (self._thread_id,),
                )
                for row, message in enumerate(new, start=int(next(iter(last))[0]) + 1):
                    self._remember(row, message)
                await self.conn.executemany(
                    "insert into messages (thread_id, row, type, value) values (?, ?, ?, ?)",
                    [
                        (self._thread_id, self._rows[id(message)], *self.serde.dumps_typed(message))
                        for message in new
                    ],
                )
                await self.conn.commit()
        return [self._rows[id(message)] for message in messages]

    async def _load(self, ranges: Sequence[Sequence[int]]) -> list[AnyMessage]:
        wanted = [row for first, last in ranges for row in range(first, last + 1)]
        if not all(row in self._by_row for row in wanted):
            async with self.lock:
                found = await self.conn.execute_fetchall(
                    "select row, type, value from messages where thread_id = ?",
                    (self._thread_id,),
                )
            for row, kind, value in found:
                if row not in self._by_row:
                    self._remember(row, self.serde.loads_typed((kind, value)))
        return [self._by_row[row] for row in wanted]

    def _remember(self, row: int, message: AnyMessage) -> None:
        """Keep the object alive: an id is only unique among objects that live."""
        self._by_row[row] = message
        self._rows[id(message)] = row


@asynccontextmanager
async def open_checkpoints(path: Path, thread_id: str) -> AsyncIterator[MessageSaver]:
    """The saver of one conversation in the checkpoint file; only plain types are ever loaded from it.

    Raises:
        LuthierError: the file cannot be opened or is not a database.
    """
    try:
        async with aiosqlite.connect(path, timeout=10) as connection:
            saver = MessageSaver(connection, thread_id)
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


def conversation_sizes(path: Path) -> dict[str, int]:
    """Bytes that each conversation takes, by session; empty where nothing was said yet."""
    if not path.exists():
        return {}
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
    try:
        found = connection.execute(
            "select thread_id, sum(length(value)) from messages group by thread_id"
        )
        return {str(thread): int(size) for thread, size in found}
    except sqlite3.OperationalError:
        return {}  # a file from before messages had rows of their own
    finally:
        connection.close()


def _as_ranges(rows: Iterable[int]) -> list[list[int]]:
    """Row numbers as pairs of first and last: a conversation is mostly one run of rows."""
    ranges: list[list[int]] = []
    for row in rows:
        if ranges and row == ranges[-1][1] + 1:
            ranges[-1][1] = row
        else:
            ranges.append([row, row])
    return ranges
