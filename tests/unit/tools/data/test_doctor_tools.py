"""The doctor as brains call it: what it writes into the facts, and what it leaves alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from luthier.tools.catalog.base import Outcome, ToolContext
from luthier.tools.catalog.registry import TOOLS
from luthier.tools.errors import LuthierError
from luthier.tools.facts import Facts, apply_changes
from luthier.tools.workspace import Workspace
from tests.unit.tools.data.conftest import Write


class Desk:
    """Calls tools one after the other and keeps the facts, as the graph does."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.facts: dict[str, Any] = {}

    def call(self, name: str, **arguments: Any) -> Outcome:
        tool = TOOLS[name]
        facts = Facts.model_validate(self.facts)
        outcome = tool.run(
            ToolContext(self.workspace, "s", facts), tool.arguments.model_validate(arguments)
        )
        self.facts = apply_changes(self.facts, outcome.facts)
        return outcome

    @property
    def codes(self) -> set[str]:
        return {problem["code"] for problem in self.facts["source"]["problems"]}


def chat_file(write: Write, name: str, first: int, count: int = 40) -> Path:
    rows = [
        {
            "messages": [
                {"role": "user", "content": f"what is the thing called {n * 7919} in list {n}?"},
                {"role": "assistant", "content": f"It is number {n * 31} &amp; so on."},
            ]
        }
        for n in range(first, first + count)
    ]
    return write(name, "\n".join(map(json.dumps, rows)))


def test_a_prepared_set_falls_when_rows_are_mended_and_not_when_they_are_checked(
    workspace: Workspace, write: Write
) -> None:
    desk = Desk(workspace)
    desk.call("inspect_data", path=str(chat_file(write, "one.jsonl", 0)))
    desk.call("prepare_data")
    prepared = desk.facts["dataset"]["id"]
    checked = desk.call("check_data")
    assert "html_entities" in checked.summary
    assert desk.facts["dataset"]["id"] == prepared
    desk.call("mend_data")
    assert "dataset" not in desk.facts
    assert desk.facts["source"]["mapping"]["remedies"] == ["unescape_entities"]
    desk.call("prepare_data")
    assert desk.facts["dataset"]["id"] != prepared
    traced = desk.call("trace_row", row="1")
    assert traced.data["steps"][0]["remedy"] == "unescape_entities"
    desk.call("undo_mending")
    desk.call("prepare_data")
    assert desk.facts["dataset"]["id"] == prepared
    with pytest.raises(LuthierError, match="nothing to undo"):
        desk.call("undo_mending")


def test_another_file_must_not_hold_the_frozen_test_rows(
    workspace: Workspace, write: Write
) -> None:
    desk = Desk(workspace)
    desk.call("inspect_data", path=str(chat_file(write, "one.jsonl", 0)))
    desk.call("prepare_data")
    held_out = desk.facts["dataset"]["test"]
    desk.call("inspect_data", path=str(chat_file(write, "more.jsonl", 0, 60)))
    overlap = next(
        p for p in desk.facts["source"]["problems"] if p["code"] == "overlap_with_evaluation"
    )
    assert overlap["count"] >= held_out
    desk.call("mend_data", remedies=overlap["remedies"])
    assert desk.facts["source"]["usable"] == 60 - overlap["count"]
    desk.call("inspect_data", path=str(chat_file(write, "new.jsonl", 500)))
    assert "overlap_with_evaluation" not in desk.codes


def test_a_file_of_evaluation_questions(workspace: Workspace, write: Write) -> None:
    desk = Desk(workspace)
    desk.call("inspect_data", path=str(chat_file(write, "one.jsonl", 0)))
    asked = "What is the thing called 7919 in list 1"
    outcome = desk.call(
        "check_data", against=str(write("eval.txt", f"question\n{asked}\nwhat else?\n"))
    )
    assert "overlap_with_evaluation" in outcome.summary
    remedy = f"remove_overlap={write('eval.txt', f'question{chr(10)}{asked}{chr(10)}')}"
    desk.call("mend_data", remedies=[remedy])
    assert desk.facts["source"]["usable"] == 39
    with pytest.raises(LuthierError, match="not checked against"):
        desk.call("mend_data", remedies=[f"remove_overlap={write('other.txt', 'x')}"])
    assert TOOLS["check_data"].points_at(TOOLS["check_data"].arguments(against="/x")) == ("/x",)


def test_previews_change_nothing_and_unknown_remedies_are_refused(
    workspace: Workspace, write: Write
) -> None:
    desk = Desk(workspace)
    with pytest.raises(LuthierError, match="No file"):
        desk.call("check_data")
    desk.call("inspect_data", path=str(chat_file(write, "one.jsonl", 0)))
    before = dict(desk.facts)
    outcome = desk.call("preview_remedies")
    assert desk.facts == before
    assert outcome.data["touched"] == 40
    with pytest.raises(LuthierError, match="no remedy"):
        desk.call("mend_data", remedies=["magic"])
    desk.call("mend_data")
    with pytest.raises(LuthierError, match="Nothing was mended"):
        desk.call("mend_data")
