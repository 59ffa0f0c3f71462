"""A question of the screen itself with two or more answers, each a button."""

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


class ChooseScreen(ModalScreen[str]):
    """Closes with the id of the chosen answer; the first one changes nothing and has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss('')", mark("Close")),
        Binding("left", "app.focus_previous", "Other", show=False),
        Binding("right", "app.focus_next", "Other", show=False),
    ]

    def __init__(self, question: str, answers: tuple[tuple[str, str], ...]) -> None:
        super().__init__()
        self._question, self._answers = question, answers

    def compose(self) -> ComposeResult:
        """The question and a button for each answer."""
        with Vertical(classes="dialog"):
            yield Plain(self._question)
            with Horizontal(classes="dialog-buttons"):
                for number, (answer, label) in enumerate(self._answers):
                    variant = "warning" if number else "default"
                    yield Button(label, name=answer, variant=variant)  # type: ignore[arg-type]

    def on_mount(self) -> None:
        """Start on the answer that changes nothing."""
        self.query(Button).first().focus()

    @on(Button.Pressed)
    def press(self, event: Button.Pressed) -> None:
        """Close with the answer."""
        event.stop()
        self.dismiss(event.button.name or "")
