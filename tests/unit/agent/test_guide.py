"""The offline guide as a pure function: a situation in, a reply out."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fakes.guide_points import ADVICE, ASKED, AT_USE_CASE, BRIEF, SOURCE, answer, say
from fakes.plans import propose
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, BaseMessage, SystemMessage, ToolMessage

from luthier.agent.act import ASK_USER
from luthier.agent.brains.guide import questions
from luthier.agent.brains.guide.can_do import can_do
from luthier.agent.brains.guide.policy import respond
from luthier.agent.brains.guide.situation import (
    Opened,
    Result,
    Said,
    Situation,
    read_situation,
)
from luthier.agent.brains.guide.understand import read_intent
from luthier.tools.advice.model import Brief
from luthier.tools.catalog.registry import TOOLS
from luthier.tools.data.example import example_path
from luthier.tools.facts import Facts
from luthier.tools.questions import Answer, Question


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
        ("worth", "half an hour", {"criterion": None, "minutes": 30}),
        ("worth", "two hours", {"criterion": None, "minutes": 120}),
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


def test_a_missing_starter_model_is_asked_for_once() -> None:
    missing = {"error": {"what": "It is not ready.", "code": "model.starter_missing"}}
    facts = Facts(source=SOURCE, brief=BRIEF)
    reply = respond(Situation(facts, Result("check_tokens", {}, False, "", missing)))
    assert reply.tool == "get_starter"

    declined = Result("get_starter", {}, False, "", {"declined": True, "reason": ""})
    assert Question.model_validate(respond(Situation(facts, declined)).arguments).id == "starter"


@pytest.mark.parametrize(
    ("tool", "arguments", "because"),
    [
        ("launch_training", {}, "keeps this computer busy"),
        ("push_to_hub", {"export": "7"}, "sends something from this computer"),
        ("delete_export", {"export": "7"}, "cannot be brought back"),
    ],
)
@pytest.mark.parametrize("words", ["why?", "Why do you ask?", "لماذا؟"])
def test_why_at_an_approval_is_answered_and_asked_again(
    tool: str, arguments: dict[str, str], because: str, words: str
) -> None:
    result = Result(tool, arguments, False, "", {"declined": True, "reason": words})
    reply = respond(Situation(Facts(), result))
    assert (reply.tool, reply.arguments) == (tool, arguments)
    assert because in reply.text
    assert "nothing has happened yet" in reply.text


@pytest.mark.parametrize(
    "typed",
    [
        *("I only have 30 minutes", "we have half an hour left"),
        *("لدي 30 دقيقة فقط", "معي نصف ساعة فقط", "ليس لدي سوى ٣٠ دقيقة"),
    ],
)
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
    for typed in ("I have two hours of recorded calls", "لدي ساعتان من التسجيلات"):
        calls = say(*ASKED["use_case"], typed)
        assert calls.arguments is not None
        assert "minutes" not in calls.arguments


@pytest.mark.parametrize(
    "typed",
    [
        *("good enough is 90%", "Nine out of ten would be enough.", "I'd be happy with 90 percent"),
        *("that's good enough: 0.9", "يكفيني 90%", "٩٠٪ كافية"),
    ],
)
def test_the_mark_is_understood_at_any_question_before_there_is_a_plan(typed: str) -> None:
    for name in ("start", "use_case", "tried", "worth", "advice"):
        reply = say(*ASKED[name], typed)
        assert reply.tool == "note_answers", name
        assert (reply.arguments or {})["criterion"] == 0.9
        assert name == "worth" or "90%" in reply.text
    at_rest = respond(Situation(Facts(source=SOURCE, brief=BRIEF, baseline_job="j"), Said(typed)))
    assert (at_rest.tool, at_rest.arguments) == ("note_answers", {"criterion": 0.9})


def test_whoever_has_said_a_mark_is_not_asked_for_one() -> None:
    marked = Facts(source=SOURCE, brief=Brief(criterion=0.8))
    reply = say(marked, questions.use_case(SOURCE), "I only have 30 minutes")
    assert "30 min" in reply.text
    assert "mark" not in reply.text


def test_a_mark_that_was_said_is_no_more_changed_by_an_answer_without_one() -> None:
    facts = Facts(source=SOURCE, brief=Brief(use_case="labels", tried=("nothing",), criterion=0.8))
    question = questions.worth(SOURCE)
    for reply in (say(facts, question, "half an hour"), answer(facts, question, kind="unsure")):
        assert reply.tool == "note_answers"
        assert "criterion" not in (reply.arguments or {})


@pytest.mark.parametrize(
    "typed", ["that is good enough", "80% of my rows are good enough", "is 90% good enough?"]
)
def test_what_only_sounds_like_a_mark_is_none(typed: str) -> None:
    assert read_intent(typed).kind != "change"


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
