"""Turns that do not take turns: the same speaker twice, an answer before a question, a late system."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from luthier.tools.data.checks.base import Places
from luthier.tools.data.model import Message, Problem, Row, Task
from luthier.tools.language import _


def disorder(messages: Sequence[Message]) -> str:
    """The roles of the two turns that are out of order, such as ``user, user``; "" if none are."""
    if len(messages) <= 2 and messages[0].role != "assistant":
        return ""
    before = ""
    for message in messages:
        role = message.role
        if role == "system" and before not in ("", "system"):
            return f"{before}, system"
        if role in ("user", "assistant") and role == before:
            return f"{role}, {role}"
        if role == "assistant" and before in ("", "system"):
            return f"{before}, assistant".removeprefix(", ")
        before = role
    return ""


class TurnOrder:
    """Counts conversations whose turns do not alternate."""

    def __init__(self) -> None:
        self._places = Places()

    def see(self, row: Row) -> None:
        """Look at the speakers."""
        found = disorder(row.messages)
        if found:
            self._places.add(row.source, found)

    def findings(self, rows: int, task: Task) -> Iterator[Problem]:
        """A warning: many templates refuse such rows or render them wrongly."""
        if self._places.count:
            yield self._places.problem(
                "turns_out_of_order",
                "warns",
                _("Turns are out of order, such as two by the same speaker."),
                _("Join turns of one speaker, put the system turn first, begin with the user."),
            )
