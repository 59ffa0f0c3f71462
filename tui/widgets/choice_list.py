"""A list of answers: arrows and Enter or a number pick, anything else typed goes to the composer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from luthier.tui.direction.filter import Mirrored
from luthier.tui.grace import Grace

LETTER_SECONDS = 0.4
"""How long a letter waits for the rest of a word before it counts as an answer by itself."""


class ChoiceList(Mirrored, OptionList):
    """Options that cannot be picked in the first half second.

    Whoever types ahead must not answer a question that was not there when the key was pressed.
    """

    BINDINGS: ClassVar[list[BindingType]] = []

    @dataclass
    class Picked(Message):
        """The user picked an answer."""

        choice_id: str

    @dataclass
    class TypedElsewhere(Message):
        """The user types a free answer; an empty text is the Enter at its end."""

        text: str

    def __init__(
        self,
        choices: Sequence[tuple[str, str, str]],
        *,
        highlighted: int | None = 0,
        letters: dict[str, str] | None = None,
    ) -> None:
        """Args: ``choices`` are (id, label, detail); ``letters`` map a key to a choice id."""
        options = [
            Option(_prompt(number, label, detail), id=choice_id)
            for number, (choice_id, label, detail) in enumerate(choices, start=1)
        ]
        super().__init__(*options, compact=True, markup=False)
        self._ids = [choice_id for choice_id, _, _ in choices]
        self._letters = letters or {}
        self._first_highlight = highlighted
        self._grace = Grace()
        self._letter = ""
        self._types_elsewhere = False  # keys may still arrive here after the composer was called

    def on_mount(self) -> None:
        """Start the grace period and stress the first answer, or none."""
        self._grace = Grace()
        self.highlighted = self._first_highlight

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """An arrow and Enter, or the mouse, picked an answer."""
        event.stop()
        if event.option_id is not None:
            self._pick(event.option_id)

    def on_key(self, event: events.Key) -> None:
        """Numbers and letters pick; other characters begin a free answer in the composer."""
        character = event.character or ""
        if self._letter:
            self._follow_letter(event, character)
            return
        if self._types_elsewhere and event.key == "enter":
            event.stop()
            event.prevent_default()
            self.post_message(self.TypedElsewhere(""))
            return
        if not event.is_printable or not (character.strip() or self._types_elsewhere):
            return
        event.stop()
        event.prevent_default()
        if self._types_elsewhere:
            self.post_message(self.TypedElsewhere(character))
        elif self._choice_of(character):
            self._letter = character
            self.set_timer(LETTER_SECONDS, self._pick_letter)
        else:
            self._types_elsewhere = True
            self.post_message(self.TypedElsewhere(character))

    def _follow_letter(self, event: events.Key, character: str) -> None:
        """A key right behind: neither "yes, but with 2 epochs" nor "1 epoch is enough" is a yes."""
        if event.is_printable:
            event.stop()
            event.prevent_default()
            typed, self._letter = f"{self._letter}{character}", ""
            self._types_elsewhere = True
            self.post_message(self.TypedElsewhere(typed))
        elif event.key == "enter":
            event.stop()
            event.prevent_default()
            self._pick_letter()

    def _pick_letter(self) -> None:
        chosen, self._letter = self._choice_of(self._letter), ""
        if chosen:
            self._pick(chosen)

    def _choice_of(self, character: str) -> str:
        """The choice that a number or a letter stands for, or ""."""
        if character.isdecimal() and 0 < int(character) <= len(self._ids):
            return self._ids[int(character) - 1]
        return self._letters.get(character.lower(), "")

    def on_paste(self, event: events.Paste) -> None:
        """A path that is pasted or dropped here is a free answer."""
        event.stop()
        self._types_elsewhere = True
        self.post_message(self.TypedElsewhere(event.text.rstrip("\r\n")))

    def on_focus(self) -> None:
        """Back from the composer: numbers and letters pick again."""
        self._types_elsewhere = False

    def _pick(self, choice_id: str) -> None:
        if self._grace.is_over:
            self.post_message(self.Picked(choice_id))


def _prompt(number: int, label: str, detail: str) -> Table:
    """Number, label and detail; further lines are set below the label, not below the number."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column()
    text = Text.assemble(label, (f"  {detail}", "dim")) if detail else Text(label)
    grid.add_row(str(number) if number < 10 else " ", text)
    return grid
