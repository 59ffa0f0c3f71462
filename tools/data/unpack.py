"""Compressed files and archives unpacked to a temporary folder that goes when nobody reads it.

Bounded against archives made to burst: no more than twenty gigabytes, no more than a thousand times
the archive's size, and never a file outside the folder.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from luthier.tools.data.readers.containers import container_kind
from luthier.tools.data.temporary import temporary_folder
from luthier.tools.errors import LuthierError
from luthier.tools.language import _, plural

_PIECE = 1 << 20
_ZSTD_PIECE = 1 << 12  # of the compressed file; each of its bytes can stand for 32 kB
_MOST_BYTES = 20 << 30
_MOST_TIMES = 1000
_MOST_FILES = 100_000
_STREAMS = ((b"\x1f\x8b", "gzip"), (b"BZh", "bzip2"), (b"\xfd7zXZ\x00", "xz"),
            (b"\x28\xb5\x2f\xfd", "zstd"))  # fmt: skip
_ENDINGS = frozenset({".gz", ".bz2", ".xz", ".zst", ".tgz", ".zip"})


class Unpacked:
    """What came out of an archive, with words for it; its folder goes with the last reference."""

    def __init__(self) -> None:
        self._temporary = temporary_folder()
        self.folder = self.path = self._temporary.path
        self.words = ""


def unpack(path: Path, raw: bytes) -> Unpacked | None:
    """The content of a compressed file or a zip archive that begins with ``raw``; else None.

    Raises:
        LuthierError: it is damaged, locked, empty or grows beyond all measure.
    """
    kind = next((name for mark, name in _STREAMS if raw.startswith(mark)), "")
    if not kind and container_kind(path, raw) != "zip":
        return None
    found = Unpacked()
    with _in_words(path):
        if kind:
            found.path = _unpack_stream(path, kind, found.folder)
            found.words = _("It was unpacked with {program}.", program=kind)
        else:
            count = _unpack_zip(path, found.folder)
            found.path = _innermost(found.folder)
            found.words = plural("A zip archive of {n} file.", "A zip archive of {n} files.", count)
    return found


def _unpack_stream(path: Path, kind: str, folder: Path) -> Path:
    name = path.stem if path.suffix.lower() in _ENDINGS else path.name
    target = folder / (name or "content")
    most = min(_MOST_BYTES, max(_MOST_TIMES * path.stat().st_size, _PIECE))
    written = 0
    with target.open("wb") as out:
        for piece in _decompressed(path, kind):
            written += len(piece)
            if written > most:
                raise _too_large(path)
            out.write(piece)
    return target


def _decompressed(path: Path, kind: str) -> Iterator[bytes]:
    """The content in pieces.

    Raises:
        EOFError: the file ends before its content does.
    """
    if kind == "zstd":
        yield from _zstd_frames(path)
        return
    opener = {"gzip": gzip.open, "bzip2": bz2.open, "xz": lzma.open}[kind]
    with opener(path, "rb") as stream:  # type: ignore[operator]
        while piece := stream.read(_PIECE):
            yield piece


def _zstd_frames(path: Path) -> Iterator[bytes]:
    """All frames, one after another; the library's own stream ends in silence where one is cut off."""
    import zstandard

    frame = None
    with path.open("rb") as stream:
        rest = stream.read(_ZSTD_PIECE)
        while rest:
            frame = frame or zstandard.ZstdDecompressor().decompressobj()
            yield frame.decompress(rest)
            rest = frame.unused_data if frame.eof else b""
            frame = None if frame.eof else frame
            rest = rest or stream.read(_ZSTD_PIECE)
    if frame:
        raise EOFError(_("it ends too early"))


def _unpack_zip(path: Path, folder: Path) -> int:
    with zipfile.ZipFile(path) as archive:
        entries = [entry for entry in archive.infolist() if _is_wanted(entry)]
        total = sum(entry.file_size for entry in entries)
        most = min(_MOST_BYTES, max(_MOST_TIMES * path.stat().st_size, _PIECE))
        if total > most or len(entries) > _MOST_FILES:
            raise _too_large(path)
        for entry in entries:
            target = folder.joinpath(*_parts(entry))
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(entry) as source, target.open("wb") as out:
                shutil.copyfileobj(source, out, _PIECE)
    if not entries:
        raise _damaged(path, _("it holds no file"))
    return len(entries)


def _is_wanted(entry: zipfile.ZipInfo) -> bool:
    parts = _parts(entry)
    return bool(parts) and not entry.is_dir() and parts[0] != "__MACOSX"


def _parts(entry: zipfile.ZipInfo) -> tuple[str, ...]:
    """The entry's path without anything that leads out of the folder."""
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    return tuple(part for part in path.parts if part not in ("/", "..", ".") and ":" not in part)


def _innermost(folder: Path) -> Path:
    """The only file, or the folder in which there is more than one thing."""
    here = folder
    while here.is_dir():
        inside = [path for path in here.iterdir() if not path.name.startswith(".")]
        if len(inside) != 1:
            break
        here = inside[0]
    return here


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    from zstandard import ZstdError

    try:
        yield
    except RuntimeError as error:  # zipfile's word for a password
        raise _damaged(path, _("it is locked with a password")) from error
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, ZstdError, ValueError,
            NotImplementedError, OSError) as error:  # fmt: skip
        raise _damaged(path, str(error) or type(error).__name__) from error


def _too_large(path: Path) -> LuthierError:
    return LuthierError(
        _("This archive holds far more than its size lets expect."),
        why=_("Such archives fill a disk, so unpacking was stopped."),
        remedy=_("If you trust it, unpack it yourself and give the file or folder."),
        place=str(path),
        code="data.too_large",
    )


def _damaged(path: Path, why: str) -> LuthierError:
    return LuthierError(
        _("This archive cannot be unpacked."),
        why=_("In detail: {why}.", why=why),
        remedy=_("Download it again, or unpack it yourself and give the file or folder."),
        place=str(path),
        code="data.damaged_archive",
    )
