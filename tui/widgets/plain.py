"""The base of everything that draws dynamic text: no markup is ever read in it."""

from __future__ import annotations

from rich.console import RenderableType
from textual.visual import SupportsVisual
from textual.widgets import Static


class Plain(Static):
    """A Static that never interprets its text, whatever file or model it came from."""

    def __init__(
        self,
        content: RenderableType | SupportsVisual = "",
        *,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(content, markup=False, id=id, classes=classes)
