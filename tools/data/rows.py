"""From a source record to a training row under a mapping, or the reason why it cannot be one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import blake2b
from json.encoder import encode_basestring_ascii as _quoted
from typing import Any, Protocol

from luthier.tools.data.building import canonical_row, place_in, plain_message
from luthier.tools.data.cells import WrongType, as_text, lookup
from luthier.tools.data.chat_trees import branch_turns, is_chat_tree
from luthier.tools.data.conversations import (
    BadConversation,
    check_order,
    plain_turn,
    read_messages,
    read_turn,
    turns_of,
    up_to_last_learned,
    without_empty_system,
)
from luthier.tools.data.model import Mapping, Message, Row, spoken
from luthier.tools.data.readers.base import Record
from luthier.tools.data.speakers import has_unanswered, is_spoken, speaker_messages
from luthier.tools.data.templates import MissingField, divide, fill
from luthier.tools.data.tool_calls import BadCall, read_tools

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
    return _digest(", ".join(map(_identity, messages)))


def _plain_id(turns: tuple[Message, Message]) -> str:
    """The id of a plain question with its answer."""
    asked, answer = turns
    question, said = _quoted(asked.content), _quoted(answer.content)
    return _digest(f'["user", {question}], ["assistant", {said}]')


def _digest(content: str) -> str:
    return blake2b(f"[{content}]".encode(), digest_size=8).hexdigest()


def _identity(message: Message) -> str:
    """Role, content and whatever else the turn has as JSON: plain rows keep the id they always had.

    A plain turn is written by hand, because this runs for every turn of every file.
    """
    if message.tool_calls or message.tools or message.name or message.weight != 1:
        extra = message.model_dump(exclude={"role", "content"}, exclude_defaults=True)
        return json.dumps([message.role, message.content, extra])
    return f'["{message.role}", {_quoted(message.content)}]'


def make_row(
    record: Record,
    mapping: Mapping,
    file: str,
    mender: Mending | None = None,
    note: Callable[[str], None] = lambda code: None,
) -> Row | Refused:
    """The training row of a record, mended on the way where there is a ``mender``.

    ``file`` is where the record came from unless it says so itself; ``note`` is told the codes of
    what was changed in the row.
    """
    if mender:
        record = replace(record, values=mender.values(record.values, mapping))
    elif mapping.messages:
        turns = _question_and_answer(record, mapping)
        if turns:
            place = place_in(record.file or file, record.line, record.row, "")
            return canonical_row(_plain_id(turns), turns, place)
    try:
        label = _label(record, mapping)
        whole = _messages(record, mapping)
        messages = up_to_last_learned(whole) if _has_weights(whole) else whole
        if len(messages) < len(whole):
            note("trailing_turns")
        if mapping.assistant:
            chat = lookup(record.values, mapping.messages)
            if has_unanswered(chat, mapping.assistant):
                note("unanswered_turns")
        if mender:
            messages = mender.turns(messages)
        check_order(messages)
        rejected = _rejected(record, mapping, messages)
    except BadConversation as bad:
        return Refused(record.line, bad.code, bad.detail, excerpt(record, mapping))
    except MissingField as missing:
        return Refused(record.line, "missing_field", f"{{{missing}}}", excerpt(record, mapping))
    except WrongType as wrong:
        return Refused(record.line, "data_type", str(wrong), excerpt(record, mapping))
    frozen = tuple(messages)
    passage = _passage(record, mapping)
    place = place_in(record.file or file, record.line, record.row, passage)
    synthetic = bool(mapping.template or mapping.synthetic)
    row = canonical_row(row_id(frozen), frozen, place, rejected, label, synthetic)
    mended = mender.row(row) if mender else row
    if isinstance(mended, str):
        return Refused(record.line, REMOVED, mended, excerpt(record, mapping))
    return mended


def make_unwanted(
    record: Record, mapping: Mapping, file: str, mender: Mending | None = None
) -> Row | None:
    """The row of a record whose answer is marked as not wanted, or None where it cannot be one.

    Only methods that learn from unwanted answers may read it.
    """
    row = make_row(record, mapping.model_copy(update={"only_where": ""}), file, mender)
    return row.model_copy(update={"label": False}) if isinstance(row, Row) else None


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
    named = (mapping.messages, *mapping.prompt, mapping.completion)
    names = [name for name in named if name]
    parts = []
    for name in names:
        value = lookup(record.values, name)
        if value not in (None, ""):
            parts.append(str(value)[:200])
    return " | ".join(parts)


def _question_and_answer(record: Record, mapping: Mapping) -> tuple[Message, Message] | None:
    """Both turns of a conversation of two, where nothing else can matter, as in nearly all rows.

    What the other functions here would make of it, in a quarter of their time.
    """
    if mapping.system or mapping.completion or mapping.tools or mapping.only_where:
        return None
    if mapping.rejected or mapping.synthetic or mapping.template:
        return None
    value = record.values.get(mapping.messages)
    if type(value) is not list or len(value) != 2:
        return None
    asked, answer = plain_turn(value[0]), plain_turn(value[1])
    if asked is None or answer is None or not (asked.content and answer.content):
        return None
    return (asked, answer) if asked.role == "user" and answer.role == "assistant" else None


def _messages(record: Record, mapping: Mapping) -> list[Message]:
    messages: list[Message] = []
    if mapping.system:
        messages.append(Message(role="system", content=mapping.system))
    if mapping.messages:
        messages += _conversation(record, mapping)
        return _with_tools(without_empty_system(messages), record, mapping)
    prompt, answer = _pair(record, mapping)
    if not prompt:
        raise BadConversation("empty_prompt")
    if not answer:
        raise BadConversation("empty_completion")
    messages.append(plain_message("user", prompt))
    messages.append(plain_message("assistant", answer))
    return _with_tools(messages, record, mapping)


def _pair(record: Record, mapping: Mapping) -> tuple[str, str]:
    if mapping.continuation:
        text = as_text(lookup(record.values, mapping.completion))
        halves = divide(text)
        if text and halves is None:
            raise BadConversation("too_short_to_continue")
        return halves or ("", "")
    if mapping.template:
        prompt = fill(mapping.template, record.values)
    else:
        prompt = prompt_text(record, mapping.prompt, mapping.join)
    if mapping.answer_template:
        return prompt, fill(mapping.answer_template, record.values)
    return prompt, as_text(lookup(record.values, mapping.completion))


def _conversation(record: Record, mapping: Mapping) -> list[Message]:
    value = lookup(record.values, mapping.messages)
    if is_spoken(value):
        messages = speaker_messages(value, mapping.assistant, mapping.people)
        if not messages:
            raise BadConversation("speaker_silent")
        return messages
    if is_chat_tree(value):
        value = branch_turns(value, lookup(record.values, _beside(mapping.messages)))
        if not value:
            raise BadConversation("no_branch")
    messages = read_messages(value)
    if mapping.completion:
        answer = lookup(record.values, mapping.completion)
        if isinstance(answer, list):
            turns = turns_of(answer)
            messages += [read_turn(turn, "assistant") for turn in turns[:-1]]
            answer = turns[-1]
        messages.append(read_turn(answer if answer is not None else "", "assistant"))
    return messages


def _beside(column: str) -> str:
    """The column with the current node, in the same object as the tree in ``column``."""
    return ".".join([*column.split(".")[:-1], "current_node"])


def _with_tools(messages: list[Message], record: Record, mapping: Mapping) -> list[Message]:
    if not mapping.tools or not messages:
        return messages
    try:
        tools = read_tools(lookup(record.values, mapping.tools))
    except BadCall as error:
        raise BadConversation("tool_calls", str(error)) from error
    first = messages[0].model_copy(update={"tools": tools})
    return [first, *messages[1:]]


def _has_weights(messages: list[Message]) -> bool:
    return any(not message.weight for message in messages)


def _rejected(record: Record, mapping: Mapping, messages: list[Message]) -> str:
    """The worse answer as text: a cell, a turn, or the last turn of a whole conversation."""
    value = lookup(record.values, mapping.rejected) if mapping.rejected else None
    if value is None:
        return ""
    if isinstance(value, str) and value.lstrip()[:2] == "[{":
        value = turns_of(value)
    if isinstance(value, list):
        value = value[-1] if value else ""
    return spoken(read_turn(value, "assistant"))


def _passage(record: Record, mapping: Mapping) -> str:
    """The text from which a synthetic row was made."""
    column = mapping.synthetic or ("text" if mapping.template else "")
    return as_text(lookup(record.values, column)) if column else ""


def _label(record: Record, mapping: Mapping) -> bool | None:
    """True where a mark says that the answer was wanted, None where there is no mark.

    Raises:
        BadConversation: it was not wanted, so it must not be learned.
    """
    if not mapping.only_where:
        return None
    try:
        mark = as_text(lookup(record.values, mapping.only_where)).lower()
    except WrongType:
        mark = ""
    if mark in _FALSE:
        raise BadConversation("marked_bad")
    return True
