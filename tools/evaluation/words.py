"""Figures in words that are the same in the verdict, the views and the report."""

from __future__ import annotations

from luthier.tools.language import plural


def percent(share: float) -> str:
    """A share as the user reads it; never rounded to all or nothing where it is not."""
    if 0 < share < 0.01 or 0.99 < share < 1:
        return f"{share:.1%}"
    return f"{share:.0%}"


def points(difference: float) -> str:
    """A difference of two shares in percentage points with its sign."""
    rounded = round(difference * 100, 1)
    if rounded == 0:
        return "0"
    return f"{rounded:+.0f}" if abs(rounded) >= 10 else f"{rounded:+.1f}".replace(".0", "")


def test_rows(number: int) -> str:
    """'1 test row', '2 test rows'."""
    return plural("{n:,} test row", "{n:,} test rows", number)
