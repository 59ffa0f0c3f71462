"""One line of text that the screen itself needs: a title, or a place to write to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from luthier.tools.language import _, mark
from luthier.tui.widgets.plain import Plain
from luthier.tui.widgets.tick_box import TickBox


@dataclass(frozen=True, slots=True)
class Given:
    """The text, and the ids of what was ticked besides."""

    text: str
    ticked: frozenset[str]


class AskTextScreen(ModalScreen[Given | None]):
    """Closes with what was written, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", mark("Close"))]

    def __init__(self, question: str, text: str, ticks: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__()
        self._question, self._text, self._ticks = question, text, ticks

    def compose(self) -> ComposeResult:
        """The question, the line, and what can be ticked."""
        with Vertical(classes="dialog"):
            yield Plain(self._question)
            for tick, label in self._ticks:
                yield TickBox(label, name=tick, compact=True)
            yield Input(self._text)
            yield Plain(_("Enter takes it, Esc leaves it."))

    def on_mount(self) -> None:
        """Write at once."""
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def take(self, event: Input.Submitted) -> None:
        """Close with the text."""
        event.stop()
        if event.value.strip():
            ticked = frozenset(str(box.name) for box in self.query(TickBox) if box.value)
            self.dismiss(Given(event.value.strip(), ticked))
