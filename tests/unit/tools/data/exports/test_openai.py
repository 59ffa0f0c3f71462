"""OpenAI's files pass the cookbook's rules, and the API's rules for tools and preference pairs."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from fakes.stored_rows import assistant, pairs, plain, row, store, user, with_tools

from luthier.tools.data.exports.write import export_dataset
from luthier.tools.workspace import Workspace


def lines(folder: Path, split: str = "train") -> list[dict[str, Any]]:
    text = (folder / f"{split}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.split("\n") if line]


def cookbook_errors(rows: list[dict[str, Any]]) -> Counter[str]:
    """The rules of "Data preparation and analysis for chat model fine-tuning", by their names."""
    errors: Counter[str] = Counter()
    for line in rows:
        errors["data_type"] += not isinstance(line, dict)
        messages = line.get("messages")
        if not messages:
            errors["missing_messages_list"] += 1
            continue
        for message in messages:
            errors["message_missing_key"] += "role" not in message or "content" not in message
            known = {"role", "content", "name", "function_call", "weight"}
            errors["message_unrecognized_key"] += not known >= set(message)
            roles = ("system", "user", "assistant", "function")
            errors["unrecognized_role"] += message.get("role") not in roles
            content = message.get("content")
            errors["missing_content"] += not content or not isinstance(content, str)
        spoke = any(message.get("role") == "assistant" for message in messages)
        errors["example_missing_assistant_message"] += not spoke
    return +errors


def test_conversations_pass_the_cookbooks_rules(workspace: Workspace, tmp_path: Path) -> None:
    rows = plain()
    rows[1] = row(1, user("a"), assistant("b", weight=0), user("c"), assistant("d"))
    report = export_dataset(workspace, store(workspace, rows).id, "openai", tmp_path)
    written = lines(tmp_path)
    assert cookbook_errors(written) == {}
    assert written[0]["messages"][1]["content"] == "On its way: “0”\nUntil Friday."
    assert [m.get("weight") for m in written[1]["messages"]] == [None, 0, None, None]
    assert len(lines(tmp_path, "validation")) == len(lines(tmp_path, "test")) == 2
    assert not any("from 10 rows on" in note for note in report.notes)


def test_calls_have_ids_that_the_results_name(workspace: Workspace, tmp_path: Path) -> None:
    export_dataset(workspace, store(workspace, with_tools()).id, "openai", tmp_path)
    for line in lines(tmp_path):
        assert all(tool["type"] == "function" for tool in line["tools"])
        offered = {tool["function"]["name"] for tool in line["tools"]}
        open_calls: list[str] = []
        for message in line["messages"]:
            for call in message.get("tool_calls", ()):
                assert call["type"] == "function"
                assert call["function"]["name"] in offered
                assert isinstance(json.loads(call["function"]["arguments"]), dict)
                open_calls.append(call["id"])
            if message["role"] == "tool":
                assert message["tool_call_id"] == open_calls.pop(0)
        assert open_calls == []


def test_pairs_become_the_preference_format(workspace: Workspace, tmp_path: Path) -> None:
    export_dataset(workspace, store(workspace, pairs()).id, "openai", tmp_path)
    for line in lines(tmp_path):
        assert set(line) == {"input", "preferred_output", "non_preferred_output"}
        assert [m["role"] for m in line["input"]["messages"]] == ["user"]
        for side in ("preferred_output", "non_preferred_output"):
            assert [m["role"] for m in line[side]] == ["assistant"]
    assert lines(tmp_path)[5]["non_preferred_output"][0]["content"] == "No 5."


def test_few_rows_are_warned_of(workspace: Workspace, tmp_path: Path) -> None:
    report = export_dataset(workspace, store(workspace, plain(10)).id, "openai", tmp_path)
    assert any("from 10 rows on" in note for note in report.notes)
