"""Points of the guide's interview and after it: the facts there, and what is asked."""

from __future__ import annotations

from typing import Any

from luthier.agent.brains.guide import questions
from luthier.agent.brains.guide.policy import respond
from luthier.agent.brains.guide.reply import Reply
from luthier.agent.brains.guide.situation import Answered, Situation
from luthier.tools.advice.model import Advice, Brief
from luthier.tools.data.model import Inspection, Mapping, Task
from luthier.tools.facts import Facts
from luthier.tools.questions import Answer, Question

SOURCE = Inspection(
    path="/data/mail.csv",
    sha256="0" * 64,
    bytes=100,
    format="csv",
    format_reason="",
    encoding="utf-8",
    columns=("text", "label"),
    rows_in=200,
    mapping=Mapping(prompt=("text",), completion="label"),
    samples=(),
    problems=(),
    usable=200,
    duplicates=0,
    task=Task(kind="labels", labels=("ham", "spam"), reason="Two labels."),
)
BRIEF = Brief(use_case="labels", tried=("nothing",), minutes=15, criterion=0.9)
ADVICE = Advice(recommendation="try_first", headline="Try retrieval.", reasons=("You want facts.",))
AT_USE_CASE = Facts(source=SOURCE)
ASKED = {
    "start": (Facts(), questions.start()),
    "file": (Facts(), questions.file()),
    "use_case": (AT_USE_CASE, questions.use_case(SOURCE)),
    "tried": (Facts(source=SOURCE, brief=Brief(use_case="labels")), questions.tried()),
    "worth": (
        Facts(source=SOURCE, brief=Brief(use_case="labels", tried=("nothing",))),
        questions.worth(SOURCE),
    ),
    "advice": (
        Facts(source=SOURCE, brief=BRIEF, advice=ADVICE),
        questions.go_on_regardless(Facts(advice=ADVICE)),
    ),
}


def answer(facts: Facts, question: Question, **given: Any) -> Reply:
    """What the guide replies to an answer."""
    return respond(Situation(facts, Answered(question, Answer(**given))))


def say(facts: Facts, question: Question, text: str) -> Reply:
    """What the guide replies to words typed at a question."""
    return answer(facts, question, kind="text", text=text)


def planned(criterion: float = 0.9, score: float = 0.2) -> Facts:
    """With a plan; the base model reached ``score`` in the baseline measurement."""
    dataset = {
        "id": "d",
        "name": "mail",
        "source_path": "/data/mail.csv",
        "source_sha256": "0" * 64,
        "mapping": SOURCE.mapping.model_dump(),
        "task": SOURCE.task.model_dump(),
        "seed": 13,
        "fractions": (0.8, 0.1, 0.1),
        "rows_in": 200,
        "left_out": 0,
        "duplicates": 0,
        "train": 160,
        "validation": 20,
        "test": 20,
    }
    arm = {
        "arm": "base",
        "label": "base",
        "metrics": {"exact_match": score},
        "stop_rate": 1.0,
        "prompt_tokens": 10,
        "completion_tokens": 2,
        "seconds": 1,
        "rows": 20,
        "predictions_file": "",
    }
    return Facts.model_validate(
        {
            "source": SOURCE.model_dump(),
            "brief": {**BRIEF.model_dump(), "criterion": criterion},
            "advice": {"recommendation": "tune", "headline": "Tune.", "reasons": []},
            "dataset": dataset,
            "tokens_checked": True,
            "baseline_job": "b",
            "baseline": {
                "id": "e",
                "dataset_id": "d",
                "metric": "exact_match",
                "test_rows": 20,
                "arms": [arm],
            },
            "plan": {
                "name": "mail",
                "task": SOURCE.task.model_dump(),
                "data": {
                    "dataset_id": "d",
                    "path": "/data/mail.csv",
                    "sha256": "0" * 64,
                    "mapping": SOURCE.mapping.model_dump(),
                },
                "evaluation": {"metric": "exact_match"},
            },
        }
    )
