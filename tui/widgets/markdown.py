"""Textual's Markdown, with paragraphs and tables that keep to the side their language begins at."""

from __future__ import annotations

from typing import Any

from textual.widgets import Markdown as TextualMarkdown

from luthier.tools.language import current_language
from luthier.tui.direction.filter import Aligned
from luthier.tui.direction.layout import RIGHT_TO_LEFT

_Paragraph: Any = TextualMarkdown.BLOCKS["paragraph_open"]
_Table: Any = TextualMarkdown.BLOCKS["table_open"]


class Paragraph(Aligned, _Paragraph):  # type: ignore[misc]
    """A paragraph, also inside a list."""


class Table(_Table):  # type: ignore[misc]
    """A table; in a right-to-left language its first column stands at the right."""

    def _get_headers_and_rows(self) -> tuple[list[Any], list[list[Any]]]:
        headers, rows = super()._get_headers_and_rows()
        words = " ".join(cell.plain for cell in headers)
        if current_language().right_to_left and RIGHT_TO_LEFT.search(words):
            return headers[::-1], [row[::-1] for row in rows]
        return headers, rows


class Markdown(TextualMarkdown):
    """Links in it are never opened by themselves."""

    BLOCKS = {  # noqa: RUF012
        **TextualMarkdown.BLOCKS,
        "paragraph_open": Paragraph,
        "table_open": Table,
    }

    def __init__(self, markdown: str) -> None:
        super().__init__(markdown, open_links=False)
