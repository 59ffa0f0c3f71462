"""Conversations in any common spelling made into canonical messages.

Understood: OpenAI (``role``/``content``), ShareGPT (``from``/``value``), typed content parts, a
conversation written as JSON text in a cell, and a single turn standing for its text.
"""

from __future__ import annotations

import json
from typing import Any

from luthier.tools.data.cells import WrongType, as_text
from luthier.tools.data.model import Message, Role
from luthier.tools.data.vocabulary import ROLES


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
            raise BadConversation("data_type", "a text that is not a list of turns") from None
    if value is None or value in ("", []):
        raise BadConversation("missing_messages_list")
    if not isinstance(value, list):
        raise BadConversation("data_type", "something else than a list of turns")
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
    if not isinstance(turn, dict):
        raise BadConversation("data_type", "a turn that is not an object")
    spoken = turn.get("role", turn.get("from"))
    role = ROLES.get(str(spoken).strip().lower()) if spoken is not None else default_role
    if spoken is None and role is None:
        raise BadConversation("message_missing_key", "no role at all")
    if role is None:
        raise BadConversation("unrecognized_role", f"“{str(spoken)[:40]}”")
    if turn.get("tool_calls") or turn.get("function_call"):
        raise BadConversation("tool_calls")
    content = next((turn[key] for key in ("content", "value", "text") if key in turn), None)
    return Message(role=role, content=_text(content))  # type: ignore[arg-type]


def check_order(messages: list[Message]) -> None:
    """Refuse what cannot be learned from: no question, no last answer, empty turns.

    Raises:
        BadConversation: with the code of the finding.
    """
    if not messages:
        raise BadConversation("missing_messages_list")
    if not any(message.role == "assistant" for message in messages):
        raise BadConversation("example_missing_assistant_message")
    if messages[-1].role != "assistant":
        raise BadConversation("last_turn_not_assistant", f"the last turn is by {messages[-1].role}")
    asked = [message for message in messages[:-1] if message.role in ("user", "tool")]
    if not asked:
        raise BadConversation("missing_question")
    for number, message in enumerate(messages, 1):
        if not message.content and message.role != "system":
            raise BadConversation("missing_content", f"turn {number} ({message.role})")


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
        if part.get("type") in ("tool_call", "tools", "tool_use", "tool_result"):
            raise BadConversation("tool_calls")
        raise BadConversation("data_type", f"a content part of type “{part.get('type')}”")
    try:
        return as_text(text)
    except WrongType as error:
        raise BadConversation("data_type", str(error)) from error
