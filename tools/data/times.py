"""Dates and times as people's exports write them, read into seconds: one way of writing per column."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from luthier.tools.language import _, mark

_ENOUGH = 0.9  # of a column's texts, from which a way of writing is taken to be the column's
_YEARS = (
    datetime(1990, 1, 1, tzinfo=UTC).timestamp(),
    datetime(2100, 1, 1, tzinfo=UTC).timestamp(),
)
_WRITTEN = (
    ("%d.%m.%Y", mark("day.month.year")),
    ("%m/%d/%Y", mark("month/day/year")),
    ("%d/%m/%Y", mark("day/month/year")),
    ("%Y/%m/%d", mark("year/month/day")),
    ("%d-%m-%Y", mark("day-month-year")),
    ("%m/%d/%y", mark("month/day/year")),
    ("%d/%m/%y", mark("day/month/year")),
    ("%d %b %Y", mark("day month year")),
    ("%d %B %Y", mark("day month year")),
    ("%b %d, %Y", mark("month day, year")),
    ("%B %d, %Y", mark("month day, year")),
    ("%a %b %d %H:%M:%S %Y", mark("weekday month day time year")),
    ("%a, %d %b %Y %H:%M:%S %z", mark("the date of an e-mail")),
)
_CLOCKS = ("", " %H:%M", " %H:%M:%S", ", %H:%M", ", %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")


@dataclass(frozen=True, slots=True)
class TimeFormat:
    """How a column writes times; ``words`` says so to the user."""

    words: str
    read: Callable[[str], float]

    def seconds(self, text: str) -> float:
        """Seconds since 1970 (UTC where no zone is given), NaN where the text is no such time."""
        try:
            return self.read(text)
        except (ValueError, OverflowError, OSError):
            return math.nan


def recognise_times(texts: Sequence[str]) -> TimeFormat | None:
    """The first way of writing that fits nearly all texts, or None.

    Where day and month could be either, the one is taken under which the column is more nearly in
    order (exports usually are), month first in doubt.
    """
    if not texts:
        return None
    fitting = [known for known in (*_NUMBERS, _ISO, *_patterns()) if _fits(known, texts)]
    if not fitting:
        return None
    best = fitting[0]
    for other in fitting[1:]:
        if {best.words, other.words} == {"month/day/year", "day/month/year"}:
            best = max(best, other, key=lambda known: _in_order(known, texts))
    return TimeFormat(_("read as {words}", words=_(best.words)), best.read)


def _fits(known: TimeFormat, texts: Sequence[str]) -> bool:
    if math.isnan(known.seconds(texts[0])) and math.isnan(known.seconds(texts[-1])):
        return False
    good = sum(1 for text in texts if not math.isnan(known.seconds(text)))
    return good >= _ENOUGH * len(texts)


def _in_order(known: TimeFormat, texts: Sequence[str]) -> int:
    """How many neighbours go the same way, up or down."""
    values = [known.seconds(text) for text in texts]
    up = sum(1 for one, other in pairwise(values) if other >= one)
    return max(up, len(values) - up)


def _iso(text: str) -> float:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _epoch(unit: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        seconds = float(text) / unit
        if not _YEARS[0] <= seconds <= _YEARS[1]:
            raise ValueError(text)
        return seconds

    return read


def _year(text: str) -> float:
    if len(text) != 4 or not text.isdecimal():
        raise ValueError(text)
    return datetime(int(text), 1, 1, tzinfo=UTC).timestamp()


def _pattern(pattern: str) -> Callable[[str], float]:
    def read(text: str) -> float:
        moment = datetime.strptime(text, pattern)  # noqa: DTZ007  a zone is added below
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()

    return read


_NUMBERS = (
    TimeFormat(mark("years"), _year),
    TimeFormat(mark("seconds since 1970"), _epoch(1)),
    TimeFormat(mark("milliseconds since 1970"), _epoch(1e3)),
    TimeFormat(mark("microseconds since 1970"), _epoch(1e6)),
)
_ISO = TimeFormat(mark("year-month-day"), _iso)


def _patterns() -> list[TimeFormat]:
    return [
        TimeFormat(words, _pattern(pattern + clock))
        for pattern, words in _WRITTEN
        for clock in (("",) if "%H" in pattern else _CLOCKS)
    ]
