"""A bar chart with one bar per label, as wide as the screen allows."""

from __future__ import annotations

from rich.bar import Bar
from rich.console import Group
from rich.table import Table as RichTable
from rich.text import Text

from luthier.tools.views import Bars
from luthier.tui.text import clean, number
from luthier.tui.widgets.plain import Plain


class BarsView(Plain):
    """Labels at the left, values at the right, bars in half-cell steps between."""

    def __init__(self, view: Bars) -> None:
        largest = max(view.values, default=0) or 1
        grid = RichTable.grid(padding=(0, 1), expand=True)
        grid.add_column(justify="right", no_wrap=True, max_width=28, overflow="ellipsis")
        grid.add_column(ratio=1)
        grid.add_column(justify="right", no_wrap=True)
        for label, value in zip(view.labels, view.values, strict=True):
            grid.add_row(Text(clean(label)), Bar(largest, 0, value), Text(number(value)))
        title = clean(view.title) + (f" ({clean(view.unit)})" if view.unit else "")
        notes = (Text(clean(note), "dim") for note in view.notes)
        super().__init__(Group(Text(title, "bold"), grid, *notes), classes="view")
