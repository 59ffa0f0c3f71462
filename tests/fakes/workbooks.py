"""Small workbooks in the formats for which no writer is installed: xls (BIFF8), xlsb and ods.

Each is written by hand from its specification ([MS-XLS], [MS-CFB], [MS-XLSB], OpenDocument 1.3), with
texts in cells of one sheet, so that what a reader makes of it can be held against what was written.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import xlsxwriter

Rows = Sequence[Sequence[str]]
_SECTOR = 512
_END, _FREE, _FAT, _NOBODY = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFF


def write_xlsx(path: Path, rows: Rows) -> Path:
    """A workbook of today."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            for column, text in enumerate(row):
                if text:
                    sheet.write_string(number, column, text)
    return path


def write_xls(path: Path, rows: Rows) -> Path:
    """A workbook of Excel 97 to 2003: a BIFF8 stream in a compound file."""
    sheet = _biff(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))
    width = max(map(len, rows), default=0)
    sheet += _biff(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))
    for number, row in enumerate(rows):
        for column, text in enumerate(row):
            if text:
                cell = struct.pack("<HHHHB", number, column, 0, _units(text), 1)
                sheet += _biff(0x0204, cell + text.encode("utf-16-le"))
    sheet += _biff(0x000A, b"")
    name = b"Sheet1"
    start = _biff(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    end = _biff(0x000A, b"")
    place = len(start) + 4 + 8 + len(name) + len(end)
    entry = struct.pack("<IBBBB", place, 0, 0, len(name), 0) + name
    path.write_bytes(_compound(start + _biff(0x0085, entry) + end + sheet))
    return path


def write_xlsb(path: Path, rows: Rows) -> Path:
    """A binary workbook of Excel 2007 and later."""
    bundle = struct.pack("<II", 0, 1) + _wide("rId1") + _wide("Sheet1")
    book = _brt(0x0083) + _brt(0x008F) + _brt(0x009C, bundle) + _brt(0x0090) + _brt(0x0084)
    width = max(map(len, rows), default=1)
    sheet = _brt(0x0081) + _brt(0x0094, struct.pack("<IIII", 0, len(rows) - 1, 0, width - 1))
    sheet += _brt(0x0091)
    for number, row in enumerate(rows):
        sheet += _brt(0x0000, struct.pack("<IIHHBI", number, 0, 300, 0, 0, 0))
        for column, text in enumerate(row):
            if text:
                sheet += _brt(0x0006, struct.pack("<II", column, 0) + _wide(text))
    sheet += _brt(0x0092) + _brt(0x0082)
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{package}/content-types"><Default Extension="bin" ContentType='
            '"application/vnd.ms-excel.sheet.binary.macroEnabled.main"/></Types>',
        )
        for place, target, what in (
            ("_rels/.rels", "xl/workbook.bin", "officeDocument"),
            ("xl/_rels/workbook.bin.rels", "worksheets/sheet1.bin", "worksheet"),
        ):
            archive.writestr(
                place,
                f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
                f'Type="{kind}/{what}" Target="{target}"/></Relationships>',
            )
        archive.writestr("xl/workbook.bin", book)
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
    return path


def write_ods(path: Path, rows: Rows) -> Path:
    """A sheet of LibreOffice Calc."""
    names = "urn:oasis:names:tc:opendocument:xmlns"
    lines = "".join(
        "<table:table-row>" + "".join(map(_ods_cell, row)) + "</table:table-row>" for row in rows
    )
    content = (
        f'<office:document-content xmlns:office="{names}:office:1.0" xmlns:table="{names}:table:1.0" '
        f'xmlns:text="{names}:text:1.0" office:version="1.3"><office:body><office:spreadsheet>'
        f'<table:table table:name="Sheet1">{lines}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    mime = "application/vnd.oasis.opendocument.spreadsheet"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", mime)
        archive.writestr("content.xml", content)
        archive.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest xmlns:manifest="{names}:manifest:1.0" manifest:version="1.3">'
            f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{mime}"/>'
            "</manifest:manifest>",
        )
    return path


WORKBOOKS: dict[str, Callable[[Path, Rows], Path]] = {
    ".xlsx": write_xlsx, ".xls": write_xls, ".xlsb": write_xlsb, ".ods": write_ods,
}  # fmt: skip


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _biff(kind: int, content: bytes) -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def _brt(kind: int, content: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, length = len(content), b""
    while size > 0x7F:
        length += bytes([size & 0x7F | 0x80])
        size >>= 7
    return head + length + bytes([size]) + content


def _wide(text: str) -> bytes:
    return struct.pack("<I", _units(text)) + text.encode("utf-16-le")


def _ods_cell(text: str) -> str:
    if not text:
        return "<table:table-cell/>"
    return (
        '<table:table-cell office:value-type="string">'
        f"<text:p>{escape(text)}</text:p></table:table-cell>"
    )


def _compound(stream: bytes) -> bytes:
    """A compound file with nothing but the stream “Workbook”: one sector of FAT, one of names."""
    stream = stream.ljust(4096, b"\0")
    sectors = -(-len(stream) // _SECTOR)
    assert sectors + 2 <= _SECTOR // 4, "one sector of FAT holds no more"
    fat = [_FAT, _END, *range(3, 2 + sectors), _END]
    fat += [_FREE] * (_SECTOR // 4 - len(fat))
    header = struct.pack(
        "<8s16sHHHHH6xIIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6,
        0, 1, 1, 0, 4096, _END, 0, _END, 0, 0,
    ) + struct.pack("<108I", *[_FREE] * 108)  # fmt: skip
    names = _entry("Root Entry", 5, 1, _END, 0) + _entry("Workbook", 2, _NOBODY, 2, len(stream))
    table = struct.pack(f"<{_SECTOR // 4}I", *fat)
    return header + table + names.ljust(_SECTOR, b"\0") + stream.ljust(sectors * _SECTOR, b"\0")


def _entry(name: str, kind: int, child: int, first: int, size: int) -> bytes:
    wide = name.encode("utf-16-le") + b"\0\0"
    return struct.pack(
        "<64sHBBIII16xIQQIQ",
        wide,
        len(wide),
        kind,
        1,
        _NOBODY,
        _NOBODY,
        child,
        0,
        0,
        0,
        first,
        size,
    )
