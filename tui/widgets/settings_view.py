"""A list of values with the reason for each beside it."""

from __future__ import annotations

from rich.console import Group
from rich.table import Table as RichTable
from rich.text import Text

from luthier.tools.views import Settings
from luthier.tui.direction.filter import Mirrored
from luthier.tui.untrusted import clean
from luthier.tui.widgets.plain import Plain


class SettingsView(Mirrored, Plain):
    """Name, value and reason in three columns; the reasons take what width is left."""

    def __init__(self, view: Settings) -> None:
        grid = RichTable.grid(padding=(0, 2, 0, 0), expand=True)
        grid.add_column(no_wrap=True)
        grid.add_column(max_width=40, overflow="fold")
        grid.add_column(ratio=1, overflow="fold")
        for setting in view.settings:
            grid.add_row(
                Text(clean(setting.name)),
                Text(clean(setting.value), "bold"),
                Text(clean(setting.reason), "dim"),
            )
        notes = (Text(clean(note), "dim") for note in view.notes)
        super().__init__(Group(Text(clean(view.title), "bold"), grid, *notes), classes="view")
