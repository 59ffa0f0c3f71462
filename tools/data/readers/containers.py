"""What lies in a file that is an archive or an old Office container: workbook, document, plain zip."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Literal

from luthier.tools.errors import LuthierError
from luthier.tools.language import _

ContainerKind = Literal["workbook", "word", "zip", "old office", ""]

_MOST_TIMES = 200  # of the file's size; office files shrink to a tenth or a thirtieth
_UNHEEDED = 100_000_000  # bytes that do no harm, however small the file
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"
_SHEETS = ("xl/workbook.xml", "xl/workbook.bin")
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"


def container_kind(path: Path, raw: bytes) -> ContainerKind:
    """What the container that begins with ``raw`` holds; "" where it is none.

    Raises:
        LuthierError: a workbook or document that would fill the memory when it is opened.
    """
    if raw.startswith(_OLE):
        return "old office"
    if not raw.startswith(_ZIP):
        return ""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            size = sum(entry.file_size for entry in archive.infolist())
            is_workbook = bool(names.intersection(_SHEETS)) or _is_ods(archive, names)
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError, KeyError):
        return "zip"  # whoever opens it says what is wrong with it
    is_word = "word/document.xml" in names
    if (is_workbook or is_word) and size > max(_MOST_TIMES * path.stat().st_size, _UNHEEDED):
        raise LuthierError(
            _("This file unpacks to far more than its size lets expect."),
            why=_("Such files fill the memory, so it was not opened."),
            remedy=_("If you trust it, save its content as CSV or text and give that file."),
            place=str(path),
            code="data.too_large",
        )
    if is_workbook:
        return "workbook"
    return "word" if is_word else "zip"


def _is_ods(archive: zipfile.ZipFile, names: set[str]) -> bool:
    if "mimetype" not in names or archive.getinfo("mimetype").file_size > 200:
        return False
    return archive.read("mimetype").startswith(_ODS)
