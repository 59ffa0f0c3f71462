"""Conversations put in order: written-out templates, empty turns, wrong ends, wrong order."""

from __future__ import annotations

from luthier.tools.data.checks.turn_order import disorder
from luthier.tools.data.markers import may_hold_marks, turns_written_out
from luthier.tools.data.model import Message
from luthier.tools.data.remedies.base import Messages, Remedy, with_content
from luthier.tools.language import mark


def without_template(messages: Messages) -> Messages:
    """Turns that a template wrote out inside a turn become turns of their own."""
    found: list[Message] = []
    for message in messages:
        turns = turns_written_out(message.content) if may_hold_marks(message.content) else None
        if turns is None:
            found.append(message)
        elif len(turns) == 1:
            found.append(with_content(message, turns[0][1]))
        else:
            found += [Message(role=role, content=content) for role, content in turns]
    mended = tuple(found)
    return messages if mended == messages else mended


def without_empty_turns(messages: Messages) -> Messages:
    """Each empty turn goes together with the turn it belongs to, where a conversation is left."""
    if all(message.content or _calls(message) for message in messages):
        return messages
    drop: set[int] = set()
    for number, message in enumerate(messages):
        if message.content or _calls(message):
            continue
        drop.add(number)
        partner = number + 1 if message.role == "user" else number - 1
        wanted = "assistant" if message.role == "user" else "user"
        if 0 <= partner < len(messages) and messages[partner].role == wanted:
            drop.add(partner)
    kept = tuple(message for number, message in enumerate(messages) if number not in drop)
    return kept if {"user", "assistant"} <= {message.role for message in kept} else messages


def ending_with_answer(messages: Messages) -> Messages:
    """The conversation up to the assistant's last answer."""
    last = max((n for n, m in enumerate(messages) if m.role == "assistant"), default=None)
    return messages if last is None else messages[: last + 1]


def in_order(messages: Messages) -> Messages:
    """System first, the user begins, and turns of one speaker in a row are joined."""
    if not messages or not disorder(messages):
        return messages
    system = [message for message in messages if message.role == "system"]
    spoken = [message for message in messages if message.role != "system"]
    while spoken and spoken[0].role == "assistant":
        spoken.pop(0)
    joined: list[Message] = []
    for message in (*system[:1], *spoken):
        last = joined[-1] if joined else None
        if last and message.role == last.role in ("user", "assistant") and not _calls(last):
            joined[-1] = with_content(last, f"{last.content}\n\n{message.content}".strip())
        else:
            joined.append(message)
    if len(system) > 1:
        joined[0] = with_content(joined[0], "\n\n".join(message.content for message in system))
    return tuple(joined)


def _calls(message: Message) -> bool:
    """Whether the turn calls tools, which it may do without saying a word."""
    return bool(getattr(message, "tool_calls", ()))


TEMPLATES = (
    Remedy(
        name="unbake_template",
        label=mark("turn a chat template written into the text back into turns"),
        mends=("baked_template",),
        turns=without_template,
    ),
)
REMEDIES = (
    Remedy(
        name="drop_empty_turns",
        label=mark("take empty turns out, each with the question or answer it belongs to"),
        mends=("missing_content",),
        turns=without_empty_turns,
    ),
    Remedy(
        name="end_with_answer",
        label=mark("end each conversation with the assistant's last answer"),
        mends=("last_turn_not_assistant",),
        turns=ending_with_answer,
    ),
    Remedy(
        name="order_turns",
        label=mark("put turns in order and join those of one speaker"),
        mends=("turns_out_of_order",),
        turns=in_order,
    ),
)
