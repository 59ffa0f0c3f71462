"""The offline guide where there is a plan, and what it says of what was measured and trained."""

from __future__ import annotations

from typing import Any

import pytest
from fakes.guide_points import ASKED, BRIEF, SOURCE, planned, say
from fakes.plans import MACHINE, STARTER, propose, report

from luthier.agent.brains.guide.policy import respond
from luthier.agent.brains.guide.situation import Result, Said, Situation
from luthier.tools.estimate.formula import estimate_plan
from luthier.tools.evaluation.model import Decision, Evaluation, Verdict
from luthier.tools.facts import Facts
from luthier.tools.training.changes import change_plan
from luthier.tools.training.plan import Estimate

EVALUATION = Evaluation(id="e", dataset_id="d", metric="exact_match", test_rows=10, arms=())


def test_a_declined_launch_with_a_wish_changes_the_plan() -> None:
    declined = {"declined": True, "reason": "use 2 epochs"}
    facts = planned()

    reply = respond(Situation(facts, Result("launch_training", {}, False, "", declined)))

    assert reply.tool == "change_plan"
    assert reply.arguments is not None
    assert list(reply.arguments["changes"].values()) == ["2"]


@pytest.mark.parametrize(
    "reason",
    [
        *("", "it is too dear", "my boss is against it", "غالٍ جدا"),
        *("is too dear", "will cost too much", "does not fit my budget", "has to wait"),
        *("about twice my budget", "when I am back home", "do it tomorrow", "can wait"),
    ],
)
@pytest.mark.parametrize(
    ("tool", "leads_to"),
    [
        ("launch_training", "declined"),
        ("get_starter", "starter"),
        ("run_baselines", "unmeasured"),
        ("run_evaluation", "unjudged"),
        ("deploy_base", "deploy.declined"),
        ("deploy_tuned", "deploy.declined"),
    ],
)
def test_a_no_leads_on_from_its_tool_whether_or_not_a_reason_was_given(
    tool: str, leads_to: str, reason: str
) -> None:
    refused = Result(tool, {}, False, "", {"declined": True, "reason": reason})

    arguments = respond(Situation(planned(), refused)).arguments or {}

    assert leads_to in (arguments.get("id"), arguments.get("decision"))


@pytest.mark.parametrize(
    "reason", ["is it safe", "what is an epoch", "why so dear?", "does the price include hosting"]
)
def test_a_question_given_with_a_no_is_answered(reason: str) -> None:
    refused = Result("launch_training", {}, False, "", {"declined": True, "reason": reason})
    assert respond(Situation(planned(), refused)).tool == "search_lessons"


def test_a_wish_to_compare_changes_the_plan_but_is_a_use_case_before_there_is_one() -> None:
    longer = respond(Situation(planned(), Said("a bit longer")))
    assert longer.arguments == {"changes": {"epochs": "a bit more"}}

    facts, question = ASKED["use_case"]
    wanted = say(facts, question, "I want it to be shorter and friendlier")
    assert wanted.tool == "note_answers"

    rows = respond(Situation(planned(), Said("half the rows")))
    assert "half the epochs" in rows.text


def test_the_time_to_spend_can_be_changed_later() -> None:
    reply = respond(Situation(planned(), Said("give it half an hour")))

    assert reply.tool == "note_answers"
    assert reply.arguments == {"minutes": 30}


def test_a_good_enough_alternative_leads_to_the_recommendation_to_stop() -> None:
    facts = planned(criterion=0.5, score=0.6)

    reply = respond(Situation(facts, Said("go on")))

    assert reply.arguments is not None
    assert reply.arguments["id"] == "baseline"
    assert reply.arguments["default"] == "stop"


@pytest.mark.parametrize(
    ("minutes", "said"), [(40.0, "“use 2 epochs”"), (17.0, ""), (200.0, "“use 1 epoch”")]
)
def test_measured_time_beyond_the_minutes_given_is_said(minutes: float, said: str) -> None:
    plan = propose().model_copy(deep=True)
    plan.train.epochs = 6
    estimate = Estimate(
        measured=True,
        memory_bytes=1,
        available_bytes=2,
        disk_bytes=1,
        free_disk_bytes=2,
        train_seconds=minutes * 60,
        train_seconds_low=minutes * 50,
        train_seconds_high=minutes * 80,
        evaluate_seconds=10,
        steps=10,
    )
    facts = Facts(source=SOURCE, brief=BRIEF, plan=plan, estimate=estimate)

    reply = respond(
        Situation(
            facts,
            Result("take_in_result", {}, True, "", {"kind": "preflight", "state": "succeeded"}),
        )
    )

    assert ("more than the 15 minutes" in reply.text) == bool(said)
    assert said in reply.text


@pytest.mark.parametrize("tool", ["take_in_result", "note_answers"])
def test_a_plan_fitted_to_the_minutes_is_said(tool: str) -> None:
    words = "I plan for **3** instead of 6 to stay within your 10 minutes."
    data = {"kind": "preflight", "state": "succeeded", "refitted": words}
    estimate = estimate_plan(propose(), report(400), STARTER, MACHINE)
    facts = Facts(source=SOURCE, brief=BRIEF, plan=propose(), estimate=estimate)

    reply = respond(Situation(facts, Result(tool, {}, True, "", data)))

    assert words in reply.text


@pytest.mark.parametrize(
    ("decision", "training", "said", "not_said"),
    [
        ("do_not_ship", {"steps": 220, "best_step": 215}, "“use 9 epochs”.", "hardly help"),
        ("do_not_ship", {"steps": 9, "best_step": 9, "seconds": 600.0}, "about 15 min", "hardly"),
        ("do_not_ship", {"steps": 220, "best_step": 80}, "hardly help", "epochs"),
        ("more_data", {"steps": 9, "best_step": 9, "stopped_early": "no gain"}, "hardly", "epochs"),
        ("ship", {"steps": 220, "best_step": 215}, "", "may help"),
    ],
)
def test_a_verdict_against_shipping_says_what_may_help(
    decision: Decision, training: dict[str, Any], said: str, not_said: str
) -> None:
    losses = {"base_validation_loss": 2.0, "best_validation_loss": 0.1}
    verdict = Verdict(decision=decision, sentence="The verdict.", reasons=())
    facts = Facts(
        source=SOURCE,
        brief=BRIEF,
        plan=change_plan(propose(), {"epochs": 6}),
        training=losses | training,
        evaluation=EVALUATION.model_copy(update={"verdict": verdict}),
    )
    data = {"kind": "evaluate", "state": "succeeded"}

    reply = respond(Situation(facts, Result("take_in_result", {}, True, "", data)))

    assert "The verdict." in reply.text
    assert said in reply.text
    assert not_said not in reply.text
