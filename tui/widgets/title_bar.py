"""The top line: whose session this is, and what goes on."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal

from luthier.agent.titles import shown_title
from luthier.tui.text import one_line
from luthier.tui.widgets.plain import Plain


class TitleBar(Horizontal):
    """Title at the left, status at the right, both in words."""

    def __init__(self, title: str = "", status: str = "") -> None:
        super().__init__(id="title-bar")
        self._title = Plain(one_line(title) or "Luthier", id="session-title")
        self._status = Plain(status, id="session-status")

    def compose(self) -> ComposeResult:
        """Two texts on one line."""
        yield self._title
        yield self._status

    def show(self, title: str, status: str) -> None:
        """Draw both anew."""
        name = one_line(shown_title(title), 80)
        self._title.update(f"Luthier · {name}" if name else "Luthier")
        self._status.update(one_line(status, 80))
