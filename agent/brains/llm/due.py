"""What is due now, with all that belongs to it: the guide's own reply to what has just happened."""

from __future__ import annotations

from collections.abc import Sequence

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage

from luthier.agent.act import ASK_USER, is_broken, read_question
from luthier.agent.brains.guide.answers import respond_to_answer
from luthier.agent.brains.guide.handover import SAY_TOO_LITTLE
from luthier.agent.brains.guide.policy import respond
from luthier.agent.brains.guide.reply import Reply
from luthier.agent.brains.guide.situation import Answered, Said, Situation, TookOver, read_situation
from luthier.agent.brains.guide.steps import next_step
from luthier.agent.brains.guide.understand import read_intent
from luthier.agent.brains.llm.hint import answer_to_the_next_question
from luthier.agent.failed import without_notes
from luthier.tools.questions import Answer

LED = "led"
"""In the metadata of what a led model said and did: ``itself``, ``without`` its part, or ``silent``ly."""


def due_step(messages: Sequence[BaseMessage]) -> Reply:
    """What the guide would say and do now, whoever asked the question that was answered."""
    messages = _without_broken_calls(messages)
    situation = read_situation(messages)
    facts, event = situation.facts, situation.event
    if not isinstance(event, TookOver):
        return respond(situation)
    said = without_notes(messages)
    answered = _answer_to_a_led_question(said) or answer_to_the_next_question(facts, said)
    if answered:
        return respond_to_answer(facts, answered)
    if event.unanswered and read_intent(event.unanswered).kind not in SAY_TOO_LITTLE:
        return respond(Situation(facts, Said(event.unanswered)))
    return next_step(facts)


def just_said(messages: Sequence[BaseMessage]) -> str:
    """The user's own words, where they are what has just happened; an answer that was picked is none."""
    said = without_notes(_without_broken_calls(messages))
    answer = _answer(said)
    if answer is not None:
        return answer.text if answer.kind == "text" else ""
    event = read_situation(said).event
    return event.text if isinstance(event, Said) else ""


def _without_broken_calls(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """The conversation as if calls that could not be run had never been made."""
    broken = {
        one.tool_call_id for one in messages if isinstance(one, ToolMessage) and is_broken(one)
    }

    def made_others(message: BaseMessage) -> bool:
        calls = message.tool_calls if isinstance(message, AIMessage) else []
        return not calls or any(call["id"] not in broken for call in calls)

    return [
        one
        for one in messages
        if not (isinstance(one, ToolMessage) and one.tool_call_id in broken) and made_others(one)
    ]


def _answer(said: Sequence[BaseMessage]) -> Answer | None:
    last = said[-1] if said else None
    if not isinstance(last, ToolMessage) or last.name != ASK_USER or last.status == "error":
        return None
    given = (last.artifact or {}).get("data", {}).get("answer")
    return Answer.model_validate(given) if given else None


def _answer_to_a_led_question(said: Sequence[BaseMessage]) -> Answered | None:
    """The question of a led model is the guide's, word for word."""
    answer, last = _answer(said), said[-1]
    if answer is None or not isinstance(last, ToolMessage):
        return None
    for message in reversed(said):
        for made in message.tool_calls if isinstance(message, AIMessage) else ():
            if made["id"] == last.tool_call_id and LED in message.response_metadata:
                question = read_question(made["args"])
                return Answered(question, answer) if question else None
    return None
