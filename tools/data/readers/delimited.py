"""CSV and TSV: any delimiter, quoting and header, read line by line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from luthier.tools.data.readers.base import (
    Format,
    Head,
    Item,
    Recognition,
    Record,
    Source,
    Unreadable,
)
from luthier.tools.data.readers.dialect import NAMES, Dialect, judge_dialect, split_records
from luthier.tools.data.readers.header import column_names, has_header
from luthier.tools.data.vocabulary import is_known_name
from luthier.tools.language import _, plural

_SAMPLE_LINES = 3000
_SEPARATOR_LINE = re.compile(r'\ufeff?"?sep=(\\t|.)"?[ \t]*', re.I)
"""What Excel writes first, and reads, to say which character divides the cells."""


@dataclass(frozen=True, slots=True)
class _Layout:
    dialect: Dialect
    columns: tuple[str, ...]
    header: bool
    declared: bool = False


class DelimitedReader:
    """Comma, tab, semicolon or bar between the cells."""

    formats: tuple[Format, ...] = ("csv", "tsv")
    extensions = (".csv", ".tsv", ".tab", ".txt")

    def recognise(self, head: Head, wanted: Format | None) -> Recognition | None:
        """Always a claim: every text is a table, if only of one column."""
        lines = list(islice(_lines(head), _SAMPLE_LINES))
        only = "\t" if wanted == "tsv" else ""
        declared = _SEPARATOR_LINE.fullmatch(lines[0].rstrip("\r")) if lines else None
        if declared:
            only = declared.group(1).replace("\\t", "\t")
            lines = lines[1:]
        judgement = judge_dialect(lines, only)
        dialect = judgement.dialect
        records = [fields.cells for fields in islice(split_records(lines, dialect), 400)]
        first = records[0] if records else []
        width = judgement.width
        if width == 1:
            dialect = Dialect(dialect.delimiter, quoted=False)
        elif sum(map(is_known_name, first)) > 1:
            width = len(first)  # sure column names outweigh rows with stray delimiters
        header, why = has_header(first, records[1:])
        if head.header is not None:
            header, why = head.header, _("as you said")
        columns = column_names(first, width, header)
        reason = _reason(dialect, width, header, why)
        if declared:
            reason += " " + _("Its first line names the delimiter, as Excel does.")
        found: Format = "tsv" if dialect.delimiter == "\t" else "csv"
        return Recognition(found, reason, _Layout(dialect, columns, header, bool(declared)))

    def read(self, source: Source) -> Iterator[Item]:
        """One record per line or quoted group of lines."""
        layout: _Layout = source.recognition.options
        with source.open_text() as stream:
            before = 1 if layout.declared and stream.readline() else 0
            records = split_records(stream, layout.dialect)
            if layout.header:
                next(records, None)
            for fields in records:
                yield _item(fields.line + before, fields.cells, fields.fault, layout)


def _item(line: int, cells: list[str], fault: str, layout: _Layout) -> Item:
    columns = layout.columns
    if len(columns) == 1 and not fault:
        cells = [layout.dialect.delimiter.join(cells)]
    extra = cells[len(columns) :]
    if extra and not any(cell.strip() for cell in extra):
        cells = cells[: len(columns)]
    if len(cells) == len(columns):
        return Record(line, dict(zip(columns, cells, strict=True)))
    excerpt = layout.dialect.delimiter.join(cells)
    if fault:
        return Unreadable(line, "stray_quote", fault, excerpt)
    detail = _(
        "{found} cells where {expected} are expected", found=len(cells), expected=len(columns)
    )
    return Unreadable(line, "ragged", detail, excerpt)


def _lines(head: Head) -> Iterator[str]:
    lines = head.text.split("\n")
    if not head.whole and len(lines) > 1:
        lines.pop()  # cut in the middle
    return iter(lines)


def _named(delimiter: str) -> str:
    return _(NAMES.get(delimiter, "")) or f"“{delimiter}”"


def _reason(dialect: Dialect, width: int, header: bool, why: str) -> str:
    if width == 1:
        return _("Lines of text without a delimiter that divides them into columns.")
    parts = [
        plural(
            "{n} column divided by {delimiter}",
            "{n} columns divided by {delimiter}",
            width,
            delimiter=_named(dialect.delimiter),
        )
    ]
    if not dialect.quoted:
        parts.append(_("quotes are ordinary characters"))
    parts.append(_("with a header") if header else _("without a header"))
    return f"{_(', ').join(parts)}: {why}."
