"""Textual's Markdown, with paragraphs that keep to the side their language begins at."""

from __future__ import annotations

from typing import Any

from textual.widgets import Markdown as TextualMarkdown

from luthier.tui.direction.filter import Aligned

_Paragraph: Any = TextualMarkdown.BLOCKS["paragraph_open"]


class Paragraph(Aligned, _Paragraph):  # type: ignore[misc]
    """A paragraph, also inside a list."""


class Markdown(TextualMarkdown):
    """Links in it are never opened by themselves."""

    BLOCKS = {**TextualMarkdown.BLOCKS, "paragraph_open": Paragraph}  # noqa: RUF012

    def __init__(self, markdown: str) -> None:
        super().__init__(markdown, open_links=False)
