"""What people type at the guide's own questions picks the choice they mean."""

from __future__ import annotations

import pytest

from luthier.agent.brains.guide import questions
from luthier.agent.brains.guide.understand import read_choice
from luthier.tools.questions import Question

QUESTIONS = (
    questions.start(),
    questions.file(),
    questions.use_case(None),
    questions.tried(),
    questions.worth(None),
    questions.stop_at_baseline(),
    questions.declined(),
    questions.starter(),
)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_number_name_and_label_pick_each_choice(question: Question) -> None:
    for number, choice in enumerate(question.choices, start=1):
        for typed in (str(number), choice.id, choice.label, f"{choice.label.upper()}."):
            assert read_choice(typed, question.choices) == choice.id, typed


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        (questions.start(), "my own file", "own"),
        (questions.start(), "built-in example", "shop_tickets"),
        (questions.start(), "limericks", "elle"),
        (questions.start(), "just a question", "ask"),
        (questions.start(), "I have a file", "own"),
        (questions.tried(), "nothing yet", "nothing"),
        (questions.tried(), "i tried few-shot", "few_shot"),
        (questions.tried(), "better prompts", "prompting"),
        (questions.worth(None), "9 of 10", "nine_of_ten"),
        (questions.worth(None), "any gain", "clear_gain"),
        (questions.worth(None), "an hour", "high"),
        (questions.worth(None), "first impression", "quick"),
        (questions.stop_at_baseline(), "stop here", "stop"),
        (questions.stop_at_baseline(), "tune anyway", "go_on"),
        (questions.declined(), "back to data", "data"),
        (questions.starter(), "my own model", "folder"),
    ],
)
def test_own_words_pick_the_choice_meant(question: Question, text: str, expected: str) -> None:
    assert read_choice(text, question.choices) == expected
