"""Telling apart, while text streams in, what is said, what is thought, and what is a tool call.

Small models often write their calls as text: in ``<tool_call>`` tags (Qwen, Hermes), in a ``json``
fence (Qwen Coder), after ``[TOOL_CALLS]`` (Mistral), as LM Studio teaches models without a form of
their own (``[TOOL_REQUEST]``), or as bare JSON (Llama). Some think aloud in
``<think>`` tags. What might become a call is held back until it is known to be one or not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

_CLOSERS = {
    "<think>": "</think>",
    "<tool_call>": "</tool_call>",
    "[TOOL_CALLS]": "",
    "[TOOL_REQUEST]": "[END_TOOL_REQUEST]",
    "```json": "```",
    "```tool_call": "```",
    "```tool_code": "```",
}
_BARE = "{"
_BROKEN = re.compile(
    r"\s*\{\s*\"name\"\s*:\s*\"(?P<name>\w+)\"\s*,\s*\"(?:arguments|parameters)\"\s*:(?P<arguments>.*)",
    re.DOTALL,
)
"""A call whose JSON does not end well: the model is told of it, the user is not shown it."""


@dataclass(frozen=True, slots=True)
class WrittenCall:
    """A tool call that was written as text; ``arguments`` is whatever stood there."""

    name: str
    arguments: Any


@dataclass(slots=True)
class Hearing:
    """Feed it pieces of text; what comes back is said aloud or thought, never a call."""

    known: Collection[str]
    calls: list[WrittenCall] = field(default_factory=list)
    _opener: str = ""
    _held: str = ""
    _began: bool = False
    _spoke: bool = False

    def feed(self, piece: str) -> tuple[str, str]:
        """What is now certain to be said, and what is now certain to be thought."""
        self._held += piece
        said = thought = ""
        while True:
            if not self._opener:
                words, found = self._until_opener()
                said += words
                self._spoke = self._spoke or bool(words.strip())
                if not found:
                    return said, thought
            closer = _CLOSERS.get(self._opener, "")
            if self._opener == "<think>":
                words, found = self._until(closer)
                thought += words
            else:
                words, found = self._until_closed(closer)
                said += words
            if not found:
                return said, thought

    def finish(self) -> tuple[str, str]:
        """The rest, once nothing more will come."""
        held, opener = self._held, self._opener
        self._held = self._opener = ""
        if opener == "<think>":
            return "", held
        if opener and self._take(held.strip().removesuffix("```")):
            return "", ""
        broken = _BROKEN.match(held) if opener and not self._spoke else None
        if broken and broken["name"] in self.known:
            self.calls.append(WrittenCall(broken["name"], broken["arguments"]))
            return "", ""
        return ("" if opener == _BARE else opener) + held, ""

    def _until_opener(self) -> tuple[str, bool]:
        if not self._began and not self._held.strip():
            return "", False
        if not self._began:
            self._held = self._held.lstrip()
        at, opener = min(
            ((self._held.find(opener), opener) for opener in _CLOSERS if opener in self._held),
            default=(-1, ""),
        )
        if not self._began and self._held[0] in "{[" and at != 0:
            if "[TOOL_CALLS]".startswith(self._held):
                return "", False
            self._opener = _BARE
            return "", True
        if at >= 0:
            said, self._held = self._held[:at], self._held[at + len(opener) :]
            self._opener = opener
            self._began = self._began or bool(said) or opener != "<think>"
            return said, True
        said = self._release(_CLOSERS)
        self._began = self._began or bool(said)
        return said, False

    def _until(self, closer: str) -> tuple[str, bool]:
        words, found, rest = self._held.partition(closer)
        if not found:
            return self._release((closer,)), False
        self._held, self._opener = rest, ""
        return words, True

    def _until_closed(self, closer: str) -> tuple[str, bool]:
        """A closed block is a call or, where it is none, words after all.

        A fence that is no call only ends on a line of its own: JSON may hold backticks.
        """
        at = self._held.find(closer) if closer else -1
        while at >= 0:
            inside, rest = self._held[:at], self._held[at + len(closer) :]
            is_call = self._take(inside)
            if is_call or closer != "```" or inside.endswith("\n"):
                opener, self._held, self._opener = self._opener, rest, ""
                return ("" if is_call else opener + inside + closer), True
            at = self._held.find(closer, at + 1)
        return "", False

    def _release(self, markers: Collection[str]) -> str:
        """Everything held except an end which may be the beginning of a marker."""
        keep = max(
            (
                size
                for marker in markers
                for size in range(1, len(marker))
                if self._held.endswith(marker[:size])
            ),
            default=0,
        )
        cut = len(self._held) - keep
        released, self._held = self._held[:cut], self._held[cut:]
        return released

    def _take(self, text: str) -> bool:
        found = read_calls(text, self.known, invented=not self._spoke)
        self.calls.extend(found)
        return bool(found)


def read_calls(text: str, known: Collection[str], *, invented: bool = False) -> list[WrittenCall]:
    """The calls in ``text``, or none where any of it is anything else.

    Small models invent tools. With ``invented`` a call of an unknown name counts, so that the model is
    told; it is for answers that begin with it, since in the middle of words it may be an example.
    """
    calls: list[WrittenCall] = []
    rest = text.strip()
    while rest:
        try:
            value, end = json.JSONDecoder().raw_decode(rest)
        except ValueError:
            return []
        rest = rest[end:].lstrip(" \t\r\n,;")
        for item in value if isinstance(value, list) else [value]:
            call = _call(item, known, invented)
            if call is None:
                return []
            calls.append(call)
    return calls


def _call(item: Any, known: Collection[str], invented: bool) -> WrittenCall | None:
    if not isinstance(item, dict):
        return None
    inner = item.get("function")
    if isinstance(inner, dict):
        item = inner
    name = item.get("name") or item.get("tool") or item.get("function")
    if not isinstance(name, str):
        return None
    if name not in known:
        is_call = set(item) == {"name", "arguments"} and isinstance(item["arguments"], dict)
        return WrittenCall(name, item["arguments"]) if invented and is_call else None
    given: Any = next((item[key] for key in ("arguments", "parameters", "args") if key in item), {})
    return WrittenCall(name, given)
