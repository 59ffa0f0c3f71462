"""Numbers as people say them: durations, counts and sizes."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

from luthier.tools.language import _, mark, plural

_UNITS = (
    (86_400, mark("{n} d")),
    (3_600, mark("{n} h")),
    (60, mark("{n} min")),
    (1, mark("{n} s")),
)


def duration(seconds: float) -> str:
    """``95`` becomes "1 min 35 s"; hours and days likewise, two units at most."""
    whole = max(0, round(seconds))
    for (length, unit), (smaller, smaller_unit) in pairwise(_UNITS):
        if whole >= length:
            count, rest = divmod(whole, length)
            said = _(unit, n=count)
            return f"{said} {_(smaller_unit, n=rest // smaller)}" if rest >= smaller else said
    return _("{n} s", n=whole)


def minute(moment: str) -> str:
    """A stored moment (ISO 8601 with its time zone) as the clock here showed it, to the minute."""
    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M")


def rows(count: int) -> str:
    """``1 row``, ``2,000 rows``."""
    return plural("{n:,} row", "{n:,} rows", count)


def times(often: float) -> str:
    """``1 time``, ``1.5 times``, ``3 times``: how often something is seen."""
    if often == int(often):
        return plural("{n} time", "{n} times", int(often))
    return _("{often} times", often=f"{often:g}")


def size(count: float) -> str:
    """Bytes in decimal units with two digits that matter: ``1.4 GB``, ``270 MB``."""
    for unit, factor in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= factor:
            value = count / factor
            return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"
    return plural("{n} byte", "{n} bytes", round(count))
