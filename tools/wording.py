"""Numbers as people say them: durations and sizes."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """``95`` becomes "1 min 35 s"; hours and days likewise, two units at most."""
    whole = max(0, round(seconds))
    for unit, length, smaller, smaller_length in (
        ("d", 86_400, "h", 3_600),
        ("h", 3_600, "min", 60),
        ("min", 60, "s", 1),
    ):
        if whole >= length:
            count, rest = divmod(whole, length)
            remainder = rest // smaller_length
            return f"{count} {unit} {remainder} {smaller}" if remainder else f"{count} {unit}"
    return f"{whole} s"


def size(count: float) -> str:
    """Bytes in decimal units with two digits that matter: ``1.4 GB``, ``270 MB``."""
    for unit, factor in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= factor:
            value = count / factor
            return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"
    return f"{count:.0f} bytes"
