"""What the user said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from luthier.tools.language import mark
from luthier.tui.transcript import UserEntry
from luthier.tui.untrusted import clean
from luthier.tui.widgets.plain import Plain


class UserMessage(Plain, can_focus=True):
    """The user's words as typed, set apart by a bar at the side; a click chooses them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e,enter", "edit", mark("Change and send again"), key_display="e"),
        Binding("f", "fork", mark("Fork here")),
        Binding("up", "step(-1)", mark("Earlier"), key_display="↑"),
        Binding("down", "step(1)", mark("Later"), key_display="↓"),
        Binding("escape", "leave", mark("Close")),
    ]

    @dataclass
    class EditWanted(Message):
        """The message is to be changed and sent again."""

        entry: UserEntry

    @dataclass
    class ForkWanted(Message):
        """The conversation is to go on from here in a session of its own."""

        entry: UserEntry

    @dataclass
    class Left(Message):
        """The user has done with choosing."""

    def __init__(self, entry: UserEntry) -> None:
        super().__init__(clean(entry.text), classes="message user")
        self.entry = entry

    def action_edit(self) -> None:
        """Change these words."""
        self.post_message(self.EditWanted(self.entry))

    def action_fork(self) -> None:
        """Fork behind these words."""
        self.post_message(self.ForkWanted(self.entry))

    def action_leave(self) -> None:
        """Back to writing."""
        self.post_message(self.Left())

    def action_step(self, by: int) -> None:
        """To the message of one's own before or after this one; behind the last one, to writing."""
        siblings = list(self.screen.query(UserMessage))
        place = siblings.index(self) + by
        if place < len(siblings):
            siblings[max(0, place)].focus()
        else:
            self.action_leave()
