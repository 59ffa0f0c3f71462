"""A yes-or-no question about something the user asked the screen itself to do."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button

from luthier.tools.language import mark
from luthier.tui.widgets.plain import Plain


class ConfirmScreen(ModalScreen[bool]):
    """Asks; "no" has the focus, so that a bare Enter changes nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "reply(True)", mark("Yes")),
        Binding("n,escape", "reply(False)", mark("No")),
        Binding("left,right", "app.focus_next", "Other", show=False),
    ]

    def __init__(self, question: str, yes: str, no: str) -> None:
        super().__init__()
        self._question, self._yes, self._no = question, yes, no

    def compose(self) -> ComposeResult:
        """The question and two buttons."""
        with Vertical(classes="dialog"):
            yield Plain(self._question)
            with Horizontal(classes="dialog-buttons"):
                yield Button(self._no, id="no")
                yield Button(self._yes, id="yes", variant="warning")

    def on_mount(self) -> None:
        """Start on the answer that changes nothing."""
        self.query_one("#no").focus()

    def action_reply(self, yes: bool) -> None:
        """Close with an answer."""
        self.dismiss(yes)

    @on(Button.Pressed)
    def press(self, event: Button.Pressed) -> None:
        """A button says the same as its key."""
        event.stop()
        self.dismiss(event.button.id == "yes")
