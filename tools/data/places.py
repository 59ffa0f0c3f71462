"""Where a row stands, in words: its file and line, and its number where several share one line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypedDict

from luthier.tools.data.model import Lineage
from luthier.tools.language import _


class Located(TypedDict):
    """The places of a finding, as :class:`~luthier.tools.data.model.Problem` takes them."""

    lines: tuple[int, ...]
    files: tuple[str, ...]
    rows: tuple[int, ...]


def located(sources: Sequence[Lineage]) -> Located:
    """The places of a finding; files and row numbers only where one of them says something."""
    files = tuple(source.file for source in sources)
    return Located(
        lines=tuple(source.line for source in sources),
        files=files if any(files) else (),
        rows=numbers(source.row for source in sources),
    )


def place_key(source: Lineage) -> tuple[str, int, int]:
    """By what places are put in order."""
    return source.file, source.line, source.row


def numbers(rows: Iterable[int]) -> tuple[int, ...]:
    """Row numbers along with lines, or none where every row has a line of its own."""
    found = tuple(rows)
    return found if any(found) else ()


def in_file(line: int, row: int = 0) -> str:
    """A short place within a file, as a list of places shows it."""
    return _("{line} (row {row})", line=line, row=row) if row else str(line)


def line_of(source: Lineage) -> str:
    """The line, or “line 1, row 17” where it holds several rows."""
    if source.row:
        return _("line {line}, row {row}", line=source.line, row=source.row)
    return _("line {line}", line=source.line)


def place_of(source: Lineage) -> str:
    """The file with :func:`line_of`."""
    if source.row:
        return _(
            "{file}, line {line}, row {row}", file=source.file, line=source.line, row=source.row
        )
    return _("{file}, line {line}", file=source.file, line=source.line)
