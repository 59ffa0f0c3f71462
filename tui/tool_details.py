"""A tool call in words: with which arguments it was made, and what the brain was told."""

from __future__ import annotations

import json
from typing import Any

from luthier.tools.language import _
from luthier.tui.transcript import ToolEntry


def details(entry: ToolEntry) -> str:
    """What a tool was called with, and what it told the brain; empty while there is neither."""
    parts = []
    if entry.allowed:
        parts.append(_("Not asked again, as you allowed: {what}", what=entry.allowed))
    given = {name: value for name, value in entry.arguments.items() if value not in ("", [], {})}
    if given:
        told = "\n".join(f"{name}: {_value(value)}" for name, value in given.items())
        parts.append(_("Called {tool} with", tool=entry.name) + f"\n{told}")
    if entry.summary and entry.state != "running":
        parts.append(_("It told the brain") + f"\n{entry.summary}")
    return "\n".join(parts)


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
