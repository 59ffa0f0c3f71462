"""Rows under column headings, drawn as one cheap widget that wraps to the width it gets."""

from __future__ import annotations

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from luthier.tools.views import Table
from luthier.tui.direction.filter import Mirrored
from luthier.tui.glyphs import CURRENT
from luthier.tui.untrusted import clean
from luthier.tui.widgets.plain import Plain


class TableView(Mirrored, Plain):
    """A table whose stressed row is bold and carries a sign."""

    def __init__(self, view: Table) -> None:
        super().__init__(draw_table(view), classes="view")


def draw_table(view: Table) -> RenderableType:
    """``view`` as a Rich renderable; columns of figures are set to the right."""
    marked = view.highlight >= 0
    table = RichTable(
        title=Text(clean(view.title), "bold") if view.title else None,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        header_style="bold",
        pad_edge=False,
    )
    if marked:
        table.add_column("", width=1)
    for index, name in enumerate(view.columns):
        figures = all(_is_figure(row[index]) for row in view.rows if index < len(row))
        table.add_column(
            Text(clean(name)),
            justify="right" if figures and view.rows else "left",
            overflow="fold",
        )
    for index, row in enumerate(view.rows):
        stressed = index == view.highlight
        cells = [Text(clean(cell)) for cell in row]
        if marked:
            cells.insert(0, Text(CURRENT if stressed else " "))
        table.add_row(*cells, style="bold" if stressed else "")
    return Group(table, *(Text(clean(note), "dim") for note in view.notes))


def _is_figure(cell: str) -> bool:
    core = cell.strip().strip("+-−±%–… ").replace(",", "").replace(".", "").replace(" ", "")
    return core.isdigit() or cell.strip() in ("", "–", "-", "—")
