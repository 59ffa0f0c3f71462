"""Between a session and the screen: events become changes of the transcript, in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from luthier.agent.events import AgentEvent
from luthier.tui.sessions import SessionLike
from luthier.tui.transcript import Change, Transcript

Audience = Callable[[Change], Awaitable[None]]


def redraw(session: SessionLike) -> Transcript:
    """The transcript of everything said in ``session`` so far."""
    transcript = Transcript(read_only=bool(session.read_only))
    for event in session.history():
        transcript.apply(event)
    return transcript


async def follow(session: SessionLike, transcript: Transcript, audience: Audience) -> None:
    """Pass on what happens in ``session`` until it closes; the session starts once we listen."""
    events = session.subscribe()
    upcoming = asyncio.ensure_future(anext(events, None))
    try:
        # The subscription begins when its first step runs; only then may the session speak.
        await asyncio.sleep(0)
        await session.start()
        while (event := await upcoming) is not None:
            upcoming = asyncio.ensure_future(anext(events, None))
            for change in transcript.apply(event):
                await audience(change)
    finally:
        upcoming.cancel()
        await _finish(events, upcoming)


async def _finish(
    events: AsyncIterator[AgentEvent], upcoming: asyncio.Future[AgentEvent | None]
) -> None:
    await asyncio.gather(upcoming, return_exceptions=True)
    close = getattr(events, "aclose", None)
    if close is not None:
        await close()
