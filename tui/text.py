"""Texts and figures made short enough to be drawn."""

from __future__ import annotations

from luthier.tui.untrusted import clean


def one_line(text: str, limit: int = 200) -> str:
    """``text`` on one line, cut with an ellipsis after ``limit`` characters."""
    line = " ".join(clean(text).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def number(value: float) -> str:
    """A figure with four significant digits and thousands separators, without trailing zeros."""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.4g}" if abs(value) < 10_000 else f"{value:,.0f}"
