"""Sheets of a workbook (xlsx, xlsm, xlsb, xls, ods): header found, merged cells filled, dates kept.

A formula counts as the value that was last calculated and saved with it. The "line" of a record is
its row in the sheet.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luthier.tools.data.readers.base import (
    Format,
    Head,
    Item,
    Recognition,
    Record,
    Remark,
    Source,
)
from luthier.tools.data.readers.containers import container_kind
from luthier.tools.data.readers.foreign import guarded
from luthier.tools.data.readers.header import column_names, has_header
from luthier.tools.data.readers.parts import choose_part
from luthier.tools.errors import LuthierError
from luthier.tools.language import _, plural

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

_LOOKED_AT = 200  # rows from which the header is found
Cells = Sequence[Any]


@dataclass(frozen=True, slots=True)
class _Layout:
    sheet: str
    first: int  # index of the first row of data
    columns: tuple[str, ...]
    hidden: tuple[str, ...] = ()


class ExcelReader:
    """One sheet of a workbook at a time."""

    formats: tuple[Format, ...] = ("excel",)
    extensions = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")

    def recognise(self, head: Head, wanted: Format | None) -> Recognition | None:
        """A claim to workbooks by what lies in them, whatever the name says."""
        kind = container_kind(head.path, head.raw)
        if kind == "old office" and head.path.suffix.lower() in (".doc", ".ppt", ".msg"):
            return None
        if kind not in ("workbook", "old office"):
            if wanted is None:
                return None
            raise _damaged(head.path.name, _("it is no workbook"))
        with guarded(lambda why: _damaged(head.path.name, why)):
            return _look(_open(head.path), head)

    def read(self, source: Source) -> Iterator[Item]:
        """One record per row of the sheet that holds anything."""
        layout: _Layout = source.recognition.options
        for name in layout.hidden:
            yield Remark(1, "part_left_out", _("the sheet “{name}” is hidden", name=name))
        with guarded(lambda why: _damaged(source.path.name, why)):
            sheet = _open(source.content).get_sheet_by_name(layout.sheet)
            for number, cells in enumerate(_rows(sheet)):
                filled = [cell for cell in cells if cell not in (None, "")]
                if not filled:
                    continue
                if number >= layout.first:
                    yield Record(number + 1, dict(zip(layout.columns, cells, strict=False)))
                elif number < layout.first - 1:
                    detail = _("row {row} stands above the header", row=number + 1)
                    yield Remark(number + 1, "above_header", detail, str(filled[0])[:80])


def _open(path: Path) -> CalamineWorkbook:
    from python_calamine import CalamineWorkbook

    return CalamineWorkbook.from_path(str(path))


def _look(book: CalamineWorkbook, head: Head) -> Recognition:
    shown = [
        sheet.name
        for sheet in book.sheets_metadata
        if str(sheet.visible).endswith(".Visible") and str(sheet.typ).endswith(".WorkSheet")
    ]
    hidden = [
        sheet.name
        for sheet in book.sheets_metadata
        if sheet.name not in shown and str(sheet.typ).endswith(".WorkSheet")
    ]
    sizes = {}
    for name in shown or hidden:
        sheet = book.get_sheet_by_name(name)
        if sheet.height and sheet.width:
            sizes[name] = sheet.height * min(sheet.width, 20)
    if not sizes:
        raise LuthierError(
            _("This workbook is empty."),
            why=_("No sheet holds anything."),
            remedy=_("Check that it was saved, and that it is the file you meant."),
            place=head.path.name,
            code="data.empty_file",
        )
    part = choose_part(head.part, tuple(sizes), max(sizes, key=lambda name: sizes[name]), head.path)
    layout, why = _layout(book.get_sheet_by_name(part), part, head.header)
    left = tuple(name for name in hidden if name not in sizes)
    layout = _Layout(part, layout.first, layout.columns, left)
    reason = plural("A workbook with {n} sheet", "A workbook with {n} sheets", len(sizes))
    reason = _("{workbook}; “{sheet}” is read: {why}.", workbook=reason, sheet=part, why=why)
    return Recognition("excel", reason, layout, parts=tuple(sizes), part=part)


def _layout(sheet: CalamineSheet, name: str, header: bool | None) -> tuple[_Layout, str]:
    """Where the data begins and how its columns are called: the first full row names them."""
    rows = list(islice(_rows(sheet), _LOOKED_AT))
    counts = [sum(1 for cell in row if cell not in (None, "")) for row in rows]
    width = max(counts, default=0)
    usual = sorted(count for count in counts if count)[len([c for c in counts if c]) // 2 :][:1]
    least = max(1, min(width, usual[0] if usual else 1) * 2 // 3)
    top = next((index for index, count in enumerate(counts) if count >= least), 0)
    first = [_text(cell) for cell in rows[top]] if rows else []
    while first and not first[-1]:
        first.pop()
    below = [[_text(cell) for cell in row] for row in rows[top + 1 :]]
    named, why = _has_header(rows[top] if rows else (), first, below)
    if header is not None:
        named, why = header, _("as you said")
    columns = column_names(first, max((len(row) for row in rows), default=0), named)
    return _Layout(name, top + 1 if named else top, columns), why


def _has_header(cells: Cells, first: list[str], below: list[list[str]]) -> tuple[bool, str]:
    filled = [cell for cell in cells if cell not in (None, "")]
    all_text = bool(filled) and all(isinstance(cell, str) for cell in filled)
    found, why = has_header([name for name in first if name], below)
    repeated = any(
        index < len(row) and row[index] == name
        for index, name in enumerate(first)
        for row in below
        if name
    )
    if found or (all_text and below and not repeated and len(set(first)) == len(first)):
        return True, _("its first full row names the columns")
    return False, why


def _rows(sheet: CalamineSheet) -> Iterator[list[Any]]:
    """Every row from the top of the sheet, empty ones included, with merged cells filled."""
    merged = _merged(sheet)
    for number, cells in enumerate(sheet.iter_rows()):
        row = [_plain(cell) for cell in cells]
        for low, high, left, right, value in merged:
            if low <= number <= high:
                here = [None] * (min(right + 1, len(row)) - left)
                row[left : left + len(here)] = [value] * len(here)
        yield row


def _merged(sheet: CalamineSheet) -> list[tuple[int, int, int, int, Any]]:
    """Ranges of merged cells with the value that stands in their first cell."""
    try:
        ranges = sheet.merged_cell_ranges or []
    except ValueError:  # not known for this kind of workbook
        return []
    if not ranges:
        return []
    cells = sheet.to_python(skip_empty_area=False)
    found = []
    for (low, left), (high, right) in ranges:
        if low < len(cells) and left < len(cells[low]):
            found.append((low, high, left, right, _plain(cells[low][left])))
    return found


def _plain(cell: Any) -> Any:
    """The cell as a person reads it: 3 rather than 3.0, a date without midnight."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return int(cell)
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return cell.date()
    return cell


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell).strip()


def _damaged(name: str, why: str) -> LuthierError:
    return LuthierError(
        _("This workbook cannot be read."),
        why=_("In detail: {why}.", why=why),
        remedy=_(
            "Open it in a spreadsheet program and save it again as .xlsx (without a password), "
            "or save the sheet as CSV."
        ),
        place=name,
        code="data.damaged_excel",
    )
