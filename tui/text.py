"""Words and safety of what is drawn: control characters out, figures short."""

from __future__ import annotations

import unicodedata

_KEPT = {"\n", "\t"}
# Direction overrides can make a line read differently from what it says, so they are not drawn.
_DIRECTION_CONTROLS = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}


def clean(text: str) -> str:
    """``text`` without characters that steer a terminal; line ends become ``\\n``."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(character for character in plain if _is_drawable(character))


def one_line(text: str, limit: int = 200) -> str:
    """``text`` on one line, cut with an ellipsis after ``limit`` characters."""
    line = " ".join(clean(text).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def number(value: float) -> str:
    """A figure with four significant digits and thousands separators, without trailing zeros."""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.4g}" if abs(value) < 10_000 else f"{value:,.0f}"


def _is_drawable(character: str) -> bool:
    if character in _KEPT:
        return True
    if character in _DIRECTION_CONTROLS:
        return False
    return unicodedata.category(character) not in ("Cc", "Cs")
