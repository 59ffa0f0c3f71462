"""axolotl's files against its documented schema (axolotl itself is not run here)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fakes.stored_rows import assistant, judged, pairs, plain, row, store, user, with_tools
from ruamel.yaml import YAML

from luthier.tools.data.exports.write import export_dataset
from luthier.tools.data.model import Row
from luthier.tools.workspace import Workspace

SFT_KEYS = {
    "path", "split", "type", "ds_type", "data_files", "name", "chat_template", "chat_template_jinja",
    "field_messages", "field_tools", "message_property_mappings", "message_field_training",
    "message_field_training_detail", "roles_to_train", "train_on_eos", "roles",
    "drop_system_message", "revision", "split_thinking",
}  # fmt: skip
"""Of src/axolotl/utils/schemas/datasets.py, SFTDataset."""
DPO_KEYS = {
    "path", "split", "type", "ds_type", "data_files", "revision", "field_messages", "field_chosen",
    "field_rejected", "message_property_mappings", "roles",
}  # fmt: skip
"""Of the same file, DPODataset, and of docs/rlhf.qmd, chat_template.default."""


def exported(workspace: Workspace, rows: list[Row], folder: Path) -> tuple[Any, list[Any]]:
    export_dataset(workspace, store(workspace, rows).id, "axolotl", folder)
    config = YAML(typ="safe").load((folder / "datasets.yaml").read_text())
    text = (folder / config["datasets"][0]["path"]).read_text(encoding="utf-8")
    return config, [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("rows", [plain(), with_tools()])
def test_conversations_name_what_the_lines_hold(
    workspace: Workspace, tmp_path: Path, rows: list[Row]
) -> None:
    config, lines = exported(workspace, rows, tmp_path)
    entry = config["datasets"][0]
    assert entry["type"] == "chat_template"
    assert set(entry) <= SFT_KEYS
    assert set(config["test_datasets"][0]) <= SFT_KEYS
    assert entry["train_on_eos"] in ("all", "turn", "last")
    for line in lines:
        messages = line[entry["field_messages"]]
        assert all({"role", "content"} <= set(message) for message in messages)
        assert {m["role"] for m in messages} <= {"system", "user", "assistant", "tool"}
        if "field_tools" in entry:
            assert isinstance(line[entry["field_tools"]], list)
            for message in messages:
                for call in message.get("tool_calls", ()):
                    assert isinstance(call["function"]["arguments"], dict)


def test_turns_that_are_only_read_are_marked(workspace: Workspace, tmp_path: Path) -> None:
    rows = plain()
    rows[0] = row(0, user("a"), assistant("b", weight=0), user("c"), assistant("d"))
    config, lines = exported(workspace, rows, tmp_path)
    entry = config["datasets"][0]
    assert entry["roles_to_train"] == []
    marks = [message[entry["message_field_training"]] for message in lines[0]["messages"]]
    assert marks == [False, False, False, True]


def test_pairs_are_for_dpo(workspace: Workspace, tmp_path: Path) -> None:
    config, lines = exported(workspace, pairs(), tmp_path)
    entry = config["datasets"][0]
    assert (config["rl"], entry["type"]) == ("dpo", "chat_template.default")
    assert set(entry) <= DPO_KEYS
    for line in lines:
        assert line[entry["field_chosen"]]["role"] == line[entry["field_rejected"]]["role"]
        assert line[entry["field_messages"]][-1]["role"] == "user"


def test_judged_answers_are_for_kto_which_writes_the_turns_itself(
    workspace: Workspace, tmp_path: Path
) -> None:
    rows = judged()
    rows[1] = row(1, user("Call it.", [{"name": "it"}]), assistant("Done."), label=True)
    info = store(workspace, rows)
    report = export_dataset(workspace, info.id, "axolotl", tmp_path)
    config = YAML(typ="safe").load((tmp_path / "datasets.yaml").read_text())
    entry = config["datasets"][0]
    assert (config["rl"], entry["type"]) == ("kto", "chatml.argilla_chat")
    assert config["remove_unused_columns"] is False
    text = (tmp_path / entry["path"]).read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    assert {line["label"] for line in lines} == {True, False}
    for line in lines:
        assert [turn["role"] for turn in line["completion"]] == ["user", "assistant"]
    assert list(report.left_out) == ["axolotl's KTO knows no tools"]
    assert any("llama3.argilla_chat" in note and "TRL" in note for note in report.notes)
