"""What the guide sees: the facts, and the one thing that has just happened. Pure reading of messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from luthier.agent.act import ASK_USER, read_question
from luthier.agent.failed import unanswered, without_notes
from luthier.tools.facts import Facts
from luthier.tools.questions import Answer, Question


@dataclass(frozen=True, slots=True)
class Opened:
    """The session was opened for the first time."""


@dataclass(frozen=True, slots=True)
class TookOver:
    """The guide takes the seat that a language model had.

    ``unanswered`` is what the user said to the model's question, or what the model failed on.
    """

    unanswered: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """The user said something while nothing was asked."""

    text: str


@dataclass(frozen=True, slots=True)
class JobEnded:
    """A job of this session has come to rest."""

    job_id: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The user answered a question."""

    question: Question
    answer: Answer


@dataclass(frozen=True, slots=True)
class Result:
    """A tool came back; ``asked`` is the guide's question at which the words for it were typed."""

    name: str
    arguments: dict[str, Any]
    ok: bool
    summary: str
    data: dict[str, Any] = field(default_factory=dict)
    asked: Question | None = None


Event = Opened | TookOver | Said | JobEnded | Answered | Result


@dataclass(frozen=True, slots=True)
class Situation:
    """The facts and the event to respond to."""

    facts: Facts
    event: Event


def read_situation(messages: Sequence[BaseMessage]) -> Situation:
    """Read the newest event out of a conversation whose first message carries the facts."""
    event = _event(without_notes(messages))
    if event == TookOver():
        event = TookOver(unanswered(messages))
    return Situation(_facts(messages), event)


def _facts(messages: Sequence[BaseMessage]) -> Facts:
    first = messages[0] if messages else None
    if isinstance(first, SystemMessage):
        return Facts.model_validate(first.additional_kwargs.get("facts", {}))
    return Facts()


def _event(messages: Sequence[BaseMessage]) -> Event:
    last = messages[-1] if messages else None
    if isinstance(last, ToolMessage):
        return _tool_event(last, messages)
    if isinstance(last, HumanMessage):
        event = last.additional_kwargs.get("event", {})
        if event.get("name") == "job_ended":
            return JobEnded(event["job_id"])
        if event.get("name") == "took_over":
            return TookOver()
        if not event:
            return Said(last.text)
    return Opened()


def _tool_event(message: ToolMessage, messages: Sequence[BaseMessage]) -> Event:
    arguments = _arguments(message.tool_call_id, messages)
    data = (message.artifact or {}).get("data", {})
    question = read_question(arguments) if message.name == ASK_USER else None
    if question and "answer" in data and _asked_by_a_model(message.tool_call_id, messages):
        return TookOver(_plainly(Answer.model_validate(data["answer"]), data["spoken"]))
    if question and "answer" in data:
        return Answered(question, Answer.model_validate(data["answer"]))
    return Result(
        message.name or "",
        arguments,
        message.status != "error",
        str(message.content),
        data,
        _asked_before(messages),
    )


def _asked_before(messages: Sequence[BaseMessage]) -> Question | None:
    """The guide's question that was answered in words just before the newest tool call."""
    before = messages[-3] if len(messages) > 2 else None
    if not isinstance(before, ToolMessage) or before.name != ASK_USER:
        return None
    event = _tool_event(before, messages[:-2])
    return event.question if isinstance(event, Answered) and event.answer.kind == "text" else None


def _plainly(answer: Answer, spoken: str) -> str:
    """An answer to a question the guide does not know, as words: it can only go by those."""
    return {"unsure": "go on", "back": "go back"}.get(answer.kind, spoken)


def _asked_by_a_model(call_id: str, messages: Sequence[BaseMessage]) -> bool:
    return any(
        call["id"] == call_id and message.response_metadata.get("brain") == "llm"
        for message in messages
        if isinstance(message, AIMessage)
        for call in message.tool_calls
    )


def _arguments(call_id: str, messages: Sequence[BaseMessage]) -> dict[str, Any]:
    for message in reversed(messages):
        if isinstance(message, AIMessage):
            for call in message.tool_calls:
                if call["id"] == call_id:
                    return dict(call["args"])
    return {}
