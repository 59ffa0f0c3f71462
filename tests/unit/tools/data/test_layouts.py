"""Row layouts explain themselves in one sentence, keep what they must, and can be overruled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from luthier.tools.data.inspect import inspect_file
from luthier.tools.data.model import Inspection, Row
from luthier.tools.data.source import open_source
from luthier.tools.data.survey import survey
from luthier.tools.errors import LuthierError

ASK, GOOD, BAD = (
    {"role": "user", "content": "say {n}"},
    {"role": "assistant", "content": "good {n}"},
    {"role": "assistant", "content": "bad {n}"},
)
TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]
CALL = {
    "id": "1",
    "type": "function",
    "function": {"name": "weather", "arguments": '{"city": "c{n}"}'},
}
SAID = '{"name": "weather", "arguments": {"city": "c0"}}'
ROWS: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "alpaca": ({"instruction": "say", "input": "{n}", "output": "good {n}"}, "say\n\n{n}", "", "Alpaca"),
    "sharegpt": (
        {"conversations": [{"from": "human", "value": "say {n}"}, {"from": "gpt", "value": "good {n}"}]},
        "say {n}", "", "ShareGPT: every row has conversations with from/value",
    ),
    "openai": ({"messages": [ASK, GOOD]}, "say {n}", "", "OpenAI messages: every row has messages"),
    "openai-preference": (
        {"input": {"messages": [ASK]}, "preferred_output": [GOOD], "non_preferred_output": [BAD]},
        "say {n}", "bad {n}", "preferred_output",
    ),
    "preference": (
        {"chosen": [ASK, GOOD], "rejected": [ASK, BAD]}, "say {n}", "bad {n}", "two conversations",
    ),
    "kto": ({"prompt": "say {n}", "completion": "good {n}", "label": True}, "say {n}", "", "KTO"),
}  # fmt: skip


def filled(value: Any, n: int) -> Any:
    if isinstance(value, str):
        return value.replace("{n}", str(n))
    if isinstance(value, dict):
        return {key: filled(entry, n) for key, entry in value.items()}
    return [filled(entry, n) for entry in value] if isinstance(value, list) else value


def write(path: Path, row: dict[str, Any], count: int = 6) -> Path:
    path.write_text("\n".join(json.dumps(filled(row, n)) for n in range(count)))
    return path


def rows_of(path: Path, found: Inspection) -> list[Row]:
    rows: list[Row] = []
    survey(open_source(path), found.mapping, keep=lambda row, _record: rows.append(row))
    return rows


@pytest.mark.parametrize("name", ROWS)
def test_a_layout_is_recognised_and_says_why(tmp_path: Path, name: str) -> None:
    row, prompt, rejected, reason = ROWS[name]
    path = write(tmp_path / "rows.jsonl", row)
    found = inspect_file(path)
    assert (found.mapping.layout, found.mapping.confident, found.usable) == (name, True, 6)
    assert reason in found.mapping.reason
    first = rows_of(path, found)[0]
    assert (first.prompt[-1].content, first.completion) == (filled(prompt, 0), "good 0")
    assert first.rejected == filled(rejected, 0)
    assert first.label is (True if name == "kto" else None)


def test_explicit_prompts_with_chosen_and_rejected_texts(tmp_path: Path) -> None:
    path = write(
        tmp_path / "x.jsonl", {"prompt": "say {n}", "chosen": "good {n}", "rejected": "bad {n}"}
    )
    first = rows_of(path, inspect_file(path))[0]
    assert (first.prompt[-1].content, first.completion, first.rejected) == (
        "say 0",
        "good 0",
        "bad 0",
    )


def test_a_layout_can_be_overruled_and_refuses_in_words(tmp_path: Path) -> None:
    path = write(tmp_path / "x.jsonl", ROWS["kto"][0] | {"label": False})
    assert inspect_file(path).usable == 0
    told = inspect_file(path, file_format="prompt/completion")
    assert told.usable == 6
    assert "as you said" in told.mapping.reason
    with pytest.raises(LuthierError) as caught:
        inspect_file(path, file_format="alpaca")
    assert "instruction" in caught.value.why
    assert "label" in caught.value.why


def test_calls_of_functions_are_read_however_they_are_spelled(tmp_path: Path) -> None:
    twice = {**CALL, "function": {"name": "weather", "arguments": json.dumps('{"city": "c0"}')}}
    spellings = [
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "assistant", "tool_calls": [twice]},
        {"role": "function_call", "content": SAID},
        {"role": "assistant", "content": [{"type": "tool_call", "value": SAID}]},
    ]  # fmt: skip
    ids = set()
    for number, turn in enumerate(spellings):
        path = write(tmp_path / f"{number}.jsonl", {"messages": [ASK, turn], "tools": TOOLS}, 1)
        [row] = rows_of(path, inspect_file(path))
        assert row.messages[-1].tool_calls[0].arguments == {"city": "c0"}
        assert row.messages[0].tools[0]["function"]["name"] == "weather"
        assert '"name": "weather"' in row.completion
        ids.add(row.id)
    assert len(ids) == 1


def test_a_call_that_cannot_be_read_leaves_its_row_out(tmp_path: Path) -> None:
    turn = {"role": "assistant", "tool_calls": [{"function": {"arguments": "{}"}}]}
    found = inspect_file(write(tmp_path / "x.jsonl", {"messages": [ASK, turn]}, 1))
    assert [(p.code, p.leaves_out) for p in found.problems] == [("tool_calls", True)]


def test_weights_of_turns_are_kept_and_what_follows_the_last_one_is_named(tmp_path: Path) -> None:
    late = [ASK, GOOD, ASK, {**BAD, "weight": 0}]
    path = write(tmp_path / "x.jsonl", {"messages": late})
    found = inspect_file(path)
    assert {p.code: p.count for p in found.problems}["trailing_turns"] == 6
    assert len(rows_of(path, found)[0].messages) == 2
    early = [ASK, {**BAD, "weight": 0}, ASK, GOOD]
    path = write(tmp_path / "y.jsonl", {"messages": early})
    assert [m.weight for m in rows_of(path, inspect_file(path))[0].messages] == [1, 0, 1, 1]
    none = inspect_file(write(tmp_path / "z.jsonl", {"messages": [ASK, {**BAD, "weight": 0}]}))
    assert none.problems[0].code == "nothing_weighted"


def test_rows_wrapped_in_objects_are_found(tmp_path: Path) -> None:
    items = [{"question": f"q {n}?", "answer": f"a {n}"} for n in range(9)]
    path = tmp_path / "x.json"
    path.write_text(json.dumps({"ok": True, "data": {"items": items, "page": 1}}, indent=1))
    found = inspect_file(path)
    assert (found.rows_in, found.usable) == (9, 9)
    assert "data.items" in found.format_reason
    assert found.samples[1].line == 9
    path.write_text(json.dumps({"data": {"new": items[:2], "old": items}}))
    assert inspect_file(path).parts == ("data.old", "data.new")


def test_plain_rows_keep_the_ids_they_always_had(tmp_path: Path) -> None:
    path = write(tmp_path / "x.jsonl", {"prompt": "hi {n}", "completion": "yo {n}"}, 1)
    assert rows_of(path, inspect_file(path))[0].id == "64c073b5d96d859c"
