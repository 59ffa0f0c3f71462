"""Talking to the served model beside its base: the served side goes through HTTP, as others do."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

from luthier.tools.data.model import Message
from luthier.tools.errors import LuthierError
from luthier.tools.hosting.chat import ChatProcess, Side
from luthier.tools.hosting.client import ServedModel
from luthier.tools.hosting.model import Server
from luthier.tools.hosting.serving import list_servers, read_key
from luthier.tools.hosting.store import get_export
from luthier.tools.workspace import Workspace


def find_served(workspace: Workspace, adapter: Path) -> Server | None:
    """The running server of the training that made ``adapter``, the newest one, if any runs."""
    for server in list_servers(workspace):
        try:
            train_job = get_export(workspace, server.export_id).train_job
        except LuthierError:
            continue  # its export was deleted while it ran
        if workspace.jobs / train_job in adapter.parents:
            return server
    return None


class ServedBesideBase:
    """The served model as the side ``tuned``, and a process of its own for the side ``base``."""

    def __init__(self, server: Server, base: ChatProcess) -> None:
        self.served_at = server.url
        self._client = ServedModel(server.url, read_key(server), server.model)
        self._base = base

    @classmethod
    async def start(cls, workspace: Workspace, model_id: str, server: Server) -> ServedBesideBase:
        """Load the base model beside the running server.

        Raises:
            LuthierError: the base model cannot be loaded, or the key cannot be read.
        """
        return cls(server, await ChatProcess.start(workspace, model_id))

    async def ask(
        self, messages: Sequence[Message], sides: Sequence[Side] = ("tuned", "base")
    ) -> AsyncIterator[tuple[Side, str]]:
        """Stream the answers as pairs of side and next piece of text, one side after the other.

        Raises:
            LuthierError: the server does not answer, or what the base side's process raises.
        """
        for side in sides:
            if side == "base":
                async for pair in self._base.ask(messages, ("base",)):
                    yield pair
            else:
                async for piece in streamed(lambda: self._client.stream(messages)):
                    yield "tuned", piece

    async def stop(self) -> None:
        """End the base side's process; the server runs on."""
        await self._base.stop()


async def streamed(read: Callable[[], Iterator[str]]) -> AsyncIterator[str]:
    """What a blocking reader reads, piece by piece, from a thread of its own.

    Raises:
        LuthierError: what the reader raises.
    """
    loop = asyncio.get_running_loop()
    pieces: asyncio.Queue[str | LuthierError | None] = asyncio.Queue()
    stopped = threading.Event()

    def pass_on() -> None:
        end: LuthierError | None = None
        try:
            for piece in read():
                if stopped.is_set():
                    break
                loop.call_soon_threadsafe(pieces.put_nowait, piece)
        except LuthierError as error:
            end = error
        if not loop.is_closed():
            loop.call_soon_threadsafe(pieces.put_nowait, end)

    reader = asyncio.create_task(asyncio.to_thread(pass_on))
    try:
        while (piece := await pieces.get()) is not None:
            if isinstance(piece, LuthierError):
                raise piece
            yield piece
        await reader
    finally:
        stopped.set()
