"""Rating pairs in the chat: asked pair by pair, stopped at any time, and a judge called by name."""

from __future__ import annotations

import pytest

from luthier.agent.brains.guide.policy import respond
from luthier.agent.brains.guide.rating import rate_question
from luthier.agent.brains.guide.situation import Answered, Result, Said, Situation
from luthier.tools.facts import Facts
from luthier.tools.questions import Answer
from tests.unit.agent.test_guide_alternatives import DATASET

FACTS = Facts(dataset=DATASET)


@pytest.mark.parametrize(
    "words", ["rate the answers", "let me rate a dozen pairs", "أريد أن أقيم الإجابات"]
)
def test_rating_begins_when_asked_for(words: str) -> None:
    assert respond(Situation(FACTS, Said(words))).tool == "rate_answers"


def test_each_pair_is_a_question_and_the_answer_is_noted() -> None:
    result = Result("rate_answers", {}, True, "Pair 2 of 12.", {"pair": 2, "of": 12})
    reply = respond(Situation(FACTS, result))
    assert reply.arguments is not None
    assert reply.arguments["id"] == "rate.2"
    assert [choice["id"] for choice in reply.arguments["choices"]] == ["A", "B", "tie", "stop"]
    question = rate_question(2, 12)
    for kind, given, better in (("choice", "B", "B"), ("unsure", "", "tie")):
        answer = Answer.model_validate({"kind": kind, "choice_id": given})
        reply = respond(Situation(FACTS, Answered(question, answer)))
        assert (reply.tool, reply.arguments) == ("rate_pair", {"pair": 2, "better": better})
    stop = respond(Situation(FACTS, Answered(question, Answer(kind="choice", choice_id="stop"))))
    assert "kept" in stop.text


def test_a_judge_is_called_by_name_and_address() -> None:
    reply = respond(
        Situation(FACTS, Said("let gpt-4o at https://api.openai.com/v1 judge the answers"))
    )
    assert reply.tool == "judge_answers"
    assert reply.arguments == {
        "url": "https://api.openai.com/v1",
        "model": "gpt-4o",
        "rubric": "",
    }
