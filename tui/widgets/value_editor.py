"""Values to change before a yes: one field each, Enter hands over those that differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input

from luthier.tools.language import _
from luthier.tools.questions import Editable
from luthier.tui.untrusted import clean
from luthier.tui.widgets.plain import Plain


class ValueEditor(Vertical):
    """Hidden until it is wanted."""

    @dataclass
    class Changed(Message):
        """The values that were changed, by their names; empty where none was."""

        changes: dict[str, str]

    def __init__(self, values: Sequence[Editable]) -> None:
        super().__init__(classes="value-editor")
        self._values = tuple(values)
        self.display = False

    def compose(self) -> ComposeResult:
        """A label and a field for each value."""
        for value in self._values:
            with Horizontal(classes="value-line"):
                yield Plain(clean(value.label), classes="value-label")
                yield Input(clean(value.value), compact=True)
        yield Plain(_("Enter shows what would happen with these values; nothing is started yet."))

    def open(self) -> None:
        """Show the fields and go to the first."""
        self.display = True
        self.query(Input).first().focus()

    @on(Input.Submitted)
    def hand_over(self, event: Input.Submitted) -> None:
        """Every field counts, not only the one in which Enter was pressed."""
        event.stop()
        typed = [field.value.strip() for field in self.query(Input)]
        pairs = zip(self._values, typed, strict=True)
        self.post_message(
            self.Changed({value.name: text for value, text in pairs if text != value.value})
        )
