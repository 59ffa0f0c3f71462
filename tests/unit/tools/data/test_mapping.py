"""Which columns become question and answer: proposals with reasons, and the user's word."""

from __future__ import annotations

import json
from typing import Any

import pytest

from luthier.tools.data.inspect import inspect_file
from luthier.tools.data.model import Inspection, Mapping
from luthier.tools.errors import LuthierError
from tests.unit.tools.data.conftest import Write


def inspect_rows(write: Write, rows: list[dict[str, Any]], **kwargs: Any) -> Inspection:
    return inspect_file(write("rows.jsonl", "\n".join(json.dumps(row) for row in rows)), **kwargs)


@pytest.mark.parametrize(
    ("names", "prompt", "completion"),
    [
        (("prompt", "completion"), "prompt", "completion"),
        (("completion", "prompt"), "prompt", "completion"),
        (("Question", "Answer"), "Question", "Answer"),
        (("label", "text"), "text", "label"),
        (("id", "text", "category"), "text", "category"),
        (("user message", "reply"), "user message", "reply"),
        (("description", "command", "page"), "description", "command"),
        (("input", "output"), "input", "output"),
        (("Frage", "Antwort"), "Frage", "Antwort"),
    ],
)
def test_known_names(write: Write, names: tuple[str, ...], prompt: str, completion: str) -> None:
    rows = [{name: f"{name} number {n}" for name in names} for n in range(6)]
    mapping = inspect_rows(write, rows).mapping
    assert (mapping.prompt, mapping.completion) == ((prompt,), completion)
    assert mapping.confident
    assert prompt in mapping.reason


def test_alpaca_joins_instruction_and_input(write: Write) -> None:
    rows = [
        {"instruction": f"Translate {n}", "input": "Haus" if n % 2 else "", "output": f"house {n}"}
        for n in range(6)
    ]
    found = inspect_rows(write, rows)
    assert found.mapping.prompt == ("instruction", "input")
    assert "Alpaca" in found.mapping.reason
    assert [s.prompt for s in found.samples[:2]] == ["Translate 0", "Translate 1\n\nHaus"]


def test_a_context_is_put_before_its_question(write: Write) -> None:
    rows = [{"question": f"q{n}", "context": f"c{n}", "answer": f"a{n}"} for n in range(4)]
    found = inspect_rows(write, rows)
    assert found.mapping.prompt == ("context", "question")
    assert found.samples[0].prompt == "context: c0\nquestion: q0"


def test_few_short_values_are_the_answer(write: Write) -> None:
    rows = [{"alpha": f"a longer text {n}", "beta": "yes" if n % 2 else "no"} for n in range(12)]
    mapping = inspect_rows(write, rows).mapping
    assert (mapping.prompt, mapping.completion) == (("alpha",), "beta")
    assert mapping.confident


def test_a_guess_says_that_it_is_one(write: Write) -> None:
    rows = [{"x": f"some words {n}", "y": f"other words {n}", "z": f"{n} third"} for n in range(9)]
    mapping = inspect_rows(write, rows).mapping
    assert not mapping.confident
    assert "check" in mapping.reason


def test_unused_columns_are_named(write: Write) -> None:
    rows = [{"question": f"q{n}", "answer": f"a{n}", "notes": f"n{n}"} for n in range(4)]
    assert "Not used: notes." in inspect_rows(write, rows).mapping.reason


def test_a_proposal_under_which_most_rows_fail_is_not_sure(write: Write) -> None:
    rows: list[dict[str, Any]] = [{"question": f"q{n}", "answer": ""} for n in range(9)]
    rows += [{"question": "q", "answer": "a"}]
    assert not inspect_rows(write, rows).mapping.confident


def test_the_users_mapping_wins(write: Write) -> None:
    rows = [{"question": f"q{n}", "answer": f"a{n}", "topic": f"t{n}"} for n in range(4)]
    chosen = Mapping(prompt=("topic", "question"), completion="answer", system="Be brief.")
    found = inspect_rows(write, rows, mapping=chosen)
    assert found.mapping == chosen
    assert found.samples[0].prompt == "system: Be brief.\nuser: topic: t0\nquestion: q0"


def test_a_system_prompt_alone_keeps_the_proposal(write: Write) -> None:
    rows = [{"question": f"q{n}", "answer": f"a{n}"} for n in range(4)]
    found = inspect_rows(write, rows, mapping=Mapping(system="Be brief."))
    assert found.mapping.completion == "answer"
    assert "Be brief." in found.samples[0].prompt


@pytest.mark.parametrize(
    ("mapping", "code", "said"),
    [
        (Mapping(prompt=("qestion",), completion="answer"), "data.unknown_column", "“question”?"),
        (Mapping(prompt=("zzz",), completion="answer"), "data.unknown_column", "Name one"),
        (Mapping(messages="chat"), "data.unknown_column", "Name one"),
        (Mapping(prompt=("question",)), "data.incomplete_mapping", "answer"),
        (Mapping(completion="answer"), "data.incomplete_mapping", "question"),
        (Mapping(prompt=("answer",), completion="answer"), "data.same_column", "question"),
    ],
)
def test_a_wrong_mapping_names_the_columns_there_are(
    write: Write, mapping: Mapping, code: str, said: str
) -> None:
    rows = [{"question": f"q{n}", "answer": f"a{n}"} for n in range(4)]
    with pytest.raises(LuthierError) as caught:
        inspect_rows(write, rows, mapping=mapping)
    assert caught.value.code == code
    assert "question" in caught.value.as_text()
    assert "answer" in caught.value.as_text()
    assert said in caught.value.remedy
    assert caught.value.place


def test_a_column_that_comes_late_in_the_file_can_be_named(write: Write) -> None:
    rows: list[dict[str, Any]] = [{"question": f"q{n}", "answer": f"a{n}"} for n in range(2500)]
    rows += [{"question": "late", "answer": "x", "reviewed": "better"}]
    found = inspect_rows(write, rows, mapping=Mapping(prompt=("question",), completion="reviewed"))
    assert (found.usable, found.left_out) == (1, 2500)


def test_a_mapping_on_a_path_into_nested_json(write: Write) -> None:
    rows = [{"in": {"text": f"t{n}"}, "out": {"best": [f"a{n}", "b"]}} for n in range(3)]
    mapping = Mapping(prompt=("in.text",), completion="out.best")
    assert inspect_rows(write, rows, mapping=mapping).samples[1].completion == '["a1", "b"]'
