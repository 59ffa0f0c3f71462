"""What every reader gives and takes: records with line numbers, or the reason a line has none."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol

from luthier.tools.data.encodings import Encoding
from luthier.tools.data.model import Format

__all__ = [
    "Format", "Head", "Item", "Reader", "Recognition", "Record", "Remark", "Source", "Unreadable",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Record:
    """One row of the source as column name to value, with the line it starts on (1-based).

    ``file`` names the file inside a folder or archive; empty where the source is one file. ``row`` is
    its number among the rows of the file where its line holds several, and 0 otherwise.
    """

    line: int
    values: dict[str, Any]
    file: str = ""
    row: int = 0


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A place in the source that gives no record; ``code`` names a finding of the catalogue."""

    line: int
    code: str
    detail: str
    excerpt: str = ""
    file: str = ""
    row: int = 0


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that is no row and was passed over, such as an image in a folder."""

    line: int
    code: str
    detail: str
    excerpt: str = ""
    file: str = ""


Item = Record | Unreadable | Remark


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a file, from which its format is recognised."""

    path: Path
    raw: bytes
    text: str
    whole: bool = field(metadata={"means": "text holds the whole file"})
    header: bool | None = None
    part: str = ""


@dataclass(frozen=True, slots=True)
class Recognition:
    """A reader's claim to a file: the format, why, and what it needs to know to read it.

    ``parts`` are its sheets, tables or splits, where there are several, and ``part`` the one read.
    """

    format: Format
    reason: str
    options: Any = None
    parts: tuple[str, ...] = ()
    part: str = ""
    licence: str = ""


@dataclass(slots=True)
class Source:
    """A file that was recognised and can be read as often as wished.

    ``path`` is what the user named; ``content`` lies elsewhere where it had to be unpacked.
    """

    path: Path
    bytes: int
    sha256: str
    encoding: Encoding
    recognition: Recognition
    position: Callable[[], int] = lambda: 0
    unpacked: Path | None = None
    keep: object = field(default=None, repr=False, metadata={"means": "holds what was unpacked"})

    @property
    def content(self) -> Path:
        """The file to read."""
        return self.unpacked or self.path

    def open_text(self) -> IO[str]:
        """The text, decoded, every line end made ``\\n``; ``position`` follows the reading."""
        raw = self.content.open("rb")
        stream = io.TextIOWrapper(raw, encoding=self.encoding.codec, errors=self.encoding.errors)
        end = self.bytes  # not this object, or it and what it keeps would outlive its last use
        self.position = lambda: raw.tell() if not raw.closed else end
        return stream


class Reader(Protocol):
    """One file format (or family). Registered in ``readers.registry``."""

    @property
    def formats(self) -> tuple[Format, ...]:
        """The formats it reads."""

    @property
    def extensions(self) -> tuple[str, ...]:
        """Endings of names that promise one of them."""

    def recognise(self, head: Head, wanted: Format | None) -> Recognition | None:
        """A claim to the file, or None. With ``wanted`` one of ``formats``, always a claim.

        Raises:
            LuthierError: ``wanted`` is impossible for this content.
        """

    def read(self, source: Source) -> Iterator[Item]:
        """Every record or unreadable place, in order.

        Raises:
            LuthierError: nothing at all can be read, in plain words with the place.
        """
