"""What every reader gives and takes: records with line numbers, or the reason a line has none."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Literal, Protocol

from luthier.tools.data.encodings import Encoding

Format = Literal["csv", "tsv", "json", "jsonl", "parquet"]


@dataclass(frozen=True, slots=True)
class Record:
    """One row of the source as column name to value, with the line it starts on (1-based)."""

    line: int
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A place in the source that gives no record; ``code`` names a finding of the catalogue."""

    line: int
    code: str
    detail: str
    excerpt: str = ""


Item = Record | Unreadable


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a file, from which its format is recognised."""

    path: Path
    raw: bytes
    text: str
    whole: bool = field(metadata={"means": "text holds the whole file"})
    header: bool | None = None


@dataclass(frozen=True, slots=True)
class Recognition:
    """A reader's claim to a file: the format, why, and what it needs to know to read it."""

    format: Format
    reason: str
    options: Any = None


@dataclass(slots=True)
class Source:
    """A file that was recognised and can be read as often as wished."""

    path: Path
    bytes: int
    sha256: str
    encoding: Encoding
    recognition: Recognition
    position: Callable[[], int] = lambda: 0

    def open_text(self) -> IO[str]:
        """The text, decoded, every line end made ``\\n``; ``position`` follows the reading."""
        raw = self.path.open("rb")
        stream = io.TextIOWrapper(raw, encoding=self.encoding.codec, errors=self.encoding.errors)
        self.position = lambda: raw.tell() if not raw.closed else self.bytes
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
