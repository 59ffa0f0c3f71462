"""What lies in a file that is an archive or an old Office container: workbook, document, plain zip."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Literal

ContainerKind = Literal["workbook", "word", "zip", "old office", ""]

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"
_SHEETS = ("xl/workbook.xml", "xl/workbook.bin")
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"


def container_kind(path: Path, raw: bytes) -> ContainerKind:
    """What the container that begins with ``raw`` holds; "" where it is none."""
    if raw.startswith(_OLE):
        return "old office"
    if not raw.startswith(_ZIP):
        return ""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            if names.intersection(_SHEETS) or _is_ods(archive, names):
                return "workbook"
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError, KeyError):
        return "zip"  # whoever opens it says what is wrong with it
    return "word" if "word/document.xml" in names else "zip"


def _is_ods(archive: zipfile.ZipFile, names: set[str]) -> bool:
    if "mimetype" not in names or archive.getinfo("mimetype").file_size > 200:
        return False
    return archive.read("mimetype").startswith(_ODS)
