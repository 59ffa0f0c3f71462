"""Turns, tools and calls as the formats write them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from luthier.tools.data.exports.base import Unfit
from luthier.tools.data.model import Message, Row, spoken
from luthier.tools.language import _

SHAREGPT_ROLES = {"system": "system", "user": "human", "assistant": "gpt", "tool": "observation"}


def tools_of(row: Row) -> list[dict[str, Any]]:
    """The functions that the row offers, each as ``{"type": "function", "function": {...}}``."""
    offered = row.messages[0].tools if row.messages else ()
    return [
        tool if tool.get("type") == "function" and "function" in tool
        else {"type": "function", "function": tool}
        for tool in offered
    ]  # fmt: skip


def bare_tools(row: Row) -> list[dict[str, Any]]:
    """The functions that the row offers, each as its bare schema."""
    return [tool["function"] for tool in tools_of(row)]


def plain_turns(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Turns as Hugging Face's chat templates read them: calls with their arguments as objects."""
    turns: list[dict[str, Any]] = []
    for message in messages:
        turn: dict[str, Any] = {"role": message.role, "content": message.content}
        if message.tool_calls:
            turn["tool_calls"] = [
                {"type": "function", "function": {"name": c.name, "arguments": c.arguments}}
                for c in message.tool_calls
            ]
        if message.role == "tool" and message.name:
            turn["name"] = message.name
        turns.append(turn)
    return turns


def openai_turns(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Turns as OpenAI's API has them: numbered calls, arguments as JSON text, weights where not 1."""
    turns: list[dict[str, Any]] = []
    waiting: list[str] = []  # calls whose result has not come yet
    made = 0
    for message in messages:
        turn: dict[str, Any] = {"role": message.role, "content": message.content}
        if message.tool_calls:
            waiting = [f"call_{made + number}" for number in range(len(message.tool_calls))]
            made += len(waiting)
            turn["tool_calls"] = [
                {
                    "id": call_id,
                    "type": "function",
                    "function": {
                        "name": call.name,
                        "arguments": json.dumps(call.arguments, ensure_ascii=False),
                    },
                }
                for call_id, call in zip(waiting, message.tool_calls, strict=True)
            ]
        if message.role == "tool":
            if not waiting:
                raise Unfit(_("a tool answers that nobody called"))
            turn["tool_call_id"] = waiting.pop(0)
        if message.role == "assistant" and message.weight != 1:
            turn["weight"] = int(message.weight > 0)
        turns.append(turn)
    return turns


def sharegpt_turns(messages: Sequence[Message]) -> list[dict[str, str]]:
    """Turns as ShareGPT writes them; a turn of calls is their JSON, as LLaMA-Factory reads it."""
    turns: list[dict[str, str]] = []
    for message in messages:
        if message.tool_calls:
            calls = [{"name": c.name, "arguments": c.arguments} for c in message.tool_calls]
            text = json.dumps(calls if len(calls) > 1 else calls[0], ensure_ascii=False)
            turns.append({"from": "function_call", "value": _thought(message.content) + text})
        else:
            turns.append({"from": SHAREGPT_ROLES[message.role], "value": message.content})
    return turns


_THOUGHT = re.compile(r"\s*<think>(.*?)</think>\s*", re.DOTALL)


def _thought(content: str) -> str:
    """What is thought before a call, in the blanks that LLaMA-Factory looks for.

    Raises:
        Unfit: something else is said in the same turn.
    """
    if not content:
        return ""
    found = _THOUGHT.fullmatch(content)
    if found is None:
        raise Unfit(_("the assistant speaks and calls a tool in one turn"))
    return f"<think>\n{found.group(1).strip()}\n</think>\n\n"


def without_system(row: Row) -> tuple[str, list[Message]]:
    """The system text and the other turns.

    Raises:
        Unfit: a system turn stands in the middle.
    """
    messages = list(row.messages)
    system = messages.pop(0).content if messages[0].role == "system" else ""
    if any(message.role == "system" for message in messages):
        raise Unfit(_("a system turn stands in the middle of the conversation"))
    return system, messages


def rejected_turn(row: Row) -> dict[str, str]:
    """The worse answer of a pair as a turn.

    Raises:
        Unfit: there is none.
    """
    if not row.rejected:
        raise Unfit(_("it has no worse answer to compare with"))
    return {"role": "assistant", "content": row.rejected}


def chosen_turn(row: Row) -> dict[str, str]:
    """The better answer of a pair, calls included as text."""
    return {"role": "assistant", "content": spoken(row.messages[-1])}


def refuse_unwanted(row: Row) -> None:
    """Keep an answer that is marked as bad out of formats that only know good ones.

    Raises:
        Unfit: it is so marked.
    """
    if row.label is False:
        raise Unfit(_("its answer is marked as not wanted"))
