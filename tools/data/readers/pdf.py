"""PDF documents: the text of each page cut into passages; the "line" of a passage is its page.

Pages that are pictures hold no text; they are named, and a document of nothing else is refused.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from luthier.tools.data.encodings import mend_text
from luthier.tools.data.readers.base import (
    Format,
    Head,
    Item,
    Recognition,
    Source,
    Unreadable,
)
from luthier.tools.data.readers.foreign import first_line, guarded
from luthier.tools.data.readers.passages import Block, passage_records
from luthier.tools.errors import LuthierError
from luthier.tools.language import _, plural

if TYPE_CHECKING:
    from pypdf import PdfReader as Document

_MAGIC = b"%PDF-"
_LOOKED_AT = 20  # pages that must hold text between them
_HYPHEN = re.compile(r"(\w)[-\u00ad]\n(?=[a-zäöüßàâéèêëïîôœùûç])")


class PdfReader:
    """The text layer of a PDF."""

    formats: tuple[Format, ...] = ("pdf",)
    extensions = (".pdf",)

    def recognise(self, head: Head, wanted: Format | None) -> Recognition | None:
        """A claim where the mark %PDF- stands at the beginning."""
        if _MAGIC not in head.raw[:1024]:
            if wanted is None:
                return None
            raise _damaged(head.path.name, _("it does not begin with %PDF-"))
        with _quiet(), guarded(lambda why: _damaged(head.path.name, why)):
            document = _open(head.path.read_bytes(), head.path.name)
            pages = len(document.pages)
            if not any(_has_text(document, index) for index in range(min(pages, _LOOKED_AT))):
                raise _scanned(head.path.name, pages)
        count = plural("A PDF document of {n} page", "A PDF document of {n} pages", pages)
        return Recognition("pdf", _("{document}, cut into passages.", document=count))

    def read(self, source: Source) -> Iterator[Item]:
        """One record per passage; a page that cannot be read or holds no text is named."""
        with _quiet(), guarded(lambda why: _damaged(source.path.name, why)):
            document = _open(source.content.read_bytes(), source.path.name)
            extra = {"title": _title(document) or source.content.stem}
            for index in range(len(document.pages)):
                yield from _page(document, index, extra)


def _page(document: Document, index: int, extra: dict[str, str]) -> Iterator[Item]:
    number = index + 1
    try:
        text = _page_text(document, index)
    except LuthierError as error:
        yield Unreadable(number, "unreadable_page", error.why)
        return
    if not text:
        detail = _("page {page} holds a picture or nothing", page=number)
        yield Unreadable(number, "page_without_text", detail)
        return
    blocks = (Block(number, part.strip()) for part in re.split(r"\n\s*\n", text) if part.strip())
    yield from passage_records(blocks, {**extra, "page": number})


def _open(content: bytes, name: str) -> Document:
    from pypdf import PdfReader as Document
    from pypdf.errors import FileNotDecryptedError

    document = Document(io.BytesIO(content))
    if document.is_encrypted:
        try:
            opened = document.decrypt("")
        except (FileNotDecryptedError, NotImplementedError, ImportError):
            opened = 0
        if not opened:
            raise LuthierError(
                _("This PDF is locked with a password."),
                remedy=_("Save a copy without a password in a PDF viewer, then give that."),
                place=name,
                code="data.locked_pdf",
            )
    return document


def _has_text(document: Document, index: int) -> bool:
    """Whether the page shows a text; a damaged one counts, and is named when it is read."""
    try:
        return bool(_page_text(document, index))
    except LuthierError:
        return True


def _page_text(document: Document, index: int) -> str:
    """The page's text with words joined that were divided at the end of a line.

    Raises:
        LuthierError: the page is damaged.
    """
    try:
        text = document.pages[index].extract_text() or ""
    except Exception as error:  # the library raises anything for a mangled page
        why = first_line(error)
        raise _damaged(_("page {page}", page=index + 1), why) from error
    return _HYPHEN.sub(r"\1", mend_text(text).replace("\x00", "")).strip()


def _title(document: Document) -> str:
    title = document.metadata.title if document.metadata else None
    return mend_text(str(title)).strip() if title else ""


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the library's remarks on odd files out of the log; what matters is raised."""
    log = logging.getLogger("pypdf")
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(before)


def _scanned(name: str, pages: int) -> LuthierError:
    return LuthierError(
        _("This PDF holds pictures of pages, not text."),
        why=plural(
            "No text was found on its {n} page; it was probably scanned.",
            "No text was found on its {n} pages; it was probably scanned.",
            pages,
        ),
        remedy=_(
            "Run text recognition over it first (OCRmyPDF is free: ocrmypdf in.pdf out.pdf), "
            "then give the new file."
        ),
        place=name,
        code="data.scanned_pdf",
    )


def _damaged(name: str, why: str) -> LuthierError:
    return LuthierError(
        _("This PDF cannot be read."),
        why=_("In detail: {why}.", why=why),
        remedy=_("Open it in a viewer and print it to a new PDF, or save its text as a .txt file."),
        place=name,
        code="data.damaged_pdf",
    )
