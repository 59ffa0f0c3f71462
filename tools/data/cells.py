"""Cells of source rows: found by column or dotted path, and turned into text."""

from __future__ import annotations

import datetime
import decimal
import json
import math
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from luthier.tools.data.chat_trees import is_chat_tree
from luthier.tools.data.encodings import mend_text
from luthier.tools.data.readers.json_shape import looks_like_turns
from luthier.tools.language import _

_DEEPEST = 4
_MISSING = object()


class WrongType(ValueError):
    """A cell holds something that cannot stand for a text; the message says what."""


def lookup(values: Mapping[str, Any], column: str) -> Any:
    """The cell under ``column``, which may be a path such as ``instances.0.output``; None if absent."""
    found = values.get(column, _MISSING)
    if found is not _MISSING:
        return found
    if "." not in column:
        return None
    here: Any = values
    for part in column.split("."):
        if isinstance(here, dict):
            here = here.get(part)
        elif isinstance(here, list) and part.isdecimal():
            here = here[int(part)] if int(part) < len(here) else None
        else:
            return None
    return here


def column_names(rows: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Every column of the rows in order of appearance, nested ones as dotted paths."""
    names: dict[str, None] = {}
    for row in rows:
        for name, value in row.items():
            for path in _paths(str(name), value, _DEEPEST):
                names.setdefault(path)
    return tuple(dict.fromkeys(map(mend_text, names)))


def _paths(name: str, value: Any, depth: int) -> Iterable[str]:
    if depth and isinstance(value, dict) and value and not is_chat_tree(value):
        for inner, cell in value.items():
            yield from _paths(f"{name}.{inner}", cell, depth - 1)
    elif depth and isinstance(value, list) and value and isinstance(value[0], dict):
        yield name
        if not looks_like_turns(value):
            yield from _paths(f"{name}.0", value[0], depth - 1)
    else:
        yield name


def as_text(value: Any) -> str:
    """The cell as text without outer blanks; "" for a missing one, never the word None.

    Raises:
        WrongType: it is binary, or an object that JSON cannot express.
    """
    if isinstance(value, str):
        return mend_text(value).strip()
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float, decimal.Decimal, uuid.UUID)):
        return _number_text(value)
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (dict, list, tuple)):
        if not value:
            return ""
        try:
            return mend_text(json.dumps(value, ensure_ascii=False, default=_json_cell))
        except (TypeError, ValueError, RecursionError) as error:
            raise WrongType(_("a nested value that cannot be written as JSON")) from error
    if isinstance(value, (bytes, bytearray, memoryview)):
        raise WrongType(_("binary data (such as an image) instead of a text"))
    return mend_text(str(value)).strip()


def _number_text(value: Any) -> str:
    try:
        return str(value)
    except ValueError as error:  # Python refuses to print integers of over 4,300 digits
        raise WrongType(_("a number of several thousand digits")) from error


def _json_cell(value: Any) -> Any:
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (decimal.Decimal, uuid.UUID)):
        return str(value)
    raise TypeError(type(value).__name__)
