"""Which part of a JSON document is a row: a list's elements, an object's lists, its columns, …

The shape is judged on the beginning of the file and named in plain words.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from typing import Any, Literal

from luthier.tools.data.readers.annotated import is_annotated
from luthier.tools.data.readers.json_nested import lists_of_objects
from luthier.tools.data.readers.json_stream import Broken, Value, values
from luthier.tools.data.vocabulary import is_known_name
from luthier.tools.language import _, mark

ShapeName = Literal["list", "sequence", "groups", "keyed", "pairs", "columns", "single", "nested"]
RowKind = Literal["object", "list", "scalar", "annotated"]


@dataclass(frozen=True, slots=True)
class Shape:
    """How rows lie in the document, and what kind of value each row is."""

    name: ShapeName
    row: RowKind
    reason: str
    path: tuple[str, ...] = ()
    others: tuple[tuple[str, ...], ...] = ()


def judge_shape(text: str) -> Shape | None:
    """The shape of the document that begins with ``text``, or None if that is not JSON at all."""
    start = text.lstrip("\ufeff \t\r\n")
    if start[:1] not in ("[", "{"):
        return None
    if _is_sequence(start):
        return Shape("sequence", "object", _("JSON objects written one after another."))
    items = list(islice(values(StringIO(text)), 400))
    found = [item for item in items if isinstance(item, Value)]
    nested = _judge_nested(start) if start[0] == "{" else None
    if nested and not _rows_at_the_top(found):
        return nested
    if not _is_plausible(items, found):
        return None
    if start[0] == "[":
        kind = _row_kind([item.value for item in found])
        return Shape("list", kind, _(_LIST_OF[kind]))
    return _judge_object(found) if found else Shape("single", "object", _("One JSON object."))


def _judge_nested(text: str) -> Shape | None:
    """Rows wrapped in objects, such as {"data": {"items": [...]}}; the longest list counts."""
    lists = {
        path: rows
        for path, rows in lists_of_objects(text).items()
        if len(path) > 1 and not looks_like_turns(rows[:20])
    }
    if not lists:
        return None
    path = max(lists, key=lambda path: len(lists[path]))
    others = tuple(other for other in lists if other != path)
    reason = _("A JSON object in which the list “{path}” holds the rows.", path=".".join(path))
    if others:
        named = ", ".join(f"“{'.'.join(other)}”" for other in others[:5])
        reason += " " + _("Other lists in it are not read: {named}.", named=named)
    return Shape("nested", _row_kind(lists[path]), reason, path, others)


def _rows_at_the_top(found: Sequence[Value]) -> bool:
    """Whether the object's own entries are rows: lists of objects, or objects that are alike."""
    if any(item.listed and isinstance(item.value, dict) for item in found):
        return True
    if any(not isinstance(item.value, (dict, list)) and is_known_name(item.key) for item in found):
        return True  # one row that holds lists of its own
    objects = [set(item.value) for item in found if isinstance(item.value, dict) and item.value]
    if len(objects) < 2:
        return False
    shared = set.intersection(*objects)
    return any(
        isinstance(item.value, dict) and isinstance(item.value.get(name), str)
        for name in shared
        for item in found
    )


_LIST_OF: dict[RowKind, str] = {
    "object": mark("A JSON list of objects."),
    "list": mark("A JSON list of lists."),
    "scalar": mark("A JSON list of single values."),
    "annotated": mark("A JSON list of annotated texts."),
}


def looks_like_turns(items: Sequence[Any]) -> bool:
    """Whether these are the turns of a conversation: objects with a role and a content."""
    return bool(items) and all(
        isinstance(item, dict)
        and ({"role", "from", "sender", "speaker"} & item.keys())
        and ({"content", "value", "text", "tool_calls"} & item.keys())
        for item in items
    )


def _is_plausible(items: Sequence[Value | Broken], found: Sequence[Value]) -> bool:
    """Whether this is JSON, perhaps broken, rather than a text that begins with a bracket."""
    nested = any(isinstance(item.value, (dict, list)) or item.key for item in found)
    return nested or len(found) == len(items)


def _is_sequence(text: str) -> bool:
    try:
        _value, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return False
    return text[end:].lstrip()[:1] in ("{", "[")


def _row_kind(rows: Sequence[Any]) -> RowKind:
    annotated = sum(1 for row in rows if is_annotated(row))
    objects = sum(1 for row in rows if isinstance(row, dict))
    lists = sum(1 for row in rows if isinstance(row, list))
    if annotated and annotated > len(rows) / 2:
        return "annotated"
    if objects >= max(1, lists) or not rows:
        return "object"
    return "list" if lists > len(rows) / 2 else "scalar"


def _judge_object(found: Sequence[Value]) -> Shape:
    listed = [item for item in found if item.listed]
    objects = [item for item in listed if isinstance(item.value, dict)]
    if objects and not looks_like_turns([item.value for item in objects[:20]]):
        kind = _row_kind([item.value for item in objects])
        joined = " " + _(
            "Each row is a text in annotated pieces, which were put together: the text is the "
            "question, the intent and its slots are the answer."
        )
        keys = ", ".join(dict.fromkeys(item.key for item in objects))
        return Shape(
            "groups",
            kind,
            _("A JSON object whose lists hold the rows ({keys}).", keys=keys)
            + joined * (kind == "annotated"),
        )
    if listed and not objects and len(listed) == len(found):
        return _judge_lists(listed)
    if not listed and all(isinstance(item.value, dict) for item in found):
        return _judge_members(found)
    texts = [item for item in found if isinstance(item.value, str) and not item.listed]
    if len(texts) == len(found) >= 4 and not any(is_known_name(item.key) for item in found):
        return Shape("pairs", "scalar", _("A JSON object of pairs: each name with its text."))
    return Shape("single", "object", _("One JSON object, which is one row."))


def _judge_lists(listed: Sequence[Value]) -> Shape:
    lengths: dict[str, int] = {}
    for item in listed:
        lengths[item.key] = lengths.get(item.key, 0) + 1
    named = any(is_known_name(key) for key in lengths)
    if named or len(set(lengths.values())) == 1:
        return Shape("columns", "object", _("A JSON object with one list per column."))
    return Shape("groups", "scalar", _("A JSON object with one list of texts per label."))


def _judge_members(found: Sequence[Value]) -> Shape:
    keys = [key for item in found for key in item.value]
    if keys and all(key.isdecimal() for key in keys):
        return Shape("columns", "object", _("A JSON object with one numbered object per column."))
    if len(found) == 1 and not any(isinstance(value, str) for value in found[0].value.values()):
        return Shape("single", "object", _("One JSON object, which is one row."))
    return Shape("keyed", "object", _("A JSON object in which every entry is a row."))
