"""kill -9 of the chat in the middle of a turn loses no word, and the turn goes on when it is opened."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

from fakes.brain import ScriptedChatModel
from fakes.driver import Driver
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from luthier.agent.events import TextDone, UserSpoke
from luthier.agent.session import open_session
from luthier.agent.store import list_sessions
from luthier.tools.workspace import Workspace

DYING_CHAT = """
import asyncio, os, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from fakes.brain import ScriptedChatModel, calling
from langchain_core.messages import AIMessage
from luthier.agent.session import open_session
from luthier.tools.workspace import open_workspace

class DyingBrain(ScriptedChatModel):
    def _next(self, messages):
        if len(self.calls) == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return super()._next(messages)

async def main():
    brain = DyingBrain(script=[AIMessage("Hello."), calling("search_lessons", query="what is loss")])
    session = await open_session(open_workspace(Path({home!r})), brain=brain)
    await session.start()
    await session.idle()
    await session.send("what is loss?")
    await session.idle()

asyncio.run(main())
"""


async def test_a_killed_turn_is_finished_when_the_session_is_opened_again(
    workspace: Workspace,
) -> None:
    tests = str(Path(__file__).resolve().parents[2])
    code = DYING_CHAT.format(tests=tests, home=str(workspace.home))
    died = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", code], timeout=60)
    assert died.returncode == -signal.SIGKILL

    session_id = list_sessions(workspace)[0].id
    brain = ScriptedChatModel(script=[AIMessage("Loss is how wrong it is.")])
    async with Driver(await open_session(workspace, session_id, brain=brain)) as driver:
        shown = brain.calls[0]
        assert [type(message) for message in shown[-3:]] == [HumanMessage, AIMessage, ToolMessage]
        heard = [
            event.text
            for event in driver.session.history()
            if isinstance(event, TextDone | UserSpoke)
        ]
        assert heard == ["Hello.", "what is loss?", "Loss is how wrong it is."]
