"""From LangGraph's stream and stored messages to the events a front end knows. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk, AnyMessage, HumanMessage, ToolMessage

from luthier.agent.act import ASK_USER, finished_event, read_question
from luthier.agent.events import (
    AgentEvent,
    ApprovalAsked,
    ApprovalSettled,
    QuestionAsked,
    ReasoningDelta,
    TextDelta,
    TextDone,
    ToolStarted,
    UserSpoke,
)
from luthier.agent.failed import failure_in, is_by_a_model
from luthier.agent.usage import used_in
from luthier.tools.catalog.registry import TOOLS
from luthier.tools.language import _
from luthier.tools.questions import Approval, Question

ROUND = "~"
"""Stands between a call's id and a number where a reply led to the same call being asked about again."""

QUESTION_ID = "-question"
"""Ends the id of a question's text in a conversation drawn anew; before it stands the call's id."""

REASONING = "reasoning_content"
"""Where a message keeps what the model thought before it spoke."""


def events_of(part: Any) -> Iterator[AgentEvent]:
    """The events in one part of ``astream(..., version="v2")``."""
    match part:
        case {"type": "messages", "data": (AIMessageChunk() as chunk, _)} if chunk.text:
            yield TextDelta(chunk.id or "", chunk.text)
        case {"type": "messages", "data": (AIMessageChunk() as chunk, _)}:
            thought = chunk.additional_kwargs.get(REASONING)
            if thought:
                yield ReasoningDelta(chunk.id or "", thought)
        case {"type": "updates", "data": {"brain": {"messages": messages}}}:
            for message in messages:
                if isinstance(message, AIMessage):
                    yield from _spoken(message)
        case {"type": "custom", "data": event}:
            yield event


def _spoken(message: AIMessage) -> Iterator[AgentEvent]:
    if message.text:
        yield TextDone(message.id or "", message.text)
    used = used_in(message)
    if used:
        yield used


def asked(pending: Any) -> QuestionAsked | ApprovalAsked:
    """The question or approval that an interrupt of the gate stands for."""
    value = pending.value
    if value["type"] == "question":
        question = Question.model_validate(value["question"])
        return QuestionAsked(pending.id, question, value.get("call_id", ""))
    approval = Approval.model_validate(value["approval"])
    return ApprovalAsked(pending.id, approval, value.get("call_id", ""))


def _yes(approval: dict[str, Any]) -> str:
    """A yes as the transcript shows it; ``approval`` is what a tool's message keeps of it."""
    lasting = approval.get("lasting")
    if not lasting:
        return _("Yes")
    return _("Yes, and do not ask again in this session for {what}", what=lasting["words"])


def replay(messages: Iterable[AnyMessage]) -> Iterator[AgentEvent]:
    """The stored conversation as it would have been heard live, without the waiting."""
    questions: dict[str, Question] = {}
    arguments: dict[str, dict[str, Any]] = {}
    openly: set[str] = set()
    for message in messages:
        match message:
            case HumanMessage() if message.name != "luthier":
                yield UserSpoke(message.id or "", message.text)
            case HumanMessage():
                failure = failure_in(message)
                if failure:
                    yield failure
            case AIMessage():
                thought = message.additional_kwargs.get(REASONING)
                if thought:
                    yield ReasoningDelta(message.id or "", thought)
                yield from _spoken(message)
                for call in message.tool_calls:
                    call_id = call["id"] or ""
                    arguments[call_id] = call["args"]
                    if is_by_a_model(message):
                        openly.add(call_id)
                    question = read_question(call["args"]) if call["name"] == ASK_USER else None
                    if question:
                        questions[call_id] = question
            case ToolMessage(name=name) if name == ASK_USER:
                yield from _replay_answer(message, questions.get(message.tool_call_id))
            case ToolMessage():
                call_id = message.tool_call_id
                yield from _replay_tool(message, arguments.get(call_id, {}), call_id in openly)


def _replay_answer(message: ToolMessage, question: Question | None) -> Iterator[AgentEvent]:
    data = (message.artifact or {}).get("data", {})
    if question and "spoken" in data:
        yield TextDone(f"{message.tool_call_id}{QUESTION_ID}", question.text)
        yield UserSpoke(message.tool_call_id, data["spoken"])


def _replay_tool(
    message: ToolMessage, arguments: dict[str, Any], openly: bool
) -> Iterator[AgentEvent]:
    tool = TOOLS.get(message.name or "")
    artifact = message.artifact or {}
    approval = artifact.get("approval", {})
    declined = bool(artifact.get("data", {}).get("declined"))
    if declined or (approval.get("approved") and "by_lasting" not in approval):
        yield from _replay_approval(message, approval)
    if tool is not None and (openly or not tool.quiet) and not declined:
        yield ToolStarted(
            message.tool_call_id,
            tool.name,
            _(tool.label),
            approval.get("arguments", arguments),
            approval.get("by_lasting", {}).get("words", ""),
        )
        yield finished_event(message)


def _replay_approval(message: ToolMessage, approval: dict[str, Any]) -> Iterator[AgentEvent]:
    """What was asked before a call, and what the user said to it, once for every time it was asked."""
    rounds = approval.get("asked") or [_as_it_must_have_been(message, approval)]
    for number, one in enumerate(rounds, start=1):
        last = number == len(rounds)
        call_id = message.tool_call_id if last else f"{message.tool_call_id}{ROUND}{number}"
        yield ApprovalSettled(f"{call_id}-asked", Approval.model_validate(one["approval"]))
        yield UserSpoke(call_id, one["said"])


def _as_it_must_have_been(message: ToolMessage, approval: dict[str, Any]) -> dict[str, Any]:
    """The approval of a conversation that was held before approvals were kept."""
    tool = TOOLS.get(message.name or "")
    title = _(tool.label) if tool else message.name or ""
    data = (message.artifact or {}).get("data", {})
    reason = str(data.get("reason") or "")
    said = _yes(approval) if approval else _("No: {reason}", reason=reason) if reason else _("No")
    return {"approval": {"tool": message.name or "", "effect": "", "title": title}, "said": said}
