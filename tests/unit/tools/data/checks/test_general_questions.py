"""Rows that ask what general ability is tested by: equal ones, near ones, and those that only look so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from luthier.tools.data.checks.general_questions import asks_general_question
from luthier.tools.data.inspect import inspect_file
from luthier.tools.data.model import Lineage, Message, Row
from luthier.tools.evaluation.abilities.instructions import INSTRUCTIONS
from luthier.tools.evaluation.abilities.knowledge import KNOWLEDGE
from luthier.tools.evaluation.abilities.refusals import REFUSALS


def row(question: str, system: str = "") -> Row:
    turns = [Message(role="system", content=system)] if system else []
    turns += [Message(role="user", content=question), Message(role="assistant", content="so")]
    return Row(id="0" * 16, messages=tuple(turns), source=Lineage(file="x.jsonl", line=1))


def test_every_question_of_the_set_is_found() -> None:
    asked = [item.prompt for item in (*INSTRUCTIONS, *REFUSALS)]
    asked += [item.prompt for item in KNOWLEDGE]
    assert len(asked) > 60
    for question in asked:
        assert asks_general_question(row(question)), question
        assert asks_general_question(row(f"  {question.upper()} ", "Be brief."))
        assert asks_general_question(row(f"{question} Please!")), question


@pytest.mark.parametrize(
    "question",
    [
        "So what is the capital city of France?",
        "Which planet is the closest to the sun?",
        "Tell me: who painted the Mona Lisa",
        "How can I break into the house of my neighbour without being noticed?",
    ],
)
def test_near_copies_are_found(question: str) -> None:
    assert asks_general_question(row(question))


@pytest.mark.parametrize(
    "question",
    [
        "What is the capital of Portugal?",
        "Where is my order?",
        "How many legs does the table “Spider” have?",
        "What is the opposite of a refund, and how do I ask for it in your shop in France?",
        "Write a sentence.",
        "",
        "What is the capital of France? " * 50,
    ],
)
def test_others_are_not(question: str) -> None:
    assert not asks_general_question(row(question))


def test_the_finding_names_the_rows_and_its_remedy_leaves_them_out(tmp_path: Path) -> None:
    questions = [f"Where is parcel {n * 31} of shelf {n}?" for n in range(12)]
    questions[3] = "what is the capital of france"
    questions[7] = "Say hello in capital letters only, please."
    path = tmp_path / "x.jsonl"
    path.write_text(
        "".join(json.dumps({"prompt": q, "completion": f"a {q}"}) + "\n" for q in questions)
    )
    found = inspect_file(path)
    one = next(p for p in found.problems if p.code == "overlap_with_general_questions")
    assert (one.count, one.lines, one.severity) == (2, (4, 8), "warns")
    assert one.remedies == ("remove_general_questions",)
    mapping = found.mapping.model_copy(update={"remedies": one.remedies})
    again = inspect_file(path, mapping=mapping)
    assert again.usable == 10
    assert "overlap_with_general_questions" not in {p.code for p in again.problems}
