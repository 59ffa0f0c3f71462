"""Calls of functions and lists of functions, in the spellings of OpenAI, ShareGPT and LLaMA-Factory.

Arguments come as an object, as JSON in a string, and as JSON in a string in a string (all three are
in published data); templates want the object, so that is what is kept.
"""

from __future__ import annotations

import json
from typing import Any

from luthier.tools.data.encodings import mend_text
from luthier.tools.data.model import ToolCall
from luthier.tools.language import _


class BadCall(ValueError):
    """A call or a function that cannot be understood; the message says why."""


def read_calls(value: Any) -> tuple[ToolCall, ...]:
    """The calls in ``tool_calls``, ``function_call`` or a turn's text, in order.

    Raises:
        BadCall: one of them has no name, or arguments that are no object.
    """
    value = _decoded(value)
    calls = value if isinstance(value, list) else [value]
    return tuple(_read_call(call) for call in calls)


def read_tools(value: Any) -> tuple[dict[str, Any], ...]:
    """Functions offered, each as ``{"type": "function", "function": {...}}`` as templates want them.

    Raises:
        BadCall: it is no list of functions with names.
    """
    value = _decoded(value)
    if value in (None, "", [], {}):
        return ()
    found = []
    for entry in value if isinstance(value, list) else [value]:
        entry = _decoded(entry)
        function = entry.get("function", entry) if isinstance(entry, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            raise BadCall(_("a function without a name"))
        found.append({"type": "function", "function": _without_nulls(function)})
    return tuple(json.loads(mend_text(json.dumps(found, ensure_ascii=False, default=str))))


def _read_call(call: Any) -> ToolCall:
    call = _decoded(call)
    inner = call.get("function", call) if isinstance(call, dict) else None
    name = inner.get("name") if isinstance(inner, dict) else None
    if not isinstance(inner, dict) or not isinstance(name, str) or not name.strip():
        raise BadCall(_("a call without the name of a function"))
    arguments = inner.get("arguments", inner.get("parameters", inner.get("input")))
    for _depth in range(2):  # JSON in a string, or JSON in a string in a string
        arguments = _decoded(arguments)
    if arguments in (None, ""):
        arguments = {}
    if not isinstance(arguments, dict):
        raise BadCall(_("the arguments of {name} are no JSON object", name=name[:40]))
    clean = json.loads(mend_text(json.dumps(_without_nulls(arguments), default=str)))
    return ToolCall(name=mend_text(name.strip()), arguments=clean)


def _decoded(value: Any) -> Any:
    if isinstance(value, str) and value.strip()[:1] in ("{", "[", '"'):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def _without_nulls(value: dict[str, Any]) -> dict[str, Any]:
    """Less the empty keys that Arrow adds to every row where any row has them."""
    return {key: entry for key, entry in value.items() if entry is not None}
