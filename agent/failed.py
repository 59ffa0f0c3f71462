"""Turns that failed, as the conversation keeps them: told again on opening, tried again where asked.

A note of the failure ends such a turn. Brains never see these notes. What a language model's provider
refused to read is kept from it afterwards, since it would refuse it every time; the user may ask for
one more try.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, HumanMessage, ToolMessage

from luthier.agent.act import ASK_USER
from luthier.agent.brains.guide.arabic import in_english
from luthier.agent.events import TurnFailed

REFUSED = frozenset({"llm.content_filter", "llm.context"})
"""Failures that the same words would meet again."""

LEFT_OUT = "(What was said here could not be taken, so it is left out.)"

_AGAIN = frozenset({"again", "once more", "retry", "try again", "try it again", "try that again"})

Seat = Literal["guide", "model"]


def wants_retry(text: str) -> bool:
    """Whether these words, said after a failure, ask for the same once more."""
    words = in_english(text).casefold().strip(" .!/")
    return words.removeprefix("please ").removesuffix(" please").rstrip(",") in _AGAIN


def note_of(failure: TurnFailed, code: str) -> HumanMessage:
    """The note that ends a failed turn."""
    event = {"name": "failed", "text": failure.text, "remedy": failure.remedy, "code": code}
    return HumanMessage(failure.text, name="luthier", additional_kwargs={"event": event})


def failure_in(message: BaseMessage | None) -> TurnFailed | None:
    """The failure that a message notes, if it is such a note."""
    event = _event(message)
    return TurnFailed(event["text"], event["remedy"]) if event.get("name") == "failed" else None


def as_retry(message: HumanMessage, seat: Seat) -> HumanMessage:
    """The user's words marked as the wish to try again, spoken to who has the ``seat``."""
    return message.model_copy(
        update={"additional_kwargs": {"event": {"name": "retry", "seat": seat}}}
    )


def has_failed(messages: Sequence[AnyMessage]) -> bool:
    """Whether the newest turn failed, so that it can be tried again."""
    return bool(messages) and failure_in(messages[-1]) is not None


def is_left_by_a_model(messages: Sequence[AnyMessage]) -> bool:
    """Whether a language model had the last word, or should have had it."""
    for message in reversed(messages):
        if isinstance(message, AIMessage) and "brain" in message.response_metadata:
            return is_by_a_model(message)
        if failure_in(message) is not None:
            return str(_event(message)["code"]).startswith("llm.")
    return False


def without_notes(messages: Iterable[BaseMessage]) -> list[BaseMessage]:
    """The conversation as if no turn had failed: a turn that is tried again is the newest once more."""
    kept: list[BaseMessage] = []
    for message in messages:
        name = _event(message).get("name")
        if name == "retry" and kept and isinstance(kept[-1], AIMessage) and not _calls(kept[-1]):
            kept.pop()  # the half of an answer that the failure left behind
        if name not in ("failed", "retry"):
            kept.append(message)
    return kept


def unanswered(messages: Sequence[BaseMessage]) -> str:
    """The user's words that a turn failed on, where nothing but what happened came after it."""
    for place in range(len(messages) - 1, 0, -1):
        if failure_in(messages[place]) is not None:
            last = without_notes(messages[:place])[-1]
            said = isinstance(last, HumanMessage) and last.name != "luthier"
            return last.text if said else ""
        if not _event(messages[place]):
            break
    return ""


def for_a_model(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """As :func:`without_notes`, and without the turns that a language model refused to read."""
    kept: list[BaseMessage] = []
    turn = 0  # where in ``kept`` the newest words of the user begin
    for place, message in enumerate(messages):
        event = _event(message)
        if event.get("name") == "failed":
            if event["code"] in REFUSED and not _is_sent_again(messages[place + 1 : place + 3]):
                kept[turn:] = [HumanMessage(LEFT_OUT, name="luthier")]
                turn = len(kept)
            continue
        if _begins(message):
            turn = _before_its_call(kept, message)
        kept.append(message)
    return without_notes(kept)


def _is_sent_again(following: Sequence[BaseMessage]) -> bool:
    """Whether the user wished so, to a model, and it came to that."""
    if not following or _event(following[0]).get("seat") != "model":
        return False
    then = following[1] if len(following) > 1 else None
    return then is None or failure_in(then) is not None or is_by_a_model(then)


def is_by_a_model(message: BaseMessage) -> bool:
    """Whether a language model said this, and not the guide or the user."""
    return isinstance(message, AIMessage) and message.response_metadata.get("brain") == "llm"


def _begins(message: BaseMessage) -> bool:
    if isinstance(message, HumanMessage):
        return _event(message).get("name") != "retry"
    return isinstance(message, ToolMessage) and message.name == ASK_USER


def _before_its_call(kept: Sequence[BaseMessage], message: BaseMessage) -> int:
    """Where the user's turn begins: an answer belongs to the call that asked for it."""
    if isinstance(message, ToolMessage):
        for place in range(len(kept) - 1, -1, -1):
            if message.tool_call_id in _calls(kept[place]):
                return place
    return len(kept)


def _calls(message: BaseMessage) -> list[str]:
    return (
        [call["id"] or "" for call in message.tool_calls] if isinstance(message, AIMessage) else []
    )


def _event(message: BaseMessage | None) -> dict[str, Any]:
    found: dict[str, Any] = message.additional_kwargs.get("event", {}) if message else {}
    return found
