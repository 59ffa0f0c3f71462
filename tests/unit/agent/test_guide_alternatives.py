"""Asking for more alternatives, or one's own prompt, in plain words."""

from __future__ import annotations

from typing import Any

import pytest

from luthier.agent.brains.guide.policy import respond
from luthier.agent.brains.guide.situation import Said, Situation
from luthier.tools.data.model import DatasetInfo, Mapping, Task
from luthier.tools.facts import Facts

EVERYTHING = ["prompted", "few_shot", "retrieval", "tuned_retrieval"]
DATASET = DatasetInfo(
    id="d",
    name="rows.csv",
    source_path="rows.csv",
    source_sha256="0",
    mapping=Mapping(completion="answer"),
    task=Task(kind="text"),
    train=80,
    validation=10,
    test=10,
    fractions=(0.8, 0.1, 0.1),
    rows_in=100,
    left_out=0,
    duplicates=0,
    seed=13,
    created_at="",
)


@pytest.mark.parametrize(
    ("words", "arms"),
    [
        ("compare with everything", EVERYTHING),
        ("Measure all alternatives.", EVERYTHING),
        ("also try retrieval", ["retrieval"]),
        ("add RAG and few-shot", ["few_shot", "retrieval"]),
        ("compare with instructions in the prompt too", ["prompted"]),
        ("test the tuned model with retrieval", ["tuned_retrieval"]),
    ],
)
def test_more_alternatives_are_measured_when_asked_for(words: str, arms: list[str]) -> None:
    reply = respond(Situation(Facts(dataset=DATASET), Said(words)))
    assert reply.tool == "compare_alternatives"
    assert reply.arguments == {"arms": arms, "prompt": ""}


def test_ones_own_prompt_is_taken_word_for_word() -> None:
    text = 'My prompt is: "You sort tickets.\nAnswer with one word."'
    reply = respond(Situation(Facts(dataset=DATASET), Said(text)))
    assert reply.arguments == {
        "arms": ["prompted"],
        "prompt": "You sort tickets.\nAnswer with one word.",
    }


def test_without_data_it_says_when() -> None:
    reply = respond(Situation(Facts(), Said("compare with everything")))
    assert reply.tool != "compare_alternatives"
    assert "as soon as the data is prepared" in reply.text


@pytest.mark.parametrize("words", ["what is retrieval?", "try another learning rate", "test it"])
def test_other_wishes_are_not_taken_for_it(words: str) -> None:
    reply: Any = respond(Situation(Facts(dataset=DATASET), Said(words)))
    assert reply.tool != "compare_alternatives"
