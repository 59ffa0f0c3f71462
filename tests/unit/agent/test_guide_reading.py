"""The guide asks which part, whose answers and what documents become, and understands plain words."""

from __future__ import annotations

from typing import Any

import pytest

from luthier.agent.act import ASK_USER
from luthier.agent.brains.guide import reading
from luthier.agent.brains.guide.policy import respond
from luthier.agent.brains.guide.reply import Reply
from luthier.agent.brains.guide.situation import Answered, Result, Said, Situation
from luthier.agent.brains.guide.steps import next_step
from luthier.agent.brains.guide.understand_reading import read_bare_hub_id, read_reading
from luthier.tools.data.model import Inspection, Mapping, Task
from luthier.tools.facts import Facts
from luthier.tools.questions import Answer, Question


def source(mapping: Mapping, **more: Any) -> Inspection:
    return Inspection.model_validate(
        {
            "path": "/data/x", "sha256": "0" * 64, "bytes": 1, "format": "excel", "format_reason": "",
            "encoding": "", "columns": ("text", "heading", "topic"), "rows_in": 90, "mapping": mapping,
            "samples": (), "problems": (), "usable": 90, "duplicates": 0, "task": Task(kind="text"),
        }
        | more
    )  # fmt: skip


def asked(facts: Facts) -> str:
    reply = next_step(facts)
    return str((reply.arguments or {}).get("id")) if reply.tool == ASK_USER else reply.tool


def answered(facts: Facts, question: Question, **given: Any) -> Reply:
    return respond(Situation(facts, Answered(question, Answer(**given))))


PAIRS = Mapping(prompt=("q",), completion="a")
CHAT = Mapping(messages="turns", assistant="Anna", layout="chat", confident=False)
TEXTS = Mapping(completion="text", continuation=True, layout="documents", confident=False)


def test_a_part_is_asked_for_once() -> None:
    facts = Facts(source=source(PAIRS, parts=("Notes", "Tickets"), part="Tickets"))
    assert asked(facts) == "part"
    question = reading.part_question(facts.source)  # type: ignore[arg-type]
    assert (question.choices[0].id, question.default) == ("Tickets", "Tickets")
    assert answered(facts, question, kind="choice", choice_id="Notes").arguments == {
        "part": "Notes"
    }
    assert answered(facts, question, kind="text", text="the second").arguments == {"part": "Notes"}
    told = PAIRS.model_copy(update={"asked": ("part",)})
    assert asked(Facts(source=source(told, parts=("Notes", "Tickets"), part="Notes"))) != "part"


def test_the_speaker_and_then_the_names() -> None:
    facts = Facts(source=source(CHAT, speakers=("Anna", "Max")))
    assert asked(facts) == "speaker"
    question = reading.speaker_question(facts.source)  # type: ignore[arg-type]
    assert answered(facts, question, kind="choice", choice_id="Max").arguments == {
        "assistant": "Max"
    }
    chosen = CHAT.model_copy(update={"confident": True})
    facts = Facts(source=source(chosen, speakers=("Anna", "Max")))
    assert asked(facts) == "names"
    names = reading.names_question()
    assert answered(facts, names, kind="text", text="yes please").arguments == {"pseudonyms": True}
    assert answered(facts, names, kind="text", text="no").arguments == {"pseudonyms": False}


def test_documents_are_never_made_into_rows_silently() -> None:
    facts = Facts(source=source(TEXTS))
    assert asked(facts) == "documents"
    question = reading.documents_question(facts.source)  # type: ignore[arg-type]
    write = answered(facts, question, kind="choice", choice_id="write")
    assert write.tool == "write_questions"
    own = answered(facts, question, kind="text", text="Q: Explain {heading} A: {passage}")
    assert own.arguments == {"template": "Q: Explain {heading} A: {passage}"}
    told = answered(facts, question, kind="choice", choice_id="retrieval")
    assert "Retrieval" in told.text
    assert told.tool == ASK_USER
    plain = answered(facts, question, kind="choice", choice_id="continue")
    assert plain.arguments == {"read_as": "text"}


def test_without_a_model_the_question_stands() -> None:
    facts = Facts(source=source(TEXTS))
    error = {"what": "No model.", "code": "data.no_writer", "remedy": "Connect one."}
    reply = respond(Situation(facts, Result("write_questions", {}, False, "", {"error": error})))
    assert "Connect one." in reply.text
    assert (reply.arguments or {})["id"] == "documents"


def test_the_rest_is_written_only_after_the_preview() -> None:
    facts = Facts(source=source(TEXTS))
    reply = respond(
        Situation(facts, Result("write_questions", {}, True, "Six rows.", {"preview": True}))
    )
    assert (reply.arguments or {})["id"] == "written"
    rest = answered(facts, reading.rest_of_questions(), kind="text", text="yes")
    assert rest.arguments == {"everything": True}


@pytest.mark.parametrize(
    ("text", "kind", "what"),
    [
        ("read it as alpaca", "as", "alpaca"),
        ("treat the file as a csv", "as", "csv"),
        ("this is ShareGPT format", "as", "ShareGPT"),
        ("use the sheet Tickets", "part", "Tickets"),
        ("take the users table", "part", "users"),
        ("the assistant is Anna Berg", "assistant", "Anna Berg"),
        ("Max is the assistant", "assistant", "Max"),
        ("replace the names", "names", ""),
        ("keep the names", "keep_names", ""),
        ("write questions", "write", ""),
        ("template: Q: {heading}? A: {passage}", "template", "Q: {heading}? A: {passage}"),
        ("https://huggingface.co/datasets/acme/greetings", "hub", "acme/greetings"),
    ],
)  # fmt: skip
def test_plain_words_on_reading(text: str, kind: str, what: str) -> None:
    wish = read_reading(text)
    assert wish is not None
    assert (wish.kind, wish.what) == (kind, what)
    reply = respond(Situation(Facts(source=source(PAIRS)), Said(text)))
    assert reply.tool in ("inspect_data", "write_questions", "fetch_data")


@pytest.mark.parametrize(
    "text",
    [
        "use 2 epochs", "split randomly", "use a random split", "read it to me", "what is a sheet?",
        "go back to the data", "prompt column is text", "this is wrong", "it is good",
    ],
)  # fmt: skip
def test_other_words_are_left_alone(text: str) -> None:
    assert read_reading(text) is None


def test_a_bare_id_is_a_data_set_only_where_no_such_path_exists() -> None:
    assert read_bare_hub_id("acme/greetings") == "acme/greetings"
    assert read_bare_hub_id("./acme/greetings") == ""
