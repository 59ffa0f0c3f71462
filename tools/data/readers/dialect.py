"""How a delimited file is written: delimiter, quoting, escaping, judged on its first records.

Every combination of delimiter and quoting is tried on a sample, and the one whose records agree
most on their number of fields wins. ``csv.Sniffer`` is not used: it guesses from single lines and
fails on line breaks inside quotes and on stray quotes, both of which real files hold.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from luthier.tools.data.vocabulary import is_known_name
from luthier.tools.language import _, mark

csv.field_size_limit(2**31 - 1)  # the default refuses cells over 128 KB, which long answers exceed
_DELIMITERS = (",", "\t", ";", "|")
_RARE = ("^", "~", "\x1f", "\x01", "¦")
"""Tried where none of the usual ones divides the lines."""
_MOST_LINES = 2000  # that one quoted field may span before its quote counts as never closed
NAMES = {
    ",": mark("commas"),
    "\t": mark("tabs"),
    ";": mark("semicolons"),
    "|": mark("vertical bars"),
}


@dataclass(frozen=True, slots=True)
class Dialect:
    """Delimiter, and whether ``"`` quotes fields and a backslash escapes inside them."""

    delimiter: str
    quoted: bool = True
    escaped: bool = False


@dataclass(frozen=True, slots=True)
class Fields:
    """One record's cells with its first line; ``fault`` says what is wrong with it, if anything."""

    line: int
    cells: list[str]
    fault: str = ""


def split_records(lines: Iterable[str], dialect: Dialect) -> Iterator[Fields]:
    """Cells of each record, joining lines inside quotes and recovering from stray quotes.

    Blank lines between records are skipped. A quote that never closes costs only its own line, not
    the rest of the file.
    """
    source = _Lines(lines)
    while (line := source.take()) is not None:
        if not line.strip():
            continue
        start = source.number
        if not dialect.quoted or '"' not in line:
            yield Fields(start, line.split(dialect.delimiter))
            continue
        taken, cells = _take_record(line, source, dialect)
        if cells is None or _swallowed_lines(taken, cells, dialect):
            source.give_back(taken[1:])
            yield Fields(start, line.split(dialect.delimiter), _("a quote opens and never closes"))
        else:
            yield Fields(start, cells)


class _Lines:
    """Lines without their ends, numbered from 1, that can be given back."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.number = 0
        self._upcoming = iter(lines)
        self._returned: list[str] = []

    def take(self) -> str | None:
        line = self._returned.pop() if self._returned else next(self._upcoming, None)
        if line is None:
            return None
        self.number += 1
        return line.rstrip("\n")

    def give_back(self, lines: Sequence[str]) -> None:
        self._returned.extend(reversed(lines))
        self.number -= len(lines)


def _take_record(
    first: str, source: _Lines, dialect: Dialect
) -> tuple[list[str], list[str] | None]:
    """Lines up to where the quotes are even, and the cells if that is a well-formed record."""
    taken, cells = [first], _parse(first, dialect)
    if cells is not None:
        return taken, cells
    quotes = _count_quotes(first, dialect)
    while quotes % 2 and len(taken) < _MOST_LINES:
        line = source.take()
        if line is None:
            return taken, None
        taken.append(line)
        quotes += _count_quotes(line, dialect)
    return taken, _parse("\n".join(taken), dialect) if quotes % 2 == 0 else None


def _parse(text: str, dialect: Dialect) -> list[str] | None:
    """The cells of exactly one well-formed record, or None."""
    reader = csv.reader(
        [text],
        delimiter=dialect.delimiter,
        doublequote=not dialect.escaped,
        escapechar="\\" if dialect.escaped else None,
        strict=True,
    )
    try:
        return next(reader)
    except (csv.Error, StopIteration):
        return None


def _count_quotes(line: str, dialect: Dialect) -> int:
    return (re.sub(r"\\.", "", line) if dialect.escaped else line).count('"')


def _swallowed_lines(taken: Sequence[str], cells: Sequence[str], dialect: Dialect) -> bool:
    """Whether a stray quote joined lines that were clearly records of their own."""
    inner = taken[1:-1]
    return len(inner) >= 5 and all(
        line.count(dialect.delimiter) == len(cells) - 1 >= 1 for line in inner
    )


@dataclass(frozen=True, slots=True)
class Judgement:
    """The winning dialect, its usual number of fields and the share of records that have it."""

    dialect: Dialect
    width: int
    agreement: float


def judge_dialect(lines: Sequence[str], only: str = "") -> Judgement:
    """The dialect on whose number of fields most of the ``lines`` agree; width 1 if none does."""
    best = Judgement(Dialect(only or ","), 1, 1.0)
    best_score = 0.0
    for delimiter in (only,) if only else _DELIMITERS:
        # max keeps the first of equals: quotes are quotes unless that fits worse
        found = max(
            (_agreement(lines, dialect) for dialect in _variants(delimiter, lines)),
            key=lambda judgement: round(judgement.agreement, 6) if judgement.width > 1 else 0,
        )
        score = found.agreement * (1 + 0.02 * min(found.width, 5))
        if found.width > 1 and found.agreement > 0.5 and score > best_score + 1e-9:
            best, best_score = found, score
    if best.width > 1 or only:
        return best
    return _by_header(lines) or _by_rare(lines) or best


def _by_rare(lines: Sequence[str]) -> Judgement | None:
    """A rare delimiter that divides every line alike."""
    for delimiter in _RARE:
        found = _agreement(lines, Dialect(delimiter))
        if found.width > 1 and found.agreement > 0.95 and len(lines) > 1:
            return found
    return None


def _by_header(lines: Sequence[str]) -> Judgement | None:
    """A dialect under which the first line is known column names, however ragged the rest is."""
    first = next((line for line in lines if line.strip()), "")
    for delimiter in _DELIMITERS:
        cells = _parse(first, Dialect(delimiter)) or []
        if len(cells) > 1 and sum(map(is_known_name, cells)) > 1:
            return Judgement(Dialect(delimiter), len(cells), 0.5)
    return None


def _variants(delimiter: str, lines: Sequence[str]) -> Iterator[Dialect]:
    yield Dialect(delimiter)
    if any('"' in line for line in lines):
        if any('\\"' in line for line in lines):
            yield Dialect(delimiter, escaped=True)
        yield Dialect(delimiter, quoted=False)


def _agreement(lines: Sequence[str], dialect: Dialect) -> Judgement:
    widths: Counter[int] = Counter()
    records = 0
    for fields in split_records(lines, dialect):
        records += 1
        if not fields.fault:
            widths[len(fields.cells)] += 1
    if not widths:
        return Judgement(dialect, 1, 0.0)
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
    return Judgement(dialect, width, count / records)
