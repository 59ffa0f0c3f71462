"""A real chat with a model server that is killed with SIGKILL in the middle of the model's sentence.

Run as ``python streaming_chat.py HOME BASE_URL PIECES``: it says "Tell me." and dies when so many pieces
of what the model says have been shown.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from luthier.agent.events import TextDelta
from luthier.agent.session import open_session
from luthier.agent.settings import make_settings, save_settings
from luthier.tools.workspace import open_workspace


async def chat(home: str, base_url: str, pieces: int) -> None:
    """Talk until the end comes."""
    workspace = open_workspace(Path(home))
    save_settings(workspace, make_settings(base_url, "scripted"))
    session = await open_session(workspace)
    listening = asyncio.create_task(_die_after(session, pieces))
    await asyncio.sleep(0)
    await session.start()
    await session.idle()
    await session.send("Tell me.")
    await listening


async def _die_after(session: object, pieces: int) -> None:
    heard = 0
    async for event in session.subscribe():  # type: ignore[attr-defined]
        heard += isinstance(event, TextDelta)
        if heard == pieces:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    asyncio.run(chat(sys.argv[1], sys.argv[2], int(sys.argv[3])))
