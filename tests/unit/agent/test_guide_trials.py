"""Asking for another method, a search or a learning curve in plain words, in English and Arabic."""

from __future__ import annotations

from typing import Any

import pytest

from luthier.agent.brains.guide.policy import respond
from luthier.agent.brains.guide.situation import Result, Said, Situation
from luthier.agent.brains.guide.understand_changes import read_change
from luthier.tools.evaluation.model import LearningPoint
from luthier.tools.facts import Facts
from luthier.tools.jobs.model import JobState
from luthier.tools.training.plan import DataPlan, EvaluationPlan, Plan
from luthier.tools.training.trials.model import SearchResult, Trial
from tests.unit.agent.test_guide_alternatives import DATASET
from tests.unit.agent.test_guide_hosting import measured

PLAN = Plan(
    name="shop",
    task=DATASET.task,
    data=DataPlan(dataset_id=DATASET.id, path="", sha256="", mapping=DATASET.mapping),
    evaluation=EvaluationPlan(metric="exact_match"),
)


@pytest.mark.parametrize(
    ("words", "method"),
    [
        ("use DPO", "dpo"),
        ("go with orpo instead", "orpo"),
        ("Train with KTO, please.", "kto"),
        ("full fine-tuning", "full"),
        ("tune all the weights", "full"),
        ("back to LoRA", "lora"),
        ("استخدم DPO", "dpo"),
        ("استخدم الضبط الكامل", "full"),
    ],
)
def test_a_method_is_a_change_of_the_plan(words: str, method: str) -> None:
    assert [(one.field_words, one.value) for one in read_change(words)] == [("method", method)]


def test_a_method_and_a_value_can_be_said_together() -> None:
    changes = {one.field_words: one.value for one in read_change("use DPO and 2 epochs")}
    assert changes == {"method": "dpo", "epochs": "2"}


@pytest.mark.parametrize("words", ["what is DPO?", "LoRA?", "lora", "lora rank 32"])
def test_questions_and_other_settings_are_no_method(words: str) -> None:
    assert not [one for one in read_change(words) if one.field_words == "method"]


@pytest.mark.parametrize(
    ("words", "tool", "arguments"),
    [
        ("search the settings for 30 minutes", "search_settings", {"minutes": 30}),
        ("find the best hyperparameters in half an hour", "search_settings", {"minutes": 30}),
        ("tune the hyperparameters", "search_settings", {}),
        ("ابحث عن أفضل الإعدادات لمدة 20 دقيقة", "search_settings", {"minutes": 20}),
        ("take the best settings", "take_best_settings", {}),
        ("خذ أفضل الإعدادات", "take_best_settings", {}),
        ("draw me a learning curve please", "learning_curve", {}),
        ("Would more data help?", "learning_curve", {}),
        ("ارسم منحنى التعلم", "learning_curve", {}),
    ],
)
def test_trials_are_started_by_their_tool(words: str, tool: str, arguments: dict[str, Any]) -> None:
    reply = respond(Situation(Facts(), Said(words)))
    assert (reply.tool, reply.arguments) == (tool, arguments)


@pytest.mark.parametrize("words", ["search", "what is a learning curve?", "what is a sweep?"])
def test_a_bare_word_or_a_question_starts_no_trial(words: str) -> None:
    reply = respond(Situation(Facts(), Said(words)))
    assert reply.tool not in ("search_settings", "learning_curve")


def found(best: int) -> SearchResult:
    """A search of two trials."""
    settings = ({"train.learning_rate": 5e-4}, {"train.learning_rate": 2e-4})
    return SearchResult(
        trials=tuple(
            Trial(
                number=number,
                settings={**one, "train.epochs": 2},
                state=JobState.SUCCEEDED,
                validation_loss=float(number != best),
            )
            for number, one in enumerate(settings, start=1)
        ),
        best=best,
        present={"train.learning_rate": 5e-4, "train.epochs": 2},
    )


def ended(search: SearchResult) -> str:
    """What the guide says once a search was taken in."""
    result = Result(
        name="take_in_result",
        arguments={},
        ok=True,
        summary="",
        data={"kind": "search", "state": "succeeded"},
    )
    return respond(Situation(Facts(search=search.model_dump(mode="json")), result)).text


def test_the_winner_goes_into_the_plan_only_on_the_users_word() -> None:
    assert found(2).changes() == {"train.learning_rate": 2e-4}
    assert "take the best settings" in ended(found(2))
    assert not found(1).changes()
    assert "nothing has to be changed" in ended(found(1))


def test_the_learning_curve_is_offered_where_more_passes_would_not_help() -> None:
    facts = measured("do_not_ship", dataset=DATASET, plan=PLAN)
    training = {"steps": 40, "best_step": 10, "stopped_early": "no gain", "seconds": 60.0}
    facts = facts.model_copy(update={"training": training})
    ended = Result("take_in_result", {}, True, "", {"kind": "evaluate", "state": "succeeded"})
    assert "“learning curve”" in respond(Situation(facts, ended)).text
    assert facts.evaluation is not None
    points = tuple(LearningPoint(rows=n, value=0.5, low=0.4, high=0.6) for n in (20, 40, 80))
    drawn = facts.evaluation.model_copy(update={"learning": points})
    known = facts.model_copy(update={"evaluation": drawn})
    assert "“learning curve”" not in respond(Situation(known, ended)).text
    hosted = facts.model_copy(update={"training": {**training, "endpoint": {"model": "ft"}}})
    assert "“learning curve”" not in respond(Situation(hosted, ended)).text
