"""The list of readers, and which of them a file goes to: content beats the name's ending.

To add a format: one file with a class like its siblings, and one line in ``READERS``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from luthier.tools.data.paths import unreadable_error
from luthier.tools.data.readers.arrow import ArrowReader
from luthier.tools.data.readers.base import Format, Head, Item, Reader, Recognition, Source
from luthier.tools.data.readers.delimited import DelimitedReader
from luthier.tools.data.readers.excel import ExcelReader
from luthier.tools.data.readers.json_document import JsonReader
from luthier.tools.data.readers.json_lines import JsonLinesReader
from luthier.tools.data.readers.members import FolderReader
from luthier.tools.data.readers.parquet import ParquetReader
from luthier.tools.data.readers.pdf import PdfReader
from luthier.tools.data.readers.slack import SlackReader
from luthier.tools.data.readers.sqlite import SqliteReader
from luthier.tools.data.readers.text_document import TextReader
from luthier.tools.data.readers.whatsapp import WhatsappReader
from luthier.tools.data.readers.word import WordReader
from luthier.tools.errors import LuthierError
from luthier.tools.language import _, mark

READERS: tuple[Reader, ...] = (
    ParquetReader(),
    ArrowReader(),
    SqliteReader(),
    PdfReader(),
    ExcelReader(),
    WordReader(),
    SlackReader(),
    FolderReader(),
    WhatsappReader(),
    JsonLinesReader(),
    JsonReader(),
    TextReader(),
    DelimitedReader(),  # last: every text is some table
)

_FOREIGN = (
    (b"\xd0\xcf\x11\xe0", mark("an old Office file"), mark("Save it as .docx, .xlsx or PDF")),
    (
        b"\x89PNG",
        mark("a picture"),
        mark("Run text recognition over it, or type the text into a file"),
    ),
    (
        b"\xff\xd8\xff",
        mark("a picture"),
        mark("Run text recognition over it, or type the text into a file"),
    ),
    (
        b"FEA1",
        mark("a Feather file of the first version"),
        mark("Save it as Parquet or as Feather 2"),
    ),
    (b"7z\xbc\xaf", mark("a 7-Zip archive"), mark("Unpack it first")),
    (b"Rar!", mark("a RAR archive"), mark("Unpack it first")),
)


_KINDS = 3  # different control characters in one text


def reader_for(name: Format) -> Reader:
    """The reader of a format."""
    return next(reader for reader in READERS if name in reader.formats)


_SYNONYMS: dict[str, Format] = {
    "xlsx": "excel", "xls": "excel", "ods": "excel", "sheet": "excel", "spreadsheet": "excel",
    "word": "docx", "db": "sqlite", "sqlite3": "sqlite", "database": "sqlite", "md": "markdown",
    "feather": "arrow", "ipc": "arrow", "txt": "text", "ndjson": "jsonl", "json lines": "jsonl",
    "jsonlines": "jsonl", "tabs": "tsv", "pq": "parquet",
}  # fmt: skip


def find_format(name: str, or_else: Sequence[str] = ()) -> Format:
    """The file format that a user means by ``name``.

    Raises:
        LuthierError: there is none; the formats and ``or_else`` are named.
    """
    wanted = name.strip().lower().lstrip(".")
    known: dict[str, Format] = {f: f for reader in READERS for f in reader.formats} | _SYNONYMS
    if wanted in known:
        return known[wanted]
    formats = [f for reader in READERS for f in reader.formats]
    raise LuthierError(
        _("“{name}” is not a format that Luthier reads.", name=name),
        remedy=_(
            "Choose one of {names}, or let it be detected.", names=", ".join((*formats, *or_else))
        ),
        code="data.unknown_format",
    )


def read_items(source: Source) -> Iterator[Item]:
    """Every record or unreadable place of the source, in order.

    Raises:
        LuthierError: the file vanished or became unreadable on the way, or nothing can be read.
    """
    try:
        yield from reader_for(source.recognition.format).read(source)
    except (OSError, UnicodeError) as error:
        raise unreadable_error(source.path, error) from error


def recognise(head: Head, wanted: Format | None) -> tuple[Reader, Recognition]:
    """The reader that claims the file, and what it found.

    Raises:
        LuthierError: it is no table of text that Luthier can read.
    """
    if wanted is not None:
        reader = reader_for(wanted)
        claim = reader.recognise(head, wanted)
        if claim is not None:
            return reader, claim
    for reader in READERS:
        if reader.formats != ("csv", "tsv"):
            claim = reader.recognise(head, None)
            if claim is not None:
                if claim.format in ("text", "markdown"):
                    _refuse_noise(head)
                return reader, _with_extension(head, reader, claim)
    _refuse_foreign(head)
    reader = reader_for("csv")
    claim = reader.recognise(head, None)
    assert claim is not None
    return reader, _with_extension(head, reader, claim)


def _with_extension(head: Head, reader: Reader, claim: Recognition) -> Recognition:
    """Say so where the name's ending promises something else than the content is."""
    suffix = head.path.suffix.lower()
    promised = next((other for other in READERS if suffix in other.extensions), None)
    if promised is None or suffix in reader.extensions:
        return claim
    reason = _(
        "{reason} The name ends in {suffix}, but the content is what counts.",
        reason=claim.reason,
        suffix=suffix,
    )
    return replace(claim, reason=reason)


def _refuse_foreign(head: Head) -> None:
    for magic, what, remedy in _FOREIGN:
        if head.raw.startswith(magic):
            raise _foreign(head, _("This file is {what}.", what=_(what)), _(remedy))
    _refuse_noise(head)
    if head.text.lstrip()[:15].lower().startswith(("<!doctype html", "<html")):
        raise _foreign(
            head, _("This file is a web page."), _("Download the data itself, as CSV or JSON")
        )


def _refuse_noise(head: Head) -> None:
    if head.text.count("\x00") > len(head.text) * 0.01 or _is_noise(head.text[:4096]):
        raise _foreign(
            head, _("This file is not text."), _("Export the data as CSV, JSONL or Parquet")
        )


def _is_noise(text: str) -> bool:
    """Whether it is full of control characters, or has some of many kinds, as bytes of chance do.

    A tenth of all bytes are such characters; a text that has any has few kinds, such as a delimiter.
    """
    odd = [char for char in text if char < " " and char not in "\t\n\r\f\x0b\x1b"]
    is_varied = len(set(odd)) > _KINDS and len(odd) > len(text) * 0.03
    return is_varied or len(odd) > len(text) * 0.1


def _foreign(head: Head, what: str, remedy: str) -> LuthierError:
    return LuthierError(
        what,
        remedy=_("{remedy}, then give that file.", remedy=remedy),
        place=head.path.name,
        code="data.not_a_table",
    )
