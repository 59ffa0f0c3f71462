"""The graph's state: the conversation, the facts, and the replies to what was asked this step."""

from __future__ import annotations

from typing import Annotated, Any, TypedDict

from langchain_core.messages import AnyMessage
from langgraph.graph.message import add_messages


class SessionState(TypedDict, total=False):
    """Messages and plain JSON only, so that checkpoints load under strict msgpack.

    ``facts`` is a ``Facts`` as JSON. ``replies`` maps tool call ids of the newest assistant message
    to the user's answers and decisions. ``allowed`` are the keys of the lasting yeses as they were when
    that message was made: the gate runs again from its top with each answer, and what it asks must not
    change in between.
    """

    messages: Annotated[list[AnyMessage], add_messages]
    facts: dict[str, Any]
    replies: dict[str, dict[str, Any]]
    allowed: list[str]
