"""A turn that is interrupted while a tool works: the tool stops at its next word and leaves nothing."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
from fakes.brain import ScriptedChatModel, calling
from fakes.driver import Driver
from fakes.hub_data import data_hub
from langchain_core.messages import AIMessage

from luthier.agent.events import ToolProgress
from luthier.agent.session import Session, open_session
from luthier.tools.data import hub, survey
from luthier.tools.data.store import list_datasets
from luthier.tools.questions import Decision
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
        while not list(workspace.datasets.glob(".preparing-*/*/rows.jsonl")):
            await asyncio.sleep(0.01)
        await driver.session.cancel()
        while any(workspace.datasets.iterdir()):
            await asyncio.sleep(0.01)
        progress = [event for event in driver.events if isinstance(event, ToolProgress)]
        assert not any(event.text.startswith("Writing") for event in progress)
    assert list_datasets(workspace) == []
    assert list(workspace.datasets.iterdir()) == []


def at_work(module: str) -> bool:
    """Whether a thread of this process is inside the module."""
    for top in sys._current_frames().values():
        frame = top
        while frame is not None:
            if frame.f_code.co_filename == module:
                return True
            frame = frame.f_back  # type: ignore[assignment]
    return False


async def interrupt(session: Session, module: str) -> None:
    """Esc while a tool is inside the module; back when it has left."""
    while not at_work(module):
        await asyncio.sleep(0.005)
    await session.cancel()
    while at_work(module):
        await asyncio.sleep(0.005)


@pytest.mark.parametrize("tool", ["check_data", "mend_data"])
async def test_checking_and_mending_stop_and_keep_no_version(
    workspace: Workspace, tmp_path: Path, tool: str
) -> None:
    path = tmp_path / "rows.csv"
    rows = (f"Question {n * 7919} about {n}?,Answer &amp; {n}." for n in range(6_000))
    path.write_text("\n".join(["question,answer", *rows]))
    brain = ScriptedChatModel(
        script=[
            AIMessage("Hello."),
            calling("inspect_data", path=str(path)),
            AIMessage("Read."),
            calling(tool),
            *[AIMessage("Yes?")] * 3,
        ]
    )
    async with Driver(await open_session(workspace, brain=brain)) as driver:
        await driver.say(f"look at {path}")
        before = driver.session.facts.source
        await driver.session.send("and now the rest")
        await interrupt(driver.session, survey.__file__)
        assert driver.finished_tools == ["inspect_data"]
        assert driver.session.facts.source == before
    with workspace.database() as database:
        assert list(database.query("select id from data_versions")) == []


async def test_fetching_stops_and_leaves_no_file(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {f"{name}.jsonl": b'{"question": "hello?", "answer": "hi"}\n' * 9 for name in "ab"}
    brain = ScriptedChatModel(
        script=[
            AIMessage("Hello."),
            calling("fetch_data", dataset="acme/greetings"),
            *[AIMessage("Yes?")] * 3,
        ]
    )
    with data_hub("acme/greetings", files) as (server, url):
        monkeypatch.setenv("HF_ENDPOINT", url)
        server.held = "a.jsonl"
        async with (
            asyncio.timeout(60),
            Driver(await open_session(workspace, brain=brain)) as driver,
        ):
            await driver.say("fetch acme/greetings")
            await driver.session.decide(driver.approval.id, Decision(approved=True))
            while not list(workspace.home.glob("hub/**/*.incomplete")):
                await asyncio.sleep(0.005)
            await driver.session.cancel()
            server.released.set()
            while at_work(hub.__file__):
                await asyncio.sleep(0.005)
            assert driver.finished_tools == []
    assert not any("b.jsonl" in path for path in server.asked)
    assert [path for path in workspace.home.glob("hub/**/*") if path.is_file()] == []
