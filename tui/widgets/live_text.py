"""A text that changes often: the screen is laid out anew only when its height changes."""

from __future__ import annotations

from textual.content import Content

from luthier.tui.widgets.plain import Plain


class LiveText(Plain):
    """Hidden while it is empty. A full layout takes longer than a key press may wait."""

    def __init__(self, content: str = "", *, classes: str | None = None) -> None:
        super().__init__(content, classes=classes)
        self._shown = Content(content)
        self.display = bool(content)

    def show(self, content: Content) -> None:
        """Draw ``content`` where it differs from what is shown."""
        if content.is_same(self._shown):
            return
        self._shown = content
        self.display = bool(content.plain)
        self.update(content, layout=False)
        size = self.content_size
        if not size.width or content.get_height({}, size.width) != size.height:
            self.refresh(layout=True)
