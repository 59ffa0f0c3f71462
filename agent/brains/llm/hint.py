"""The step that the guide would take now, as a hint for the model in its seat.

A small model loses the thread of a list of nine steps, and has trouble to word a call. The guide has
both: its next step is a function of the facts. What the user wishes instead comes first all the same.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, SystemMessage, ToolMessage

from luthier.agent.act import ASK_USER, read_question
from luthier.agent.brains.guide.answers import respond_to_answer
from luthier.agent.brains.guide.reply import Reply, call
from luthier.agent.brains.guide.results_failed import declined
from luthier.agent.brains.guide.situation import (
    Answered,
    JobEnded,
    Result,
    Said,
    TookOver,
    read_situation,
)
from luthier.agent.brains.guide.steps import next_step
from luthier.agent.brains.guide.understand import read_intent
from luthier.agent.failed import without_notes
from luthier.tools.facts import Facts
from luthier.tools.questions import Answer, Question

_ASKED = ("id", "text", "choices", "default")
_SHOWN = ("id", "label")


def hint_for(messages: Sequence[BaseMessage]) -> Reply | None:
    """The next step as ``messages`` let expect it; None where they begin without facts."""
    if not messages or "facts" not in messages[0].additional_kwargs:
        return None
    situation = read_situation(messages)
    facts, event = situation.facts, situation.event
    match event:
        case JobEnded(job_id):
            return call("take_in_result", job_id=job_id)
        case Said(text) | TookOver(text):
            answered = answer_to_the_next_question(facts, without_notes(messages))
            return respond_to_answer(facts, answered) if answered else _on_words(facts, text)
        case Result() as result if result.data.get("declined"):
            return declined(facts, result)
    return next_step(facts)


def with_hint(first: BaseMessage, hint: Reply | None) -> BaseMessage:
    """The system message ``first`` with the next step at its end."""
    if hint is None or not isinstance(first, SystemMessage):
        return first
    return first.model_copy(update={"content": f"{first.text}\n\n{_in_words(hint)}"})


def _on_words(facts: Facts, text: str) -> Reply:
    intent = read_intent(text)
    if intent.kind == "path":
        return call("inspect_data", path=intent.path)
    if intent.kind == "question" and intent.topic:
        return call("search_lessons", query=intent.topic)
    return next_step(facts)


def answer_to_the_next_question(facts: Facts, messages: Sequence[BaseMessage]) -> Answered | None:
    """What the user answered, where the model asked what the guide would have asked."""
    last = messages[-1]
    step = next_step(facts)
    if not isinstance(last, ToolMessage) or step.tool != ASK_USER:
        return None
    question, asked = read_question(step.arguments or {}), _asked(last.tool_call_id, messages)
    if question is None or asked is None or asked.id != question.id:
        return None
    answer = Answer.model_validate(last.artifact["data"]["answer"])
    known = {choice.id for choice in question.choices}
    return (
        None
        if answer.kind == "choice" and answer.choice_id not in known
        else Answered(question, answer)
    )


def _asked(call_id: str, messages: Sequence[BaseMessage]) -> Question | None:
    for message in reversed(messages):
        for made in message.tool_calls if isinstance(message, AIMessage) else ():
            if made["id"] == call_id:
                return read_question(made["args"])
    return None


def _in_words(step: Reply) -> str:
    if not step.tool:
        return "Next step, unless the user wants something else: none. Answer the user in words."
    given = _briefly(step.arguments or {}) if step.tool == ASK_USER else step.arguments or {}
    made = json.dumps({"name": step.tool, "arguments": given}, ensure_ascii=False)
    marked = made.replace("<", "\\u003c")
    return (
        "Next step, unless the user wants something else: make exactly this call\n"
        f"<data>\n{marked}\n</data>"
    )


def _briefly(question: dict[str, Any]) -> dict[str, Any]:
    kept = {name: question[name] for name in _ASKED}
    choices = [{name: choice[name] for name in _SHOWN} for choice in question["choices"]]
    return {**kept, "choices": choices}
