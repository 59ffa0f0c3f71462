"""Conversations in any common spelling made into canonical messages.

Understood: OpenAI (``role``/``content``, calls of functions, weights), ShareGPT (``from``/``value``),
Claude's export (``sender``/``text``), typed content parts, a conversation written as JSON text in a
cell, and a single turn standing for its text.
"""

from __future__ import annotations

import json
import re
from typing import Any

from luthier.tools.data.building import plain_message
from luthier.tools.data.cells import WrongType, as_text
from luthier.tools.data.model import Message, Role, ToolCall
from luthier.tools.data.tool_calls import BadCall, read_calls
from luthier.tools.data.vocabulary import ROLES
from luthier.tools.language import _


class BadConversation(ValueError):
    """A conversation that cannot be trained on: ``code`` names the finding."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def turns_of(value: Any) -> list[Any]:
    """The list of turns in a cell, decoding JSON text where it is one.

    Raises:
        BadConversation: the cell holds no list of turns.
    """
    if isinstance(value, str) and value.lstrip()[:1] == "[":
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise BadConversation("data_type", _("a text that is not a list of turns")) from None
    if value is None or value in ("", []):
        raise BadConversation("missing_messages_list")
    if not isinstance(value, list):
        raise BadConversation("data_type", _("something else than a list of turns"))
    return value


def read_messages(value: Any) -> list[Message]:
    """The messages of one conversation cell, in order.

    Raises:
        BadConversation: a turn has no known role, no text, or is not an object.
    """
    return [read_turn(turn) for turn in turns_of(value)]


def read_turn(turn: Any, default_role: Role | None = None) -> Message:
    """One turn; ``default_role`` speaks where the turn is bare text.

    Raises:
        BadConversation: as for :func:`read_messages`.
    """
    if isinstance(turn, str) and default_role:
        return Message(role=default_role, content=_text(turn))
    plain = plain_turn(turn)
    if plain:
        return plain
    if not isinstance(turn, dict):
        raise BadConversation("data_type", _("a turn that is not an object"))
    spoken = next((turn[key] for key in ("role", "from", "sender") if turn.get(key)), None)
    spoken = str(spoken).strip().lower() if spoken is not None else None
    role = ROLES.get(spoken) if spoken is not None else default_role
    if spoken is None and role is None:
        raise BadConversation("message_missing_key", _("no role at all"))
    if role is None:
        raise BadConversation("unrecognized_role", f"“{str(spoken)[:40]}”")
    if not any(key in turn for key in _SAYING_KEYS):
        raise BadConversation("message_missing_key", _("no content"))
    content = _content(turn)
    calls = _calls(turn, content, spoken or "")
    if calls and (spoken in _CALL_ROLES or isinstance(content, list)):
        content = _without_calls(content)
    name = turn.get("name") if role == "tool" else ""
    return Message(
        role=role,
        content=_text(content),
        name=as_text(name) if isinstance(name, str) else "",
        tool_calls=calls,
        weight=_weight(turn) if role == "assistant" else 1.0,
    )


_THOUGHT = re.compile(r"\s*<think>.*?</think>\s*", re.DOTALL)
"""What LLaMA-Factory lets stand before the calls of a turn by ``function_call``."""
_SAYING_KEYS = ("content", "value", "text", "tool_calls", "function_call")


def plain_turn(turn: Any) -> Message | None:
    """A turn of two texts, as nearly all are, without a look at what others may hold."""
    if type(turn) is not dict or len(turn) != 2:
        return None
    spoken, content = turn.get("role"), turn.get("content")
    if spoken is None and content is None:
        spoken, content = turn.get("from"), turn.get("value")
    if type(spoken) is not str or type(content) is not str or spoken in _CALL_ROLES:
        return None
    role = ROLES.get(spoken)
    return plain_message(role, as_text(content)) if role else None


_CALL_ROLES = ("function_call", "tool_call", "tool_calls")


def _content(turn: dict[str, Any]) -> Any:
    """The turn's text or parts; Claude's export holds both, and the text is the whole."""
    keys = ("text", "content") if "sender" in turn else ("content", "value", "text")
    found = [turn[key] for key in keys if key in turn]
    return next((value for value in found if value not in (None, "", [])), None)


def _calls(turn: dict[str, Any], content: Any, spoken: str) -> tuple[ToolCall, ...]:
    """Calls of functions in any of their places.

    Raises:
        BadConversation: a call is there but cannot be read.
    """
    try:
        for key in ("tool_calls", "function_call"):
            if turn.get(key):
                return read_calls(turn[key])
        if isinstance(content, list):
            parts = [part for part in content if isinstance(part, dict)]
            calls = [part for part in parts if part.get("type") in ("tool_call", "tool_use")]
            return tuple(
                call for part in calls for call in read_calls(_first(part, "value", "text") or part)
            )
        if spoken in _CALL_ROLES and isinstance(content, str):
            return read_calls(_THOUGHT.sub("", content))
    except BadCall as error:
        raise BadConversation("tool_calls", str(error)) from error
    return ()


def _first(part: dict[str, Any], *keys: str) -> Any:
    return next((part[key] for key in keys if part.get(key)), None)


def _without_calls(content: Any) -> Any:
    """What is said or thought beside the calls."""
    if isinstance(content, list):
        kinds = ("tool_call", "tool_use")
        return [p for p in content if not (isinstance(p, dict) and p.get("type") in kinds)]
    thought = _THOUGHT.match(content) if isinstance(content, str) else None
    return thought.group().strip() if thought else None


def _weight(turn: dict[str, Any]) -> float:
    """0 where the turn says that it is not to be learned: weight (OpenAI), loss_weight, train."""
    for key in ("weight", "loss_weight", "train", "loss"):
        value = turn.get(key)
        if isinstance(value, (int, float)) and value == 0:
            return 0.0
    return 1.0


def up_to_last_learned(messages: list[Message]) -> list[Message]:
    """The turns up to the last answer that is learned; what follows could teach nothing.

    Raises:
        BadConversation: no answer is learned.
    """
    kept = list(messages)
    while kept and not (kept[-1].role == "assistant" and kept[-1].weight):
        kept.pop()
    if not kept and any(message.role == "assistant" for message in messages):
        raise BadConversation("nothing_weighted")
    return kept


def check_order(messages: list[Message]) -> None:
    """Refuse what cannot be learned from: no question, no last answer, empty turns.

    Raises:
        BadConversation: with the code of the finding.
    """
    if len(messages) == 2 and _is_answered(*messages):
        return
    if not messages:
        raise BadConversation("missing_messages_list")
    if not any(message.role == "assistant" for message in messages):
        raise BadConversation("example_missing_assistant_message")
    if messages[-1].role != "assistant":
        raise BadConversation(
            "last_turn_not_assistant", _("the last turn is by {role}", role=messages[-1].role)
        )
    asked = [message for message in messages[:-1] if message.role in ("user", "tool")]
    if not asked:
        raise BadConversation("missing_question")
    for number, message in enumerate(messages, 1):
        if not message.content and not message.tool_calls and message.role != "system":
            raise BadConversation(
                "missing_content", _("turn {number} ({role})", number=number, role=message.role)
            )


def _is_answered(question: Message, answer: Message) -> bool:
    """Whether this is one question with its answer, as most rows are."""
    asked = question.role == "user" and answer.role == "assistant"
    return asked and bool(question.content and answer.content)


def without_empty_system(messages: list[Message]) -> list[Message]:
    """The messages less system turns that say nothing."""
    return [message for message in messages if message.content or message.role != "system"]


def _text(content: Any) -> str:
    if isinstance(content, list) and all(isinstance(part, dict) for part in content):
        return "\n".join(text for text in map(_part_text, content) if text)
    try:
        return as_text(content)
    except WrongType as error:
        raise BadConversation("data_type", str(error)) from error


def _part_text(part: dict[str, Any]) -> str:
    text = next((part[key] for key in ("text", "value", "content") if key in part), None)
    if part.get("type", "text") not in ("text", "input_text", "output_text", "reasoning"):
        raise BadConversation(
            "data_type", _("a content part of type “{part}”", part=part.get("type"))
        )
    try:
        return as_text(text)
    except WrongType as error:
        raise BadConversation("data_type", str(error)) from error
