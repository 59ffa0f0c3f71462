"""Asking for another method, a search or a learning curve in plain words, in English and Arabic."""

from __future__ import annotations

from typing import Any

import pytest
from fakes.guide_points import ADVICE, BRIEF, SOURCE
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from luthier.agent.act import ASK_USER
from luthier.agent.brains.guide.curve import curve_step
from luthier.agent.brains.guide.policy import respond
from luthier.agent.brains.guide.situation import Result, Said, Situation
from luthier.agent.brains.guide.steps import next_step
from luthier.agent.brains.guide.understand_changes import read_change
from luthier.agent.brains.llm.hint import hint_for, with_hint
from luthier.agent.brains.prompt import system_message
from luthier.tools.evaluation.model import LearningPoint
from luthier.tools.evaluation.verdict import judge
from luthier.tools.facts import Facts, apply_changes
from luthier.tools.jobs.model import JobState
from luthier.tools.training.plan import DataPlan, EvaluationPlan, Plan
from luthier.tools.training.trials.model import SearchResult, Trial
from tests.unit.agent.test_guide_alternatives import DATASET
from tests.unit.agent.test_guide_hosting import READY, measured
from tests.unit.tools.evaluation.test_verdict import Case, evaluate

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


SHORT_OF_THE_GOAL = Case(both=16, tuned=10, neither=14, criterion=0.9)


def left_open(case: Case = SHORT_OF_THE_GOAL, seconds: float = 300, **more: Any) -> Facts:
    """A session whose tuned model was measured and reported on; training took so many seconds."""
    found = evaluate(case)
    known: dict[str, Any] = {
        "source": SOURCE,
        "brief": BRIEF,
        "advice": ADVICE,
        "settled": ("advice.go_on", "doctor.left"),
        "dataset": DATASET,
        "tokens_checked": True,
        "baseline": found.model_copy(update={"arms": ()}),
        "plan": PLAN,
        "train_job": "t",
        "training": {"seconds": seconds},
        "evaluation": found.model_copy(update={"verdict": judge(found)}),
        "report": "report.html",
        "host_proposal": {"kind": "merged"},
    }
    return Facts(**known | more)


def test_where_the_time_allows_the_curve_is_the_next_step_for_both_brains() -> None:
    facts = left_open()
    reply = next_step(facts)
    assert (reply.tool, reply.arguments) == ("learning_curve", {})
    assert "about 4 min 35 s" in reply.text
    system = system_message(facts.model_dump(mode="json"))
    hinted = with_hint(system, hint_for([system, HumanMessage("go on")])).text
    assert '{"name": "learning_curve", "arguments": {}}' in hinted


@pytest.mark.parametrize(
    "facts",
    [
        left_open(seconds=2_000),
        left_open(brief=BRIEF.model_copy(update={"minutes": 3})),
        left_open(Case(both=30, tuned=10, criterion=0.9)),
        left_open(Case(both=4, tuned=2, neither=3, criterion=0.9)),
        left_open(Case(both=20, neither=20)),
        left_open(settled=("advice.go_on", "doctor.left", "curve.settled")),
        left_open(exports=(READY,)),
        left_open(training={"seconds": 300, "endpoint": {"model": "ft"}}),
        left_open(training={}),
        left_open(plan=None),
    ],
    ids=[
        *("longer than the given time", "little time", "good enough", "few test rows"),
        *(
            "as good as it needs to be",
            "was settled",
            "moved on",
            "elsewhere",
            "unknown",
            "no plan",
        ),
    ],
)
def test_a_curve_that_takes_too_long_or_could_change_nothing_is_not_proposed(facts: Facts) -> None:
    assert curve_step(facts) is None


def test_without_a_given_time_the_curve_may_take_as_long_as_the_training() -> None:
    unsaid = BRIEF.model_copy(update={"minutes": None})
    assert curve_step(left_open(brief=unsaid, seconds=600)) is not None
    assert curve_step(left_open(brief=unsaid, seconds=30)) is None, "loading takes longer"


def test_a_no_to_the_curve_and_a_curve_that_cannot_start_lead_on_once_for_all() -> None:
    facts = left_open()
    no = Result("learning_curve", {}, False, "", {"declined": True})
    error = {"what": "“x” is still under way.", "code": "job.under_way"}
    for result in (no, Result("learning_curve", {}, False, "", {"error": error})):
        reply = respond(Situation(facts, result))
        assert (reply.tool, reply.arguments) == ("take_decision", {"decision": "curve.settled"})
    settled = facts.model_copy(update={"settled": (*facts.settled, "curve.settled")})
    assert next_step(settled).tool == ASK_USER
    again = apply_changes(settled.model_dump(mode="json"), {"training": {"seconds": 9}})
    assert "curve.settled" not in again["settled"], "another training is another question"


def test_a_model_in_the_seat_is_not_told_to_ask_again_what_was_declined() -> None:
    system = system_message(left_open().model_dump(mode="json"))
    call = {"name": "learning_curve", "args": {}, "id": "c", "type": "tool_call"}
    no = ToolMessage("No.", tool_call_id="c", name="learning_curve", status="error")
    no.artifact = {"data": {"declined": True, "reason": ""}}
    asked = AIMessage("", tool_calls=[call], response_metadata={"brain": "llm"})
    hinted = with_hint(system, hint_for([system, HumanMessage("go on"), asked, no])).text
    assert "curve.settled" in hinted
    assert "learning_curve" not in hinted.rpartition("Next step")[2]
