"""A file or folder opened: that it can be read, its hash, its encoding and its format."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from luthier.tools.data.encodings import Fingerprint, fingerprint
from luthier.tools.data.folders import open_folder
from luthier.tools.data.paths import require_source
from luthier.tools.data.readers.base import Format, Head, Recognition, Source
from luthier.tools.data.readers.registry import recognise
from luthier.tools.data.unpack import unpack
from luthier.tools.errors import LuthierError
from luthier.tools.language import _
from luthier.tools.progress import Progress, silent

_HEAD_BYTES = 1 << 18
_DEEPEST = 3  # archives in archives


def open_source(
    path: Path,
    *,
    file_format: Format | None = None,
    header: bool | None = None,
    part: str = "",
    progress: Progress = silent,
    depth: int = 0,
) -> Source:
    """Recognise what lies at ``path``; its rows are read later through its reader.

    Archives are unpacked to a temporary folder first. ``part`` names a sheet, table or split.

    Raises:
        LuthierError: it is missing, unreadable, empty, or nothing in it can be read as rows.
    """
    path = require_source(path)
    if path.is_dir():
        return open_folder(
            path,
            lambda member: open_source(member, header=header, progress=progress, depth=depth),
            file_format,
            part,
        )
    mark = _take_fingerprint(path, progress)
    if mark.bytes == 0:
        raise _empty(path, _("It holds no bytes at all."))
    with path.open("rb") as stream:
        raw = stream.read(_HEAD_BYTES)
    unpacked = unpack(path, raw) if depth < _DEEPEST else None
    if unpacked is not None:
        inner = open_source(
            unpacked.path, file_format=file_format, header=header, part=part, progress=progress,
            depth=depth + 1,
        )  # fmt: skip
        return _as_outer(path, mark, inner, unpacked.words, unpacked)
    text = raw.decode(
        mark.encoding.codec, "replace" if _is_cut(raw, mark) else mark.encoding.errors
    )
    head = Head(
        path,
        raw,
        text.replace("\r\n", "\n").replace("\r", "\n"),
        len(raw) == mark.bytes,
        header,
        part,
    )
    if head.whole and not text.strip("\ufeff \t\r\n"):
        raise _empty(path, _("It holds nothing but blanks."))
    _reader, recognition = recognise(head, file_format)
    return Source(path, mark.bytes, mark.sha256, mark.encoding, recognition)


def _as_outer(path: Path, mark: Fingerprint, inner: Source, words: str, keep: object) -> Source:
    """The source inside an archive under the archive's own name and hash."""
    recognition: Recognition = inner.recognition
    recognition = replace(recognition, reason=f"{recognition.reason} {words}")
    return Source(
        path, mark.bytes, mark.sha256, inner.encoding, recognition, unpacked=inner.content,
        keep=(keep, inner),
    )  # fmt: skip


def refuse_changed(source: Source, modified: int) -> None:
    """Raise LuthierError where the file is no longer what it was when it was opened."""
    try:
        same = modified_at(source.path) == modified
        same = same and (source.path.is_dir() or os.stat(source.path).st_size == source.bytes)
    except OSError:
        same = False
    if not same:
        raise changed_error(source.path)


def changed_error(path: Path) -> LuthierError:
    """The error for a file that is no longer what was inspected."""
    return LuthierError(
        _("The file changed since it was inspected."),
        why=_("What was shown to you is no longer what it holds."),
        remedy=_("Have it inspected again; nothing was written."),
        place=str(path),
        code="data.changed",
    )


def modified_at(path: Path) -> int:
    """When the file, or whatever lies in the folder, was last modified, in nanoseconds."""
    newest = path.stat().st_mtime_ns
    for inside in path.rglob("*") if path.is_dir() else ():
        newest = max(newest, inside.stat().st_mtime_ns)
    return newest


def _take_fingerprint(path: Path, progress: Progress) -> Fingerprint:
    total = path.stat().st_size
    for found in fingerprint(path):
        if isinstance(found, Fingerprint):
            return found
        progress(_("Looking at {name}", name=path.name), found, total)
    raise AssertionError("fingerprint always ends with its result")


def _is_cut(raw: bytes, mark: Fingerprint) -> bool:
    return len(raw) < mark.bytes


def _empty(path: Path, why: str) -> LuthierError:
    return LuthierError(
        _("This file is empty."),
        why=why,
        remedy=_("Check that the export went through, and that it is the file you meant."),
        place=str(path),
        code="data.empty_file",
    )
