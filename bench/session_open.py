"""How long it takes until a session of 5,000 messages can be used on the screen.

A real session with real messages and tables is written once; then, several times, the app opens it and
the clock stops when its newest messages are drawn and the composer takes keys. The process is warm:
what Python needs to start and to load LangGraph is measured by ``first_paint.py``.

    python bench/session_open.py [--messages 5000] [--runs 5]
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage

from luthier.agent.conversation import write_conversation
from luthier.agent.store import create_session
from luthier.tools.workspace import Workspace, open_workspace
from luthier.tui.app import LuthierApp
from luthier.tui.widgets.composer import Composer
from luthier.tui.widgets.conversation import Conversation

TABLE = {
    "kind": "table",
    "title": "Row as trained",
    "columns": ["message", "answer"],
    "rows": [["a message as people write it, with some words in it " * 2, '{"topic": "refund"}']]
    * 4,
}


def conversation(count: int) -> list[AnyMessage]:
    """Questions, tool calls with a table each, and answers, ``count`` messages in all."""
    messages: list[AnyMessage] = []
    for turn in range(count // 4 + 1):
        call = {"name": "show_row", "args": {"number": turn}, "id": f"call-{turn}"}
        messages += [
            HumanMessage(f"show me row {turn}", id=f"u{turn}"),
            AIMessage("", id=f"a{turn}", tool_calls=[{**call, "type": "tool_call"}]),
            ToolMessage(
                "Shown.",
                name="show_row",
                tool_call_id=f"call-{turn}",
                id=f"t{turn}",
                artifact={"data": {"row": turn}, "views": [TABLE]},
            ),
            AIMessage(
                f"That is **row {turn}**. " + "It is what the model sees. " * 8, id=f"b{turn}"
            ),
        ]
    return messages[:count]


def shows(app: LuthierApp, session_id: str) -> bool:
    """Whether the session's newest messages are there and it can be typed."""
    if app.session is None or app.session.id != session_id or not app.chat.query(".user"):
        return False
    return app.chat.query_one(Composer).has_focus


async def opening(workspace: Workspace, session_id: str) -> tuple[float, int]:
    """Seconds from the wish to open the session to its newest message, and the widgets mounted."""
    app = LuthierApp(workspace)
    async with app.run_test(size=(120, 40)) as pilot:
        while app.session is None or not app.chat.query(Composer):  # noqa: ASYNC110 - the app has no event for it
            await asyncio.sleep(0.01)
        await pilot.pause()
        begin = time.perf_counter()
        app.open_session(session_id)
        while not shows(app, session_id):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.002)
        seconds = time.perf_counter() - begin
        await pilot.pause()
        return seconds, len(app.chat.query_one(Conversation).children)


async def main() -> None:
    """Write the session, open it again and again, and say the median."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=5000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        workspace = open_workspace(Path(home))
        info = create_session(workspace, title="A long talk", named=True)
        await write_conversation(workspace, info.id, conversation(options.messages), {})
        size = workspace.checkpoints_path.stat().st_size
        found = [await opening(workspace, info.id) for _run in range(options.runs)]
    seconds = statistics.median(one for one, _widgets in found)
    sys.stdout.write(f"messages: {options.messages}\n")
    sys.stdout.write(f"bytes per message on disk: {size / options.messages:.0f}\n")
    sys.stdout.write(f"widgets in the conversation: {max(widgets for _one, widgets in found)}\n")
    sys.stdout.write(f"slowest opening in seconds: {max(one for one, _widgets in found):.3f}\n")
    sys.stdout.write(f"session_open_seconds: {seconds:.3f}\n")


if __name__ == "__main__":
    asyncio.run(main())
