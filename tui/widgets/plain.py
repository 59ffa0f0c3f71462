"""The base of everything that draws dynamic text: no markup is ever read in it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text
from textual.visual import SupportsVisual
from textual.widgets import Static

from luthier.tui.direction.filter import Aligned


class Plain(Aligned, Static):
    """A Static that never interprets its text, whatever file or model it came from."""

    def __init__(
        self,
        content: RenderableType | SupportsVisual = "",
        *,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(content, markup=False, id=id, classes=classes)


def hanging(sign: str, lines: Sequence[Text]) -> Table:
    """``lines`` beside ``sign``; what does not fit goes on below the text, not below the sign."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")  # a long path is broken, never cut
    for index, line in enumerate(lines):
        grid.add_row(Text(sign if index == 0 else "", "bold"), line)
    return grid
