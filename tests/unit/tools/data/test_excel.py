"""Workbooks as people keep them: titles above the header, merged cells, dates, formulas, sheets."""

from __future__ import annotations

import datetime
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from luthier.tools.data.inspect import inspect_file
from luthier.tools.data.model import Mapping
from luthier.tools.data.readers.base import Record
from luthier.tools.data.readers.registry import read_items
from luthier.tools.data.source import open_source
from luthier.tools.errors import LuthierError


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "tickets.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        workbook.add_worksheet("Notes").write(0, 0, "made by Ann")
        sheet = workbook.add_worksheet("Tickets")
        sheet.write(0, 0, "Export of all tickets")
        sheet.write_row(2, 0, ["Date", "Message", "Category", "Price"])
        day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        for row in range(12):
            sheet.write_datetime(3 + row, 0, datetime.date(2024, 1, 1 + row), day)
            sheet.write(3 + row, 1, f"parcel {row} is late")
            sheet.write_formula(3 + row, 3, f"=10*{row}", None, 10 * row)
        for first in range(3, 15, 4):
            sheet.merge_range(first, 2, first + 3, 2, f"kind {first}")
        hidden = workbook.add_worksheet("Secret")
        hidden.write(0, 0, "nothing to see")
        hidden.hide()
    return path


def records(path: Path, part: str = "") -> list[Record]:
    items = read_items(open_source(path, part=part))
    return [item for item in items if isinstance(item, Record)]


def test_the_largest_sheet_is_read_and_the_others_can_be_chosen(book: Path) -> None:
    found = inspect_file(book)
    assert (found.format, found.parts, found.part) == ("excel", ("Notes", "Tickets"), "Tickets")
    assert found.columns == ("Date", "Message", "Category", "Price")
    assert found.mapping.part == "Tickets"
    assert {problem.code for problem in found.problems} >= {"above_header", "part_left_out"}
    assert records(book, part="notes")[0].values == {"column 1": "made by Ann"}


def test_merged_cells_dates_and_values_of_formulas(book: Path) -> None:
    rows = records(book)
    assert len(rows) == 12
    assert rows[0].line == 4
    assert [row.values["Category"] for row in rows] == ["kind 3"] * 4 + ["kind 7"] * 4 + [
        "kind 11"
    ] * 4
    assert rows[5].values["Price"] == 50
    assert rows[5].values["Date"] == datetime.date(2024, 1, 6)


def test_a_wrong_sheet_names_the_right_ones(book: Path) -> None:
    with pytest.raises(LuthierError, match="Tickts") as caught:
        inspect_file(book, mapping=Mapping(part="Tickts"))
    assert "Tickets" in caught.value.remedy


def test_a_sheet_without_a_header(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet()
        for row in range(8):
            sheet.write_row(row, 0, [f"is text number {row} good?", ["yes", "no"][row % 2]])
    found = inspect_file(path)
    assert found.rows_in == 8
    assert found.columns == ("column 1", "column 2")


def test_an_empty_workbook_is_refused(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "x.xlsx") as workbook:
        workbook.add_worksheet()
    with pytest.raises(LuthierError) as caught:
        inspect_file(tmp_path / "x.xlsx")
    assert caught.value.code == "data.empty_file"


def test_a_workbook_that_would_fill_the_memory_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for _ in range(12):
                sheet.write(b"<row/>" * 1_500_000)
    with pytest.raises(LuthierError) as caught:
        inspect_file(path)
    assert caught.value.code == "data.too_large"
    assert "not opened" in caught.value.why
