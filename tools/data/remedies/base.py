"""What a remedy is: a named, pure function on the rows, with the findings that it mends.

A remedy acts at one of four places on a row's way from the file: on a line that cannot be read, on the
cells of a record, on the turns of a conversation, or on finished rows, which it may have to see all of
before it can mend the first (``learn``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from luthier.tools.data.model import Mapping, Message, Row
from luthier.tools.data.rows import row_id

Messages = tuple[Message, ...]
MendRow = Callable[[Row], Row | None]
"""A finished row mended, itself where nothing is wrong, or None where it is left out."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """One way to mend rows.

    ``label`` says what it does, in words that follow "Luthier can". ``automatic`` ones belong to
    "mend all": they change the form and not the meaning, and leave out nothing that could be used.
    Exactly one of the four functions is given; ``learn`` also gets what was written after the
    remedy's name (``name=setting``).
    """

    name: str
    label: str
    mends: tuple[str, ...]
    automatic: bool = True
    line: Callable[[str], Any] | None = None
    record: Callable[[dict[str, Any], Mapping], dict[str, Any]] | None = None
    turns: Callable[[Messages], Messages] | None = None
    learn: Callable[[Iterable[Row], str], MendRow] | None = None


@dataclass(frozen=True, slots=True)
class Mended:
    """Rows after a remedy, with the ids (as they were before) of those it changed and left out."""

    rows: tuple[Row, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]


def apply(remedy: Remedy, rows: Sequence[Row], setting: str = "") -> Mended:
    """``rows`` after ``remedy``, in order; remedies of lines and records have nothing to do here."""
    mend = row_function(remedy, rows, setting)
    kept: list[Row] = []
    changed: list[str] = []
    removed: list[str] = []
    for row in rows:
        after = mend(row)
        if after is None:
            removed.append(row.id)
            continue
        if after.messages != row.messages:
            changed.append(row.id)
        kept.append(after)
    return Mended(tuple(kept), tuple(changed), tuple(removed))


def row_function(remedy: Remedy, rows: Iterable[Row], setting: str = "") -> MendRow:
    """What the remedy does to one finished row, after it has seen all of them where it must."""
    if remedy.learn is not None:
        return remedy.learn(rows, setting)
    turns = remedy.turns
    if turns is None:
        return lambda row: row
    return lambda row: remade(row, turns(row.messages)) if turns(row.messages) else None


def remade(row: Row, messages: Messages) -> Row:
    """The row with other turns and the id of its new content; its source stays."""
    if messages == row.messages:
        return row
    return row.model_copy(update={"id": row_id(messages), "messages": messages})


def each_text(change: Callable[[str], str]) -> Callable[[Messages], Messages]:
    """A function on turns that changes the text of each; untouched turns stay the same objects."""

    def turns(messages: Messages) -> Messages:
        texts = [change(message.content) for message in messages]
        if all(text is message.content for text, message in zip(texts, messages, strict=True)):
            return messages
        return tuple(
            message if text == message.content else with_content(message, text.strip())
            for text, message in zip(texts, messages, strict=True)
        )

    return turns


def with_content(message: Message, content: str) -> Message:
    """The same turn saying something else."""
    return message.model_copy(update={"content": content})


def leave_out(unwanted: Callable[[Row], bool]) -> Callable[[Iterable[Row], str], MendRow]:
    """A ``learn`` that needs to see nothing and leaves out every row of which ``unwanted`` holds."""

    def learn(_rows: Iterable[Row], _setting: str) -> MendRow:
        return lambda row: None if unwanted(row) else row

    return learn
