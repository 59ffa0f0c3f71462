"""A Rich renderable in visual order: tables of the command line with their columns turned."""

from __future__ import annotations

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from textual.color import TRANSPARENT

from luthier.tui.direction.filter import visual_order


def turned(renderable: RenderableType) -> RenderableType:
    """``renderable`` as it is seen by a reader of the language in use."""
    return _Turned(renderable)


class _Turned:
    def __init__(self, renderable: RenderableType) -> None:
        self._renderable = renderable

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        order = visual_order(mirrored=True)
        for line in console.render_lines(self._renderable, options, pad=True):
            yield from order.apply(line, TRANSPARENT)
            yield Segment.line()
