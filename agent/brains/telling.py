"""What a brain lets the front end know while it works, beside what it says."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

from luthier.agent.events import AgentEvent


def _to_nobody(_event: AgentEvent) -> None:
    """Where no turn is under way, as in a test call, nobody listens."""


_LISTENER: ContextVar[Callable[[AgentEvent], None]] = ContextVar("listener", default=_to_nobody)


def listen(listener: Callable[[AgentEvent], None]) -> None:
    """Let ``listener`` hear what the brains that are asked from this task on have to tell."""
    _LISTENER.set(listener)


def tell(event: AgentEvent) -> None:
    """Pass something on to whoever listens to the present turn."""
    _LISTENER.get()(event)
