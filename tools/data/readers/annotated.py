"""Texts in annotated pieces, as assistants' training sets store them, made into request and answer.

``{"PlayMusic": [{"data": [{"text": "play "}, {"text": "Aspro Mavro", "entity": "track"}]}]}`` (the
layout of Snips and Dialogflow exports) becomes the request ``play Aspro Mavro`` and the answer
``{"intent": "PlayMusic", "slots": {"track": "Aspro Mavro"}}``.
"""

from __future__ import annotations

import json
from typing import Any


def is_annotated(value: Any) -> bool:
    """Whether ``value`` is a row whose ``data`` is a list of pieces of text."""
    pieces = value.get("data") if isinstance(value, dict) else None
    return (
        isinstance(pieces, list)
        and bool(pieces)
        and all(isinstance(piece, dict) and isinstance(piece.get("text"), str) for piece in pieces)
    )


def join_pieces(intent: str, value: dict[str, Any]) -> dict[str, Any]:
    """The columns ``text``, ``answer`` (JSON with intent and slots) and ``intent``."""
    slots: dict[str, Any] = {}
    for piece in value["data"]:
        name = piece.get("entity") or piece.get("alias")
        if not isinstance(name, str):
            continue
        found = piece["text"].strip()
        if name in slots:  # the same kind of slot twice in one request
            earlier = slots[name]
            slots[name] = [*(earlier if isinstance(earlier, list) else [earlier]), found]
        else:
            slots[name] = found
    text = " ".join("".join(piece["text"] for piece in value["data"]).split())
    answer = json.dumps({"intent": intent, "slots": slots}, ensure_ascii=False)
    return {"text": text, "answer": answer, "intent": intent}
