"""A stored conversation outside of a running session: read it, or write it as a new session's own."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage

from luthier.agent.act import Actor
from luthier.agent.brains.guide.model import GuideChatModel
from luthier.agent.checkpoints import open_checkpoints
from luthier.agent.graph import build_graph
from luthier.agent.turn import Standing, Turns
from luthier.tools.database import cannot_use
from luthier.tools.workspace import Workspace


async def read_conversation(workspace: Workspace, session_id: str) -> Standing:
    """What was said and settled in a session, as the disk has it.

    Raises:
        LuthierError: the file with the conversations cannot be used.
    """
    try:
        async with open_checkpoints(workspace.checkpoints_path, session_id) as saver:
            turns = Turns(workspace, session_id, lambda _event: None)
            turns.graph = build_graph(GuideChatModel(), Actor(workspace, session_id), saver)
            return await turns.read()
    except sqlite3.Error as error:
        raise cannot_use(workspace.checkpoints_path, error) from error


async def write_conversation(
    workspace: Workspace, session_id: str, messages: Sequence[AnyMessage], facts: dict[str, Any]
) -> None:
    """Let an empty session begin with these messages; what they leave open is asked on opening.

    Raises:
        LuthierError: the file with the conversations cannot be used.
    """
    if not messages:
        return
    try:
        async with open_checkpoints(workspace.checkpoints_path, session_id) as saver:
            graph = build_graph(GuideChatModel(), Actor(workspace, session_id), saver)
            # What follows an assistant's message is asking or the end; after all else he speaks.
            came_from = "brain" if isinstance(messages[-1], AIMessage) else "act"
            await graph.aupdate_state(
                {"configurable": {"thread_id": session_id}},
                {"messages": list(messages), "facts": facts, "replies": {}},
                as_node=came_from,
            )
            await saver.keep_newest()
    except sqlite3.Error as error:
        raise cannot_use(workspace.checkpoints_path, error) from error


async def forget_conversation(workspace: Workspace, session_id: str) -> None:
    """Remove a conversation from the disk.

    Raises:
        LuthierError: the file with the conversations cannot be used.
    """
    try:
        async with open_checkpoints(workspace.checkpoints_path, session_id) as saver:
            await saver.forget()
    except sqlite3.Error as error:
        raise cannot_use(workspace.checkpoints_path, error) from error
