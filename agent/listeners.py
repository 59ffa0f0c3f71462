"""Who listens to a session: any number of front ends, which may come and go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from luthier.agent.events import AgentEvent


class Listeners:
    """Everyone who hears what happens in one session; nobody is waited for."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[AgentEvent]] = set()

    async def subscribe(self) -> AsyncIterator[AgentEvent]:
        """Everything that happens from now on, until the caller stops."""
        queue: asyncio.Queue[AgentEvent] = asyncio.Queue()
        self._queues.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._queues.discard(queue)

    def emit(self, event: AgentEvent) -> None:
        """Tell everyone."""
        for queue in self._queues:
            queue.put_nowait(event)
