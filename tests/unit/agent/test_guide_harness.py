"""Asking for lm-eval in plain words, in English and Arabic."""

from __future__ import annotations

import pytest

from luthier.agent.brains.guide.policy import respond
from luthier.agent.brains.guide.situation import Said, Situation
from luthier.tools.facts import Facts


@pytest.mark.parametrize(
    ("words", "task"),
    [
        ("run lm-eval on ./my tasks/sums.yaml", "./my tasks/sums.yaml"),
        ("Please ask lm_eval arc_easy.", "arc_easy"),
        ("use the evaluation harness with the task gsm8k", "gsm8k"),
        ("شغل lm-eval على مهمة arc_easy", "arc_easy"),
        ("اسأل lm-eval عن arc_easy", "arc_easy"),
        ("استخدم lm-eval مع الملف ./مهام/جمع.yaml", "./مهام/جمع.yaml"),
    ],
)
def test_the_task_is_taken_as_written(words: str, task: str) -> None:
    reply = respond(Situation(Facts(), Said(words)))
    assert (reply.tool, reply.arguments) == ("ask_harness", {"task": task})


@pytest.mark.parametrize("words", ["what is lm-eval?", "lm-eval", "does lm-eval use my data?"])
def test_questions_start_nothing(words: str) -> None:
    assert respond(Situation(Facts(), Said(words))).tool != "ask_harness"
