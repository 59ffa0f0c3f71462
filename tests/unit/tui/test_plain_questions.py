"""What a typed line means as an answer, and that only a plain yes is a yes."""

from __future__ import annotations

import pytest

from luthier.tools.questions import Answer, Approval, Choice, Question
from luthier.tui.plain_questions import (
    approval_lines,
    question_lines,
    read_answer,
)

QUESTION = Question(
    id="q",
    text="What shall it learn?",
    choices=(
        Choice(id="labels", label="Labels", detail="one of a few"),
        Choice(id="style", label="Style"),
    ),
    default="style",
    why="It decides the measure.",
)


def test_a_question_is_numbered_lines() -> None:
    assert question_lines(QUESTION) == [
        "Question: What shall it learn?",
        "  1. Labels: one of a few",
        "  2. Style (usual)",
        "  Answer with a number or your own words, ? if you do not know, why for the reason, "
        "back for the question before.",
    ]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("1", Answer(kind="choice", choice_id="labels")),
        (" 2 \n", Answer(kind="choice", choice_id="style")),
        ("labels", Answer(kind="choice", choice_id="labels")),
        ("3", Answer(kind="text", text="3")),
        ("?", Answer(kind="unsure")),
        ("I don't know", Answer(kind="unsure")),
        ("back", Answer(kind="back")),
        ("it sorts mails", Answer(kind="text", text="it sorts mails")),
    ],
)
def test_answers(line: str, answer: Answer) -> None:
    assert read_answer(QUESTION, line) == answer


def test_why_is_explained_and_asks_again() -> None:
    assert read_answer(QUESTION, "why?") == "Why I ask: It decides the measure."


def test_back_is_refused_where_there_is_nothing_before() -> None:
    first = QUESTION.model_copy(update={"allow_back": False})
    assert read_answer(first, "back") == "There is no question before this one."
    assert "back" not in question_lines(first)[-1]


def test_a_number_is_text_where_there_are_no_choices() -> None:
    free = Question(id="q", text="How many minutes?")
    assert read_answer(free, "1") == Answer(kind="text", text="1")


def test_an_approval_shows_its_details() -> None:
    approval = Approval(
        tool="t", effect="long_job", title="Start the training", details=(("Time", "9 min"),)
    )
    assert approval_lines(approval)[:2] == [
        "Your yes is needed: Start the training",
        "  Time: 9 min",
    ]
