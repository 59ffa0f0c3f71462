"""What a tool is: a typed function with a name, a description for brains, and a declared effect.

Nothing here knows a brain, a graph or a screen. A script calls ``TOOLS["prepare_data"].run(context,
arguments)`` and gets an :class:`Outcome`; the graph does the same and puts the parts in place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel

from luthier.tools.effects import Effect
from luthier.tools.facts import Facts
from luthier.tools.progress import Progress, silent
from luthier.tools.questions import Approval
from luthier.tools.views import Table, View
from luthier.tools.workspace import Workspace
from luthier.tools.writer import Writer

Arguments = TypeVar("Arguments", bound=BaseModel)


class SessionDesk(Protocol):
    """What tools may do to conversations, which belong to another room."""

    def find(self, words: str) -> tuple[Table, list[str]]:
        """A table of the sessions that have these words, and their ids."""

    def keep(self, action: str, title: str, path: str) -> str:
        """Rename or archive the present session, or write it down; what was done."""

    def describe(self, session_id: str) -> tuple[str, list[str]]:
        """A session's title, and what goes with it and what stays."""

    def delete(self, session_id: str) -> str:
        """Delete another session; what was done."""


@dataclass(frozen=True, slots=True)
class ToolContext:
    """What every tool may use: the home, the session's facts, and an ear for progress.

    ``call_id`` is unique per call, so that a call repeated after a crash has no second effect.
    ``writer`` is the connected language model; None where the offline guide speaks. ``sessions`` is
    None where a tool is called outside of a conversation.
    """

    workspace: Workspace
    session_id: str
    facts: Facts
    call_id: str = ""
    progress: Progress = silent
    writer: Writer | None = None
    sessions: SessionDesk | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a tool leaves behind.

    ``summary`` is for the brain, ``data`` the same as plain JSON, ``views`` for the screen, and
    ``facts`` the changes to the session's facts (None takes one away).
    """

    summary: str
    facts: dict[str, Any] = field(default_factory=dict)
    views: tuple[View, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)


class NoArguments(BaseModel):
    """For tools that need nothing but the facts."""


@dataclass(frozen=True, slots=True)
class Tool(Generic[Arguments]):
    """One thing a brain can do.

    ``label`` is what the user reads while it runs. ``approval`` describes the effect before it
    happens and is required where the effect asks for a yes; ``harmless`` says with which arguments
    it does not, ``harmless_with`` with which arguments where the session stands as it does.
    ``points_at`` names what a call wants from
    outside the home, such as a path: the user must have named it, or is asked. ``quiet`` tools leave
    no trace in the transcript where the guide calls them. A ``repeatable`` tool has no second effect
    when it runs again with the same ``call_id``; any other whose effect may have happened before a
    crash is not run again.
    """

    name: str
    description: str
    arguments: type[Arguments]
    run: Callable[[ToolContext, Arguments], Outcome]
    effect: Effect
    label: str
    approval: Callable[[ToolContext, Arguments], Approval] | None = None
    harmless: Callable[[Arguments], bool] = lambda _arguments: False
    harmless_with: Callable[[ToolContext, Arguments], bool] = lambda _context, _arguments: False
    points_at: Callable[[Arguments], tuple[str, ...]] = lambda _arguments: ()
    quiet: bool = False
    repeatable: bool = False

    def __post_init__(self) -> None:
        if self.effect.needs_approval and self.approval is None:
            raise ValueError(f"{self.name} has the effect {self.effect} but no approval text")

    def asks_first(self, context: ToolContext, arguments: Arguments) -> bool:
        """Whether this call needs the user's explicit yes."""
        needed = self.effect.needs_approval and not self.harmless(arguments)
        return needed and not self.harmless_with(context, arguments)
