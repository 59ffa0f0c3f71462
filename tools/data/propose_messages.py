"""Whether a column holds conversations, and how they, their answers and their marks are used."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from luthier.tools.data.cells import lookup
from luthier.tools.data.model import Mapping
from luthier.tools.data.readers.base import Record
from luthier.tools.data.readers.json_shape import looks_like_turns
from luthier.tools.data.vocabulary import COMPLETION_NAMES, MESSAGES_NAMES, ROLES, plain_name


def conversation_mapping(columns: Sequence[str], sample: Sequence[Record]) -> Mapping | None:
    """The mapping of a file whose rows are conversations, or None where they are not."""
    found = [name for name in columns if _holds_conversations(name, sample)]
    if not found:
        return None
    order = {name: rank for rank, name in enumerate(MESSAGES_NAMES)}
    found.sort(key=lambda name: order.get(plain_name(name), len(order)))
    if "chosen" in columns and "chosen" in found:
        found.insert(0, "chosen")
    column = found[0]
    ended, spelling = _last_speakers(column, sample)
    answer = "" if ended else _answer_column(columns, column)
    reason = f"Every row of “{column}” is a conversation ({spelling})"
    reason += f"; “{answer}” is the answer to it." if answer else "."
    mark = _mark_column(columns, sample)
    if mark:
        reason += f" Rows whose “{mark}” is false are answers that were not wanted; they stay out."
    rejected = [name.split(".")[0] for name in columns if plain_name(name).startswith("rejected")]
    if rejected:
        reason += " These are preference pairs: only the chosen answers are used."
    mapping = Mapping(messages=column, completion=answer, only_where=mark, reason=reason)
    used = {column, answer, mark}
    top = dict.fromkeys(name.split(".")[0] for name in columns)
    return with_unused(mapping, [name for name in top if name not in used | set(rejected)])


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


def _last_speakers(name: str, sample: Sequence[Record]) -> tuple[bool, str]:
    """Whether most conversations end with the assistant, and the spelling of the turns."""
    ended = total = 0
    spelling = "role and content, as OpenAI writes them"
    for record in sample[:100]:
        turns = _as_list(lookup(record.values, name))
        if turns and isinstance(turns[-1], dict):
            last = turns[-1]
            if "from" in last:
                spelling = "from and value, as ShareGPT writes them"
            total += 1
            speaker = str(last.get("role", last.get("from"))).strip().lower()
            ended += ROLES.get(speaker) == "assistant"
    return ended * 2 > total, spelling


def _answer_column(columns: Sequence[str], taken: str) -> str:
    names = {plain_name(name.split(".")[0]): name.split(".")[0] for name in columns}
    return next((names[n] for n in COMPLETION_NAMES if n in names and names[n] != taken), "")


def _mark_column(columns: Sequence[str], sample: Sequence[Record]) -> str:
    for name in columns:
        if plain_name(name) in ("label", "desirable", "kto_tag", "chosen_label"):
            values = [lookup(record.values, name) for record in sample]
            if values and all(isinstance(value, bool) for value in values):
                return name
    return ""


def with_unused(mapping: Mapping, unused: Sequence[str]) -> Mapping:
    """The mapping with a word in its reason on columns that are not used."""
    if not unused:
        return mapping
    shown = ", ".join(unused[:6]) + (" and others" if len(unused) > 6 else "")
    return mapping.model_copy(update={"reason": f"{mapping.reason} Not used: {shown}."})
