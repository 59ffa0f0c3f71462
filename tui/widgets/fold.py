"""One line that opens: what a model thought, or a tool's arguments and what it told the brain."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content

from luthier.tools.language import mark
from luthier.tui.glyphs import FOLDED, UNFOLDED
from luthier.tui.untrusted import clean
from luthier.tui.widgets.plain import Plain

LONGEST = 6_000
"""Characters shown of one body; a screen is no place for more."""


class Fold(Plain, can_focus=True):
    """Folded at first; Enter, space or a click opens and closes it. One widget, however long."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space", "unfold", mark("Details"))]

    def __init__(self, head: Content, body: str = "", *, classes: str = "") -> None:
        super().__init__(classes=f"fold {classes}".strip())
        self._head = head
        self._body = body
        self.is_open = False

    def on_mount(self) -> None:
        """Draw the line."""
        self._draw()

    def show(self, head: Content, body: str, *, layout: bool = True) -> None:
        """Another head and body; ``layout=False`` where the lines stay as many as they are."""
        self._head, self._body = head, body
        self._draw(layout=layout or self.is_open)

    def set_open(self, is_open: bool) -> None:
        """Open or close it."""
        self.is_open = is_open
        self._draw()

    def action_unfold(self) -> None:
        """The other state."""
        self.set_open(not self.is_open)

    def on_click(self, event: events.Click) -> None:
        """A click does what Enter does."""
        if self._body:
            event.stop()
            self.action_unfold()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing to open, nothing to offer."""
        return action != "unfold" or bool(self._body)

    def _draw(self, *, layout: bool = True) -> None:
        self.display = bool(self._head.plain)
        self.can_focus = bool(self._body)
        if not self._body:
            self.update(self._head, layout=layout)
            return
        sign = UNFOLDED if self.is_open else FOLDED
        head = Content.assemble(self._head, (f" {sign}", "dim"))
        if self.is_open:
            lines = clean(_shortened(self._body)).split("\n")
            head = Content.assemble(head, "\n", Content("\n".join(f"  {line}" for line in lines)))
        self.update(head, layout=layout)


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} …"
