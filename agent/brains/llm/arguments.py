"""Arguments as models write them, made into what the tools expect where that is beyond doubt."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import Any

from luthier.agent.act import ASK_USER, MALFORMED


def read_call(name: str, given: Any, known: Collection[str]) -> tuple[str, dict[str, Any]]:
    """Name and arguments of a call. A question that is named by its id is a question all the same."""
    arguments = read_arguments(name, given)
    if name not in known and _is_question(arguments):
        return ASK_USER, _question({"id": name, **arguments})
    return name, arguments


def read_arguments(name: str, given: Any) -> dict[str, Any]:
    """A call's arguments as an object.

    JSON in a string, once or twice encoded, is unpacked; nothing at all is an empty object. What is
    no object is passed on under ``MALFORMED``, so that the model is told and can mend it.
    """
    value = given
    for _round in range(2):
        if isinstance(value, str):
            value = _decode(value)
    if not isinstance(value, dict):
        return {MALFORMED: given if isinstance(given, str) else json.dumps(given)}
    return _question(value) if name == ASK_USER else value


def _decode(text: str) -> Any:
    if not text.strip():
        return {}
    try:
        return json.loads(text)
    except ValueError:
        return None


def _is_question(value: dict[str, Any]) -> bool:
    asks = value.get("text") or value.get("question")
    return bool(asks) and bool(value.get("choices") or value.get("options"))


def _question(value: dict[str, Any]) -> dict[str, Any]:
    """A question with what small models leave out: ids, and choices as objects."""
    text = str(value.get("text") or value.get("question") or "")
    choices = value.get("choices") or value.get("options") or []
    if isinstance(choices, str):
        choices = _decode(choices) or []
    if not text or not isinstance(choices, list):
        return value
    mended = [_choice(choice) for choice in choices]
    ids = {choice["id"] for choice in mended}
    default = str(value.get("default") or "")
    if default not in ids:
        by_label = {choice["label"]: choice["id"] for choice in mended}
        default = by_label.get(default) or (mended[0]["id"] if mended else "")
    kept = {key: value[key] for key in ("why", "wants_file", "placeholder") if value.get(key)}
    return {
        "id": str(value.get("id") or _slug(text)),
        "text": text,
        "choices": mended,
        "default": default,
        "allow_back": False,
        **kept,
    }


def _choice(choice: Any) -> dict[str, str]:
    if not isinstance(choice, dict):
        return {"id": _slug(str(choice)), "label": str(choice)}
    label = str(choice.get("label") or choice.get("text") or choice.get("id") or "")
    detail = {"detail": str(choice["detail"])} if choice.get("detail") else {}
    return {"id": str(choice.get("id") or _slug(label)), "label": label, **detail}


def _slug(text: str) -> str:
    return re.sub(r"\W+", "_", text.lower()).strip("_")[:40] or "question"
