"""Whether a column holds conversations, and which column answers them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from luthier.tools.data.cells import lookup
from luthier.tools.data.model import Mapping
from luthier.tools.data.readers.base import Record
from luthier.tools.data.readers.json_shape import looks_like_turns
from luthier.tools.data.vocabulary import COMPLETION_NAMES, MESSAGES_NAMES, ROLES, plain_name
from luthier.tools.language import _


def conversation_mapping(columns: Sequence[str], sample: Sequence[Record]) -> Mapping | None:
    """Where the conversations and their answers are; None where rows are no conversations."""
    found = [name for name in columns if _holds_conversations(name, sample)]
    if not found:
        return None
    order = {name: rank for rank, name in enumerate(MESSAGES_NAMES)}
    found.sort(key=lambda name: order.get(plain_name(name), len(order)))
    column = found[0]
    answer = "" if _ends_with_assistant(column, sample) else _answer_column(columns, column)
    return Mapping(messages=column, completion=answer)


def turn_keys(column: str, sample: Sequence[Record]) -> frozenset[str]:
    """Every key that the turns in this column have."""
    keys: set[str] = set()
    for record in sample[:100]:
        for turn in _as_list(lookup(record.values, column)) or ():
            if isinstance(turn, dict):
                keys |= {str(key) for key, value in turn.items() if value is not None}
    return frozenset(keys)


def _holds_conversations(name: str, sample: Sequence[Record]) -> bool:
    seen = good = 0
    for record in sample[:100]:
        value = _as_list(lookup(record.values, name))
        if value:
            seen += 1
            good += looks_like_turns(value)
    return good > seen / 2 and good > 0


def _as_list(value: Any) -> list[Any] | None:
    if isinstance(value, str) and value.lstrip()[:2] in ("[{", "[ "):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    return value if isinstance(value, list) else None


def _ends_with_assistant(name: str, sample: Sequence[Record]) -> bool:
    """Whether most conversations end with the assistant."""
    ended = total = 0
    for record in sample[:100]:
        turns = _as_list(lookup(record.values, name))
        if turns and isinstance(turns[-1], dict):
            total += 1
            last = turns[-1]
            speaker = last.get("role") or last.get("from") or last.get("sender")
            ended += ROLES.get(str(speaker).strip().lower()) == "assistant"
    return ended * 2 > total


def _answer_column(columns: Sequence[str], taken: str) -> str:
    names = {plain_name(name.split(".")[0]): name.split(".")[0] for name in columns}
    return next((names[n] for n in COMPLETION_NAMES if n in names and names[n] != taken), "")


def with_unused(mapping: Mapping, unused: Sequence[str]) -> Mapping:
    """The mapping with a word in its reason on columns that are not used."""
    if not unused:
        return mapping
    shown = ", ".join((*unused[:6], *(("…",) if len(unused) > 6 else ())))
    return mapping.model_copy(
        update={"reason": _("{reason} Not used: {shown}.", reason=mapping.reason, shown=shown)}
    )
