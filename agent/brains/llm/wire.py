"""From the conversation as it is kept to the messages of the chat-completions protocol.

Everything a tool brought in from files, data and models stands between data marks that its content
cannot close. Every call is followed by its result, whatever happened in between.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolCall,
    ToolMessage,
)

from luthier.agent.act import ASK_USER, MALFORMED

Wire = dict[str, Any]

INTERRUPTED = "Interrupted: this call has no result."


def to_wire(messages: Sequence[BaseMessage]) -> list[Wire]:
    """The protocol's messages for a conversation that begins with a system message."""
    results = {m.tool_call_id: m for m in messages if isinstance(m, ToolMessage)}
    wire: list[Wire] = []
    for message in messages:
        match message:
            case SystemMessage():
                wire.append({"role": "system", "content": message.text})
            case HumanMessage():
                _append(wire, "user", message.text)
            case AIMessage() if message.tool_calls:
                wire.append(_speaking(message))
                wire.extend(_result(call, results) for call in message.tool_calls)
            case AIMessage() if message.text:
                _append(wire, "assistant", message.text)
    return wire


def _append(wire: list[Wire], role: str, text: str) -> None:
    """Add a message; one more of the same speaker joins the last, as many templates demand."""
    last = wire[-1] if wire else {}
    if last.get("role") == role and "tool_calls" not in last:
        last["content"] = f"{last['content']}\n\n{text}"
    else:
        wire.append({"role": role, "content": text})


def _speaking(message: AIMessage) -> Wire:
    return {
        "role": "assistant",
        "content": message.text or None,
        "tool_calls": [
            {
                "id": wire_id(call["id"]),
                "type": "function",
                "function": {
                    "name": call["name"],
                    "arguments": json.dumps(_arguments(call), ensure_ascii=False),
                },
            }
            for call in message.tool_calls
        ],
    }


def _arguments(call: ToolCall) -> dict[str, Any]:
    """Arguments that were no JSON go back as JSON that quotes them: some servers parse the past."""
    broken = call["args"].get(MALFORMED)
    return call["args"] if broken is None else {"not_json": broken}


def _result(call: ToolCall, results: dict[str, ToolMessage]) -> Wire:
    message = results.get(call["id"] or "")
    if message is None:
        text = INTERRUPTED
    elif call["name"] == ASK_USER and message.status != "error":
        text = message.text
    else:
        text = mark_as_data(message.text)
    return {"role": "tool", "tool_call_id": wire_id(call["id"]), "content": text}


def mark_as_data(text: str) -> str:
    """``text`` between marks; a mark inside it is broken up so that it cannot close them."""
    safe = text.replace("<data>", "<data >").replace("</data>", "</data >")
    return f"<data>\n{safe}\n</data>"


def wire_id(call_id: str | None) -> str:
    """A call's id in the form that every provider takes: nine letters and digits."""
    return hashlib.sha256((call_id or "").encode()).hexdigest()[:9]
