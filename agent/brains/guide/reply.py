"""What the guide does next: something said, and at most one tool call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from luthier.agent.act import ASK_USER
from luthier.tools.questions import Question


@dataclass(frozen=True, slots=True)
class Reply:
    """A piece of Markdown and at most one call; neither means the turn ends silently."""

    text: str = ""
    tool: str = ""
    arguments: dict[str, Any] | None = None

    def after(self, text: str) -> Reply:
        """The same reply with ``text`` said before it."""
        joined = "\n\n".join(part for part in (text, self.text) if part)
        return Reply(joined, self.tool, self.arguments)


def say(text: str) -> Reply:
    """Say something and end the turn."""
    return Reply(text)


def call(tool: str, text: str = "", **arguments: Any) -> Reply:
    """Call a tool, saying ``text`` first."""
    return Reply(text, tool, arguments)


def ask(question: Question, text: str = "") -> Reply:
    """Ask the user, saying ``text`` first."""
    return Reply(text, ASK_USER, question.model_dump(mode="json"))
