"""Turns whose role or keys are misspelled: ``hummany`` for ``human``, ``contents`` for ``content``."""

from __future__ import annotations

import json
from typing import Any

from luthier.tools.data.model import Mapping
from luthier.tools.data.remedies.base import Remedy
from luthier.tools.data.vocabulary import ROLES, plain_name
from luthier.tools.language import mark

_LIKE = 75  # likeness of 100 (rapidfuzz's ratio) from which a role is taken for a slip
_ROLE_KEYS = ("role", "from")
_CONTENT_KEYS = ("content", "value", "text")
_OTHER_ROLE_KEYS = frozenset({"speaker", "author", "sender", "who", "roles", "rol", "name"})
_OTHER_CONTENT_KEYS = frozenset({
    "contents", "message", "msg", "body", "utterance", "contnet", "conent", "cotent", "texts", "values",
})  # fmt: skip


def with_right_names(values: dict[str, Any], mapping: Mapping) -> dict[str, Any]:
    """The record with the turns' roles and keys as they were meant; itself where all is well."""
    column = mapping.messages
    cell = values.get(column) if column else None
    turns = _turns(cell)
    if turns is None:
        return values
    mended = [_mended(turn) for turn in turns]
    return values if mended == turns else {**values, column: mended}


def _turns(cell: Any) -> list[Any] | None:
    if isinstance(cell, str) and cell.lstrip()[:1] == "[":
        try:
            cell = json.loads(cell)
        except (ValueError, RecursionError):
            return None
    return cell if isinstance(cell, list) else None


def _mended(turn: Any) -> Any:
    if not isinstance(turn, dict):
        return turn
    after = dict(turn)
    if not any(key in turn for key in _CONTENT_KEYS) and "tool_calls" not in turn:
        _rename(after, _OTHER_CONTENT_KEYS, "content")
    if not any(key in turn for key in _ROLE_KEYS):
        _rename(after, _OTHER_ROLE_KEYS, "role")
    for key in _ROLE_KEYS:
        if key in after:
            after[key] = right_role(after[key])
    return after


def _rename(turn: dict[str, Any], others: frozenset[str], name: str) -> None:
    for key in turn:
        if plain_name(str(key)) in others and isinstance(turn[key], str):
            turn[name] = turn.pop(key)
            return


def right_role(role: Any) -> Any:
    """A known role that ``role`` is a slip of the pen for, else ``role``."""
    word = str(role).strip().lower()
    if not isinstance(role, str) or word in ROLES or len(word) < 3:
        return role
    from rapidfuzz import fuzz, process

    found = process.extractOne(word, ROLES.keys(), scorer=fuzz.ratio, score_cutoff=_LIKE)
    return ROLES[found[0]] if found else role


REMEDIES = (
    Remedy(
        name="fix_roles",
        label=mark("put right misspelled roles and keys of turns"),
        mends=("unrecognized_role", "message_missing_key"),
        record=with_right_names,
    ),
)
