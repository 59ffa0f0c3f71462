"""Lines that are nearly JSON: a trailing comma, single quotes, a missing bracket inside."""

from __future__ import annotations

from typing import Any

from luthier.tools.data.remedies.base import Remedy
from luthier.tools.language import mark


def repaired_line(line: str) -> Any:
    """The value that a broken line of JSON was meant to be, or None where that would be a guess.

    A line that does not end where it should was cut, and what is missing cannot be known.
    """
    text = line.strip().rstrip(",;").rstrip()
    if len(text) < 2 or text[0] not in "{[" or text[-1] != {"{": "}", "[": "]"}[text[0]]:
        return None
    import json_repair

    try:
        value = json_repair.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict | list) and value else None


REMEDIES = (
    Remedy(
        name="mend_json",
        label=mark("mend lines that are nearly JSON (commas, quotes, brackets)"),
        mends=("broken_json",),
        line=repaired_line,
    ),
)
