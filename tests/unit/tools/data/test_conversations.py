"""Conversations in the spellings of OpenAI, ShareGPT and others, and what is wrong in them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from luthier.tools.data.conversations import read_messages
from luthier.tools.data.inspect import inspect_file
from luthier.tools.data.model import Inspection
from luthier.tools.data.prepare import prepare_dataset
from luthier.tools.data.store import load_rows
from luthier.tools.workspace import Workspace
from tests.unit.tools.data.conftest import Write

GOOD = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]


def inspect_rows(write: Write, rows: list[Any]) -> Inspection:
    return inspect_file(write("rows.jsonl", "\n".join(json.dumps(row) for row in rows)))


@pytest.mark.parametrize(
    ("turns", "spelling"),
    [
        (GOOD, "OpenAI"),
        ([{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}], "ShareGPT"),
        ([{"from": "Human", "value": "Hi"}, {"from": "GPT ", "value": "Hello"}], "ShareGPT"),
        (
            [
                {"role": "user", "content": [{"type": "text", "text": "Hi"}]},
                {"role": "assistant", "content": [{"type": "text", "value": "Hello"}]},
            ],
            "OpenAI",
        ),
        (json.dumps(GOOD), "OpenAI"),
    ],
)
def test_every_spelling_means_the_same(write: Write, turns: Any, spelling: str) -> None:
    found = inspect_rows(write, [{"messages": turns}, {"messages": turns}])
    assert found.mapping.messages == "messages"
    assert spelling in found.mapping.reason
    assert (found.samples[0].prompt, found.samples[0].completion) == ("Hi", "Hello")


def test_system_and_several_turns_are_kept_in_order(write: Write, workspace: Workspace) -> None:
    rows = [
        {
            "conversations": [
                {"from": "system", "value": f"Be kind {n}"},
                {"from": "human", "value": f"One {n}?"},
                {"from": "gpt", "value": "1"},
                {"from": "observation", "value": "[2]"},
                {"from": "gpt", "value": f"2 {n}"},
            ]
        }
        for n in range(4)
    ]
    path = write("rows.json", json.dumps(rows))
    info = prepare_dataset(workspace, path, None, leave_out_unusable=False)
    row = load_rows(workspace, info.id, "test")[0]
    assert [m.role for m in row.messages] == ["system", "user", "assistant", "tool", "assistant"]
    assert row.completion.startswith("2 ")


@pytest.mark.parametrize(
    ("turns", "code", "detail"),
    [
        (GOOD[:1], "example_missing_assistant_message", ""),
        ([*GOOD, {"role": "user", "content": "Thanks"}], "last_turn_not_assistant", "by user"),
        ([GOOD[1]], "missing_question", ""),
        ([GOOD[0], {"role": "assistant", "content": "  "}], "missing_content", "turn 2"),
        ([{"role": "user", "content": None}, GOOD[1]], "missing_content", "turn 1"),
        ([*GOOD[:1], {"role": "assistant", "content": ""}, *GOOD], "missing_content", "turn 2"),
        ([GOOD[0], {"role": "hummany", "content": "x"}], "unrecognized_role", "“hummany”"),
        ([GOOD[0], {"content": "no role"}], "message_missing_key", "no role at all"),
        ([], "missing_messages_list", ""),
        (None, "missing_messages_list", ""),
        ("plain text", "data_type", ""),
        (["a", "b"], "data_type", "not an object"),
        (
            [GOOD[0], {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]}],
            "tool_calls",
            "",
        ),
        (
            [{"role": "user", "content": [{"type": "image_url", "image_url": "x"}]}, GOOD[1]],
            "data_type",
            "image_url",
        ),
    ],
)
def test_what_cannot_be_trained_on_is_listed(
    write: Write, turns: Any, code: str, detail: str
) -> None:
    found = inspect_rows(write, [{"messages": GOOD}, {"messages": GOOD}, {"messages": turns}])
    problem = next(p for p in found.problems if p.leaves_out)
    assert (problem.code, problem.lines, problem.count) == (code, (3,), 1)
    assert detail in problem.message
    assert problem.remedy
    assert (found.rows_in, found.usable, found.duplicates, found.left_out) == (3, 1, 1, 1)


def test_preference_pairs_use_the_chosen_answer(write: Write) -> None:
    rows = [
        {
            "conversations": [{"from": "human", "value": f"q{n}"}],
            "chosen": {"from": "gpt", "value": f"good {n}"},
            "rejected": {"from": "gpt", "value": f"bad {n}"},
        }
        for n in range(3)
    ]
    found = inspect_rows(write, rows)
    assert (found.usable, found.samples[0].completion) == (3, "good 0")
    assert "Preference pairs" in found.mapping.reason
    assert "kept" in found.mapping.reason


def test_whole_chosen_conversations(write: Write) -> None:
    rows = [{"prompt": "Hi", "chosen": GOOD, "rejected": GOOD[:1]} for _ in range(2)]
    found = inspect_rows(write, rows)
    assert found.mapping.messages == "chosen"
    assert found.samples[0].completion == "Hello"


def test_answers_marked_as_unwanted_stay_out(write: Write) -> None:
    rows = [
        {"messages": [GOOD[0], {"role": "assistant", "content": f"a{n}"}], "label": n % 2 == 0}
        for n in range(6)
    ]
    found = inspect_rows(write, rows)
    assert found.mapping.only_where == "label"
    assert (found.usable, found.left_out) == (3, 3)
    marked = next(p for p in found.problems if p.code == "marked_bad")
    assert marked.lines == (2, 4, 6)


def test_a_thought_before_a_call_is_kept() -> None:
    value = '<think>\nThe light, then.\n</think>\n\n{"name": "light", "arguments": {"level": 5}}'
    (message,) = read_messages([{"from": "function_call", "value": value}])
    assert message.content == "<think>\nThe light, then.\n</think>"
    assert [call.name for call in message.tool_calls] == ["light"]
