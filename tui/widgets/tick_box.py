"""A box to tick whose state can be read without colours."""

from __future__ import annotations

from textual.widgets import Checkbox


class TickBox(Checkbox):
    """``[ ]`` and ``[x]``: Textual's own shows the same sign for both, in another colour."""

    BUTTON_LEFT = "["
    BUTTON_INNER = " "
    BUTTON_RIGHT = "]"

    def watch_value(self) -> None:
        """Draw the state before it is told."""
        self.BUTTON_INNER = "x" if self.value else " "
        super().watch_value()
