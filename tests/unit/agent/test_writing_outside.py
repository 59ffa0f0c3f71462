"""Nothing is written outside Luthier's home without a yes, and nothing of the user's is replaced."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fakes.brain import ScriptedChatModel, calling
from fakes.driver import Driver
from fakes.stored_rows import plain, store
from langchain_core.messages import AIMessage
from pydantic import BaseModel

from luthier.agent.session import open_session
from luthier.tools.catalog.registry import TOOLS
from luthier.tools.questions import Decision
from luthier.tools.workspace import Workspace

PLACES = ("path", "folder", "file", "against", "documents", "source")
"""How arguments are called that name a place on the disk."""


async def talk(workspace: Workspace, *script: AIMessage) -> Driver:
    brain = ScriptedChatModel(script=[AIMessage("Hello."), *script, AIMessage("Done.")])
    return Driver(await open_session(workspace, brain=brain))


@pytest.mark.parametrize("action", ["transcript", "export"])
async def test_a_file_named_for_reading_is_not_written_over(
    workspace: Workspace, tmp_path: Path, action: str
) -> None:
    mail = tmp_path / "mail.csv"
    mail.write_text("text,label\na,b\n")
    wanted = calling("keep_session", action=action, path=str(mail))
    async with await talk(workspace, wanted) as driver:
        await driver.say(f"look at {mail}")
        assert str(mail) in driver.approval.approval.title
        assert driver.approval.approval.effect == "writes_outside"
        await driver.decide(True)
        assert driver.said.endswith("Done.")
    assert mail.read_text() == "text,label\na,b\n"


async def test_a_transcript_is_written_where_the_user_agrees(
    workspace: Workspace, tmp_path: Path
) -> None:
    wanted = calling("keep_session", action="transcript", path=str(tmp_path / "a.md"))
    async with await talk(workspace, wanted) as driver:
        await driver.say("write it down")
        elsewhere = {"path": str(tmp_path / "b.md")}
        await driver.session.decide(driver.approval.id, Decision(approved=False, changes=elsewhere))
        await driver._settle()
        assert "b.md" in driver.approval.approval.title
        assert list(tmp_path.glob("*.md")) == []
        await driver.decide(True)
    assert [path.name for path in tmp_path.glob("*.md")] == ["b.md"]


async def test_rows_leave_the_home_only_after_a_yes_that_says_how_many(
    workspace: Workspace, tmp_path: Path
) -> None:
    info = store(workspace, plain(10))
    out = tmp_path / "out"
    wanted = calling("export_data", format="trl", folder=str(out))
    async with await talk(workspace, wanted, AIMessage("Done."), wanted) as driver:
        graph = driver.session._turns.graph
        assert graph is not None
        facts = {"facts": {"dataset": info.model_dump(mode="json")}}
        await graph.aupdate_state(driver.session._turns._config, facts, as_node="brain")
        await driver.session._floor.refresh()
        await driver.say(f"export the data for TRL to {out}")
        details = dict(driver.approval.approval.details)
        assert details["Where"] == str(out)
        assert details["What"] == "10 rows"
        await driver.decide(False, "not there")
        assert not out.exists()
        await driver.say("do it, then")
        await driver.decide(True)
    assert out.is_dir()


def test_every_tool_that_is_told_a_place_points_at_it() -> None:
    """So that a place which the user never named is asked about, whatever tool it is given to."""
    silent = []
    for tool in TOOLS.values():
        for name, field in tool.arguments.model_fields.items():
            if name not in PLACES or field.annotation is not str:
                continue
            given = tool.arguments.model_construct(**{**_filled(tool.arguments), name: "/etc/x"})
            if "/etc/x" not in tool.points_at(given):
                silent.append(f"{tool.name}.{name}")
    assert silent == []


def _filled(arguments: type[BaseModel]) -> dict[str, Any]:
    return {name: field.get_default() for name, field in arguments.model_fields.items()}
