"""A file opened: that it can be read, its hash, its encoding and its format."""

from __future__ import annotations

import os
from pathlib import Path

from luthier.tools.data.encodings import Fingerprint, fingerprint
from luthier.tools.data.paths import require_file
from luthier.tools.data.readers.base import Format, Head, Source
from luthier.tools.data.readers.registry import recognise
from luthier.tools.errors import LuthierError
from luthier.tools.progress import Progress, silent

_HEAD_BYTES = 1 << 18


def open_source(
    path: Path,
    *,
    file_format: Format | None = None,
    header: bool | None = None,
    progress: Progress = silent,
) -> Source:
    """Recognise the file at ``path``; its rows are read later through its reader.

    Raises:
        LuthierError: it is missing, a folder, unreadable, empty, or no table of text.
    """
    path = require_file(path)
    mark = _take_fingerprint(path, progress)
    if mark.bytes == 0:
        raise _empty(path, "It holds no bytes at all.")
    with path.open("rb") as stream:
        raw = stream.read(_HEAD_BYTES)
    text = raw.decode(
        mark.encoding.codec, "replace" if _is_cut(raw, mark) else mark.encoding.errors
    )
    head = Head(
        path, raw, text.replace("\r\n", "\n").replace("\r", "\n"), len(raw) == mark.bytes, header
    )
    if head.whole and not text.strip("\ufeff \t\r\n"):
        raise _empty(path, "It holds nothing but blanks.")
    _, recognition = recognise(head, file_format)
    return Source(path, mark.bytes, mark.sha256, mark.encoding, recognition)


def refuse_changed(source: Source, modified: int) -> None:
    """Raise LuthierError where the file is no longer what it was when it was opened."""
    try:
        status = os.stat(source.path)
        same = (status.st_size, status.st_mtime_ns) == (source.bytes, modified)
    except OSError:
        same = False
    if not same:
        raise changed_error(source.path)


def changed_error(path: Path) -> LuthierError:
    """The error for a file that is no longer what was inspected."""
    return LuthierError(
        "The file changed since it was inspected.",
        why="What was shown to you is no longer what it holds.",
        remedy="Have it inspected again; nothing was written.",
        place=str(path),
        code="data.changed",
    )


def modified_at(path: Path) -> int:
    """When the file was last modified, in nanoseconds."""
    return path.stat().st_mtime_ns


def _take_fingerprint(path: Path, progress: Progress) -> Fingerprint:
    total = path.stat().st_size
    for found in fingerprint(path):
        if isinstance(found, Fingerprint):
            return found
        progress(f"Looking at {path.name}", found, total)
    raise AssertionError("fingerprint always ends with its result")


def _is_cut(raw: bytes, mark: Fingerprint) -> bool:
    return len(raw) < mark.bytes


def _empty(path: Path, why: str) -> LuthierError:
    return LuthierError(
        "This file is empty.",
        why=why,
        remedy="Check that the export went through, and that it is the file you meant.",
        place=str(path),
        code="data.empty_file",
    )
