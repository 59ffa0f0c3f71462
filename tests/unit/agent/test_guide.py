"""The offline guide as a pure function: a situation in, a reply out."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fakes.plans import MACHINE, STARTER, propose, report
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, BaseMessage, SystemMessage, ToolMessage

from luthier.agent.act import ASK_USER
from luthier.agent.brains.guide import questions
from luthier.agent.brains.guide.can_do import can_do
from luthier.agent.brains.guide.policy import respond
from luthier.agent.brains.guide.reply import Reply
from luthier.agent.brains.guide.situation import (
    Answered,
    Opened,
    Result,
    Said,
    Situation,
    read_situation,
)
from luthier.agent.brains.guide.understand import read_intent
from luthier.tools.advice.model import Advice, Brief
from luthier.tools.catalog.registry import TOOLS
from luthier.tools.data.example import example_path
from luthier.tools.data.model import Inspection, Mapping, Task
from luthier.tools.estimate.formula import estimate_plan
from luthier.tools.evaluation.model import Decision, Evaluation, Verdict
from luthier.tools.facts import Facts
from luthier.tools.questions import Answer, Question
from luthier.tools.training.changes import change_plan
from luthier.tools.training.plan import Estimate

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
EVALUATION = Evaluation(id="e", dataset_id="d", metric="exact_match", test_rows=10, arms=())
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
    return respond(Situation(facts, Answered(question, Answer(**given))))


def say(facts: Facts, question: Question, text: str) -> Reply:
    return answer(facts, question, kind="text", text=text)


def test_it_greets_and_offers_four_ways_to_start() -> None:
    reply = respond(Situation(Facts(), Opened()))

    assert "Luthier" in reply.text
    asked = Question.model_validate(reply.arguments)
    assert {choice.id for choice in asked.choices} >= {"own", "shop_tickets", "sessions", "ask"}


@pytest.mark.parametrize("name", ASKED)
def test_every_question_has_choices_a_default_and_a_why(name: str) -> None:
    _facts, question = ASKED[name]

    assert question.default in {choice.id for choice in question.choices}
    assert len(question.why) > 40


@pytest.mark.parametrize("name", ASKED)
def test_not_knowing_takes_the_default_and_goes_on(name: str) -> None:
    facts, question = ASKED[name]

    reply = answer(facts, question, kind="unsure")

    assert reply.tool in TOOLS
    if name in ("use_case", "tried", "worth"):
        assert reply.arguments is not None
        assert reply.arguments["assumed"]


@pytest.mark.parametrize(
    ("name", "cleared"),
    [("tried", "use_case"), ("worth", "tried"), ("advice", "criterion")],
)
def test_back_takes_the_answer_before_back(name: str, cleared: str) -> None:
    facts, question = ASKED[name]

    reply = answer(facts, question, kind="back")

    assert reply.tool == "note_answers"
    assert reply.arguments is not None
    assert cleared in reply.arguments["clear"]


@pytest.mark.parametrize("name", ["tried", "worth", "advice"])
@pytest.mark.parametrize("typed", ["back", "go back", "رجوع", "أريد أن أرجع خطوة"])
def test_back_said_in_words_is_the_same_step(name: str, typed: str) -> None:
    facts, question = ASKED[name]

    assert say(facts, question, typed) == answer(facts, question, kind="back")


@pytest.mark.parametrize("name", ASKED)
def test_a_question_about_a_word_is_looked_up_without_losing_the_place(name: str) -> None:
    facts, question = ASKED[name]

    reply = say(facts, question, "what is LoRA?")
    assert reply.tool == "search_lessons"

    lesson = {"id": "lora", "title": "LoRA", "text": "A small addition."}
    after = respond(Situation(facts, Result("search_lessons", {}, True, "", {"lessons": [lesson]})))
    assert "A small addition." in after.text
    assert after.tool == "ask_user"


def lesson_messages(question: Question, facts: Facts) -> list[BaseMessage]:
    """A conversation in which "what is LoRA?" was typed at a question and looked up."""
    lesson = {"id": "lora", "title": "LoRA", "text": "A small addition."}
    typed = Answer(kind="text", text="what is LoRA?").model_dump(mode="json")
    asking = {"name": ASK_USER, "args": question.model_dump(mode="json"), "id": "1"}
    looking = {"name": "search_lessons", "args": {"query": "what is LoRA?"}, "id": "2"}
    return [
        SystemMessage("", additional_kwargs={"facts": facts.model_dump(mode="json")}),
        AIMessage("", tool_calls=[asking]),
        ToolMessage(
            "", name=ASK_USER, tool_call_id="1", artifact={"data": {"answer": typed, "spoken": ""}}
        ),
        AIMessage("", tool_calls=[looking]),
        ToolMessage(
            "",
            name="search_lessons",
            tool_call_id="2",
            artifact={"data": {"lessons": [lesson]}},
        ),
    ]


@pytest.mark.parametrize("question", [questions.start(), questions.use_case(SOURCE)])
def test_after_a_lesson_the_question_that_was_open_is_asked_again(question: Question) -> None:
    """Gone back to the beginning, the old file is still known, but not what was asked about."""
    reply = respond(read_situation(lesson_messages(question, AT_USE_CASE)))

    assert "A small addition." in reply.text
    assert Question.model_validate(reply.arguments) == question


def test_no_full_stop_follows_a_title_that_is_a_question() -> None:
    titles = ("How long does it take?", "LoRA", "CPU or GPU?")
    lessons = [{"id": title, "title": title, "text": "Time is rows."} for title in titles]
    found = Result("search_lessons", {}, True, "", {"lessons": lessons})
    turned = Result("search_lessons", {}, True, "", {"lessons": lessons[1::-1]})

    text = respond(Situation(Facts(), found)).text
    assert "**How long does it take?** Time" in text
    assert "*See also: LoRA, CPU or GPU?*" in text
    assert "**LoRA.** Time" in respond(Situation(Facts(), turned)).text


@pytest.mark.parametrize("name", ["use_case", "tried"])
@pytest.mark.parametrize("typed", ["9", "0", " 12. ", "٩"])
def test_a_number_beyond_the_choices_is_no_answer(name: str, typed: str) -> None:
    facts, question = ASKED[name]

    reply = say(facts, question, typed)

    assert f"from 1 to {len(question.choices)}" in reply.text
    assert Question.model_validate(reply.arguments) == question


def test_another_file_says_that_the_answers_of_the_interview_are_kept() -> None:
    another = Result("inspect_data", {}, True, "", {"another_file": True})
    same = Result("inspect_data", {}, True, "", {"another_file": False})
    answered = Facts(source=SOURCE, brief=BRIEF)

    said = respond(Situation(answered, another)).text
    assert "“go back to the interview”" in said
    assert read_intent("go back to the interview").stage == "decide"
    assert "interview" not in respond(Situation(answered, same)).text
    assert "interview" not in respond(Situation(AT_USE_CASE, another)).text


def test_why_is_answered_on_the_spot() -> None:
    facts, question = ASKED["use_case"]

    reply = say(facts, question, "why do you ask?")

    assert reply.text == question.why
    assert reply.tool == "ask_user"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("start", "~/my data/mail.csv", {"path": "~/my data/mail.csv"}),
        ("start", "2", {"example": "shop_tickets"}),
        ("use_case", "answer in our company's tone of voice", {"use_case": "style"}),
        ("use_case", "it should know our product manual", {"use_case": "new_facts"}),
        (
            "tried",
            "I wrote a long prompt with a few examples",
            {"tried": ["few_shot", "prompting"]},
        ),
        ("worth", "80% and half an hour", {"criterion": 0.8, "minutes": 30}),
        ("worth", "85", {"criterion": 0.85, "minutes": 10}),
        ("advice", "yes", {"decision": "advice.go_on"}),
        ("advice", "no", {"decision": "advice.stop"}),
    ],
)
def test_free_text_is_understood(name: str, text: str, expected: dict[str, Any]) -> None:
    facts, question = ASKED[name]

    reply = say(facts, question, text)

    assert reply.arguments is not None
    assert {key: reply.arguments.get(key) for key in expected} == expected


def test_what_it_does_not_understand_is_never_a_dead_end() -> None:
    facts, question = ASKED["worth"]

    reply = say(facts, question, "purple monkey dishwasher")

    assert "did not understand" in reply.text
    assert reply.tool == "ask_user"


@settings(max_examples=300, deadline=None)
@given(name=st.sampled_from(sorted(ASKED)), text=st.text(max_size=80))
def test_any_words_at_any_question_get_a_reply(name: str, text: str) -> None:
    facts, question = ASKED[name]

    reply = say(facts, question, text)

    assert reply.tool == "ask_user" or reply.tool in TOOLS or reply.text


@settings(max_examples=200, deadline=None)
@given(text=st.text(min_size=1, max_size=80))
def test_any_words_at_rest_get_a_reply(text: str) -> None:
    reply = respond(Situation(Facts(source=SOURCE, brief=BRIEF, baseline_job="j"), Said(text)))

    assert reply.text or reply.tool


def test_a_failure_says_what_happened_and_asks_what_to_do() -> None:
    facts = Facts(source=SOURCE, brief=BRIEF, advice=ADVICE, settled=("advice.go_on",))
    error = {"what": "The disk is full.", "why": "", "remedy": "Free some space.", "place": "/home"}

    reply = respond(
        Situation(facts, Result("run_baselines", {}, False, "The disk is full.", {"error": error}))
    )

    assert "The disk is full." in reply.text
    assert "Free some space." in reply.text
    assert reply.tool == "ask_user"


def test_a_declined_launch_with_a_wish_changes_the_plan() -> None:
    declined = {"declined": True, "reason": "use 2 epochs"}
    facts = _planned()

    reply = respond(Situation(facts, Result("launch_training", {}, False, "", declined)))

    assert reply.tool == "change_plan"
    assert reply.arguments is not None
    assert list(reply.arguments["changes"].values()) == ["2"]


@pytest.mark.parametrize("reason", ["", "it is too dear", "my boss is against it", "غالٍ جدا"])
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

    arguments = respond(Situation(_planned(), refused)).arguments or {}

    assert leads_to in (arguments.get("id"), arguments.get("decision"))


def test_a_wish_to_compare_changes_the_plan_but_is_a_use_case_before_there_is_one() -> None:
    longer = respond(Situation(_planned(), Said("a bit longer")))
    assert longer.arguments == {"changes": {"epochs": "a bit more"}}

    facts, question = ASKED["use_case"]
    wanted = say(facts, question, "I want it to be shorter and friendlier")
    assert wanted.tool == "note_answers"

    rows = respond(Situation(_planned(), Said("half the rows")))
    assert "half the epochs" in rows.text


def test_a_missing_starter_model_is_asked_for_once() -> None:
    missing = {"error": {"what": "It is not ready.", "code": "model.starter_missing"}}
    facts = Facts(source=SOURCE, brief=BRIEF)
    reply = respond(Situation(facts, Result("check_tokens", {}, False, "", missing)))
    assert reply.tool == "get_starter"

    declined = Result("get_starter", {}, False, "", {"declined": True, "reason": ""})
    assert Question.model_validate(respond(Situation(facts, declined)).arguments).id == "starter"


def test_the_time_to_spend_can_be_changed_later() -> None:
    reply = respond(Situation(_planned(), Said("give it half an hour")))

    assert reply.tool == "note_answers"
    assert reply.arguments == {"minutes": 30}


@pytest.mark.parametrize("typed", ["I only have 30 minutes", "we have half an hour left"])
def test_the_time_one_has_is_understood_at_any_question(typed: str) -> None:
    for name in ("start", "use_case", "tried", "worth"):
        reply = say(*ASKED[name], typed)
        assert reply.tool == "note_answers", name
        assert reply.arguments is not None
        assert reply.arguments["minutes"] == 30
        assert name == "worth" or "“set the mark to 90%”" in reply.text

    for mark in ("set the mark to 90%", "غيّر العلامة إلى 90%"):
        marked = respond(Situation(AT_USE_CASE, Said(mark)))
        assert (marked.tool, marked.arguments) == ("note_answers", {"criterion": 0.9})
    calls = say(*ASKED["use_case"], "I have two hours of recorded calls")
    assert calls.arguments is not None
    assert "minutes" not in calls.arguments


def test_a_good_enough_alternative_leads_to_the_recommendation_to_stop() -> None:
    facts = _planned(criterion=0.5, score=0.6)

    reply = respond(Situation(facts, Said("go on")))

    assert reply.arguments is not None
    assert reply.arguments["id"] == "baseline"
    assert reply.arguments["default"] == "stop"


def _planned(criterion: float = 0.9, score: float = 0.2) -> Facts:
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


AT = {
    "start": Facts(),
    "data": Facts(source=SOURCE),
    "plan": Facts(source=SOURCE, plan=propose()),
    "training": Facts(source=SOURCE, plan=propose(), train_job="t"),
    "tuned": Facts(source=SOURCE, plan=propose(), train_job="t", training={"steps": 1}),
}


@pytest.mark.parametrize("stage", AT)
def test_what_can_be_said_at_a_point_is_named_there_and_understood(stage: str) -> None:
    words = can_do(AT[stage])

    phrases = [phrase for phrase in re.findall(r"“([^”]+)”", words) if "…" not in phrase]
    assert len(phrases) >= 2
    assert all(read_intent(phrase).kind != "none" for phrase in phrases)
    assert sum(can_do(facts) == words for facts in AT.values()) == 1
    assert can_do(AT[stage], asked=True).endswith(words)


def test_being_asked_what_it_can_do_it_says_what_can_be_said_now() -> None:
    reply = respond(Situation(Facts(), Said("hello there, what can you do?")))
    assert can_do(Facts()) in reply.text


def test_the_built_in_example_asks_for_a_gain_and_own_rows_for_a_mark() -> None:
    example = SOURCE.model_copy(update={"path": str(example_path())})
    assert questions.worth(example).default == "clear_gain"
    assert questions.worth(SOURCE).default == "nine_of_ten"


def test_too_few_rows_to_split_are_refused_before_any_other_question() -> None:
    facts = Facts(source=SOURCE.model_copy(update={"rows_in": 50, "usable": 1}))

    reply = respond(Situation(facts, Result("inspect_data", {}, True, "", {})))

    assert "only 1 usable row" in reply.text
    assert Question.model_validate(reply.arguments).id == "file"


def test_a_column_that_does_not_exist_leaves_the_file_and_the_question_as_they_were() -> None:
    refused = {"what": "There is no column called “nope”.", "code": "data.unknown_column"}
    result = Result("inspect_data", {}, ok=False, summary="", data={"error": refused})

    reply = respond(Situation(AT_USE_CASE, result))

    assert "nope" in reply.text
    assert Question.model_validate(reply.arguments).id == "use_case"
