"""From a source record to a training row under a mapping, or the reason why it cannot be one."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Protocol

from luthier.tools.data.cells import WrongType, as_text, lookup
from luthier.tools.data.conversations import (
    BadConversation,
    check_order,
    read_messages,
    read_turn,
    turns_of,
    without_empty_system,
)
from luthier.tools.data.model import Lineage, Mapping, Message, Row
from luthier.tools.data.readers.base import Record

REMOVED = "removed_by_remedy"
"""The code of rows that a remedy leaves out; the detail is the remedy's name."""
_FALSE = frozenset({"false", "0", "no", "bad", "rejected", "0.0", ""})


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that cannot be used; ``code`` names a finding of the catalogue."""

    line: int
    code: str
    detail: str = ""
    example: str = ""


class Mending(Protocol):
    """The remedies applied to a record on its way; see ``remedies.mender``."""

    def values(self, values: dict[str, Any], mapping: Mapping) -> dict[str, Any]:
        """The cells of the record."""

    def turns(self, messages: list[Message]) -> list[Message]:
        """The turns, before they are judged."""

    def row(self, row: Row) -> Row | str:
        """The finished row, or the name of the remedy that leaves it out."""


def row_id(messages: tuple[Message, ...]) -> str:
    """16 hex digits of the content's hash: equal rows have equal ids in every data set."""
    content = json.dumps([[message.role, message.content] for message in messages])
    return hashlib.blake2b(content.encode(), digest_size=8).hexdigest()


def make_row(
    record: Record, mapping: Mapping, file: str, mender: Mending | None = None
) -> Row | Refused:
    """The training row of a record, mended on the way where there is a ``mender``."""
    if mender:
        record = Record(record.line, mender.values(record.values, mapping))
    try:
        _refuse_unwanted(record, mapping)
        messages = _messages(record, mapping)
        if mender:
            messages = mender.turns(messages)
        check_order(messages)
    except BadConversation as bad:
        return Refused(record.line, bad.code, bad.detail, excerpt(record, mapping))
    except WrongType as wrong:
        return Refused(record.line, "data_type", str(wrong), excerpt(record, mapping))
    frozen = tuple(messages)
    row = Row(id=row_id(frozen), messages=frozen, source=Lineage(file=file, line=record.line))
    mended = mender.row(row) if mender else row
    if isinstance(mended, str):
        return Refused(record.line, REMOVED, mended, excerpt(record, mapping))
    return mended


def prompt_text(record: Record, columns: tuple[str, ...], join: str) -> str:
    """The prompt columns as one text; empty cells are passed over.

    Raises:
        WrongType: a cell cannot be made into text.
    """
    cells = [(name, as_text(lookup(record.values, name))) for name in columns]
    filled = [(name, text) for name, text in cells if text]
    if join == "plain" or len(columns) == 1:
        return "\n\n".join(text for _, text in filled)
    return "\n".join(f"{name}: {text}" for name, text in filled)


def excerpt(record: Record, mapping: Mapping) -> str:
    """What the mapped cells of a refused record hold, for showing."""
    names = [name for name in (mapping.messages, *mapping.prompt, mapping.completion) if name]
    parts = []
    for name in names:
        value = lookup(record.values, name)
        if value not in (None, ""):
            parts.append(str(value)[:200])
    return " | ".join(parts)


def _messages(record: Record, mapping: Mapping) -> list[Message]:
    messages: list[Message] = []
    if mapping.system:
        messages.append(Message(role="system", content=mapping.system))
    if mapping.messages:
        messages += _conversation(record, mapping)
        return without_empty_system(messages)
    prompt = prompt_text(record, mapping.prompt, mapping.join)
    answer = as_text(lookup(record.values, mapping.completion))
    if not prompt:
        raise BadConversation("empty_prompt")
    if not answer:
        raise BadConversation("empty_completion")
    messages.append(Message(role="user", content=prompt))
    messages.append(Message(role="assistant", content=answer))
    return messages


def _conversation(record: Record, mapping: Mapping) -> list[Message]:
    messages = read_messages(lookup(record.values, mapping.messages))
    if mapping.completion:
        answer = lookup(record.values, mapping.completion)
        if isinstance(answer, list):
            turns = turns_of(answer)
            answer = turns[-1]
        messages.append(read_turn(answer if answer is not None else "", "assistant"))
    return messages


def _refuse_unwanted(record: Record, mapping: Mapping) -> None:
    if not mapping.only_where:
        return
    try:
        mark = as_text(lookup(record.values, mapping.only_where)).lower()
    except WrongType:
        mark = ""
    if mark in _FALSE:
        raise BadConversation("marked_bad")
