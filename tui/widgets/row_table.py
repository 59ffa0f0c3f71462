"""A table of rows to pick from, whose columns change sides in a right-to-left language."""

from __future__ import annotations

from typing import Any

from textual.widgets import DataTable

from luthier.tui.direction.filter import Mirrored


class RowTable(Mirrored, DataTable[Any]):
    """Textual's table with a cursor that stands on whole rows."""

    def __init__(self) -> None:
        super().__init__(cursor_type="row", zebra_stripes=True)
