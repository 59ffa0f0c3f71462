"""Word documents (docx): headings, paragraphs and tables in order; lines count paragraphs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from luthier.tools.data.readers.base import Format, Head, Item, Recognition, Source
from luthier.tools.data.readers.containers import container_kind
from luthier.tools.data.readers.foreign import guarded
from luthier.tools.data.readers.passages import Block, passage_records
from luthier.tools.errors import LuthierError
from luthier.tools.language import _

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table
    from docx.text.paragraph import Paragraph


class WordReader:
    """The text of a docx file."""

    formats: tuple[Format, ...] = ("docx",)
    extensions = (".docx", ".docm")

    def recognise(self, head: Head, wanted: Format | None) -> Recognition | None:
        """A claim where the archive holds a Word document."""
        if container_kind(head.path, head.raw) == "word":
            return Recognition("docx", _("A Word document, cut at its headings."))
        if wanted is None:
            return None
        raise _damaged(head.path.name, _("it is no .docx document"))

    def read(self, source: Source) -> Iterator[Item]:
        """One record per passage."""
        with guarded(lambda why: _damaged(source.path.name, why)):
            document = _open(source.content)
            extra = {"title": (document.core_properties.title or "").strip() or source.content.stem}
            yield from passage_records(_blocks(document), extra)


def _open(path: Path) -> Document:
    import docx

    return docx.Document(str(path))


def _blocks(document: Document) -> Iterator[Block]:
    from docx.table import Table

    for number, element in enumerate(document.iter_inner_content(), 1):
        if isinstance(element, Table):
            text = _table_text(element)
            if text:
                yield Block(number, text)
            continue
        text = element.text.strip()
        if text:
            yield Block(number, text, _level(element))


def _level(paragraph: Paragraph) -> int:
    """0 for text, 1 for the title, which stands above all headings."""
    name = (paragraph.style.name or "") if paragraph.style is not None else ""
    if name.startswith("Heading "):
        digits = name.removeprefix("Heading ")
        return int(digits) + 1 if digits.isdecimal() else 2
    return 1 if name == "Title" else 0


def _table_text(table: Table) -> str:
    """Rows on lines, cells divided by bars; cells merged with their neighbour are said once."""
    lines = []
    for row in table.rows:
        cells: list[str] = []
        seen: set[int] = set()
        for cell in row.cells:
            if id(cell._tc) not in seen:
                seen.add(id(cell._tc))
                cells.append(" ".join(cell.text.split()))
        if any(cells):
            lines.append(" | ".join(cells))
    return "\n".join(lines)


def _damaged(name: str, why: str) -> LuthierError:
    return LuthierError(
        _("This Word document cannot be read."),
        why=_("In detail: {why}.", why=why),
        remedy=_("Open it in a word processor and save it again as .docx, or save it as text."),
        place=name,
        code="data.damaged_word",
    )
