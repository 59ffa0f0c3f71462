"""A turn that is interrupted while a tool works: the tool stops at its next word and leaves nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

from fakes.brain import ScriptedChatModel, calling
from fakes.driver import Driver
from langchain_core.messages import AIMessage

from luthier.agent.events import ToolProgress
from luthier.agent.session import open_session
from luthier.tools.data.store import list_datasets
from luthier.tools.workspace import Workspace


async def test_preparing_stops_when_the_turn_is_interrupted(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "rows.csv"
    rows = (f"Question {n * 7919} about {n}?,Answer {n}." for n in range(20_000))
    path.write_text("\n".join(["question,answer", *rows]))
    brain = ScriptedChatModel(
        script=[
            AIMessage("Hello."),
            calling("inspect_data", path=str(path)),
            calling("prepare_data"),
            *[AIMessage("Yes?")] * 3,
        ]
    )
    async with Driver(await open_session(workspace, brain=brain)) as driver:
        await driver.session.send(f"look at {path} and prepare it")
        while not list(workspace.datasets.glob(".preparing-*/rows.jsonl")):
            await asyncio.sleep(0.01)
        await driver.session.cancel()
        while any(workspace.datasets.iterdir()):
            await asyncio.sleep(0.01)
        progress = [event for event in driver.events if isinstance(event, ToolProgress)]
        assert not any(event.text.startswith("Writing") for event in progress)
    assert list_datasets(workspace) == []
    assert list(workspace.datasets.iterdir()) == []
