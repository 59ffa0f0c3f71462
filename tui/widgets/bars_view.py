"""A bar chart with one bar per label, as wide as the screen allows."""

from __future__ import annotations

from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.table import Table as RichTable
from rich.text import Text

from luthier.tools.views import Bars
from luthier.tui.direction.filter import Mirrored
from luthier.tui.text import number
from luthier.tui.untrusted import clean
from luthier.tui.widgets.plain import Plain


class BarsView(Mirrored, Plain):
    """Labels at the left, values at the right, bars in half-cell steps between."""

    def __init__(self, view: Bars) -> None:
        largest = max(view.values, default=0) or 1
        grid = RichTable.grid(padding=(0, 1), expand=True)
        grid.add_column(justify="right", no_wrap=True, max_width=28, overflow="ellipsis")
        grid.add_column(ratio=1)
        grid.add_column(justify="right", no_wrap=True)
        for label, value in zip(view.labels, view.values, strict=True):
            grid.add_row(Text(clean(label)), _Bar(value / largest), Text(number(value)))
        title = clean(view.title) + (f" ({clean(view.unit)})" if view.unit else "")
        notes = (Text(clean(note), "dim") for note in view.notes)
        super().__init__(Group(Text(title, "bold"), grid, *notes), classes="view")


class _Bar:
    """A bar as long as its share of the width, in the text's own colour."""

    def __init__(self, share: float) -> None:
        self._share = max(0.0, share)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        halves = round(self._share * options.max_width * 2)
        yield Text("█" * (halves // 2) + "▌" * (halves % 2), no_wrap=True, overflow="crop")
