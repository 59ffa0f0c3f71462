"""Personal data replaced by pseudonyms, and keys taken out.

A pseudonym is a kind and a number, given in order of first appearance: the same address is the same
pseudonym in every row, and the same file gives the same pseudonyms in every home. The table that leads
back is kept in the home, apart from the data sets, and is part of no export. Keys are not in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from luthier.tools.data.model import Message, Row
from luthier.tools.data.private import Private, find_personal, find_secrets
from luthier.tools.data.remedies.base import (
    MendRow,
    Messages,
    Remedy,
    each_text,
    remade,
    with_content,
)
from luthier.tools.language import mark

_NAMES = {"email": "EMAIL", "phone": "PHONE", "iban": "IBAN", "card": "CARD"}
REDACTED = "[KEY REMOVED]"


class Pseudonyms:
    """Learns who is named in the rows and then writes pseudonyms instead."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._by_value: dict[tuple[str, str], str] = {}
        self.table: dict[str, str] = {}
        counts: Counter[str] = Counter()
        for row in rows:
            for message in row.messages:
                for found in find_personal(message.content):
                    key = (found.kind, plain_value(found))
                    if key not in self._by_value:
                        counts[found.kind] += 1
                        token = f"[{_NAMES[found.kind]}_{counts[found.kind]}]"
                        self._by_value[key] = token
                        self.table[token] = found.value

    def __call__(self, row: Row) -> Row:
        """The row with every known value replaced."""
        return remade(row, tuple(self._message(message) for message in row.messages))

    def _message(self, message: Message) -> Message:
        found = find_personal(message.content)
        if not found:
            return message
        text = message.content
        for one in reversed(found):
            token = self._by_value.get((one.kind, plain_value(one)), f"[{_NAMES[one.kind]}]")
            text = text[: one.start] + token + text[one.end :]
        return with_content(message, text)


def plain_value(found: Private) -> str:
    """The value as it is compared: two spellings of one number are one number."""
    if found.kind == "email":
        return found.value.lower()
    return "".join(char for char in found.value if char.isalnum()).lower()


def restored(text: str, table: Mapping[str, str]) -> str:
    """``text`` with pseudonyms turned back into what they stand for."""
    for token, value in table.items():
        text = text.replace(token, value)
    return text


def pseudonymise(rows: Iterable[Row], _setting: str) -> MendRow:
    """Learn the pseudonyms from all rows."""
    return Pseudonyms(rows)


def without_secrets(text: str) -> str:
    """The text with each key replaced by a word."""
    found = find_secrets(text)
    for one in reversed(found):
        text = text[: one.start] + REDACTED + text[one.end :]
    return text


def _turns_without_secrets(messages: Messages) -> Messages:
    return each_text(without_secrets)(messages)


REMEDIES = (
    Remedy(
        name="redact_secrets",
        label=mark("take keys and tokens of services out of the text"),
        mends=("secrets",),
        turns=_turns_without_secrets,
    ),
    Remedy(
        name="pseudonymise",
        label=mark("replace personal data by pseudonyms that lead back only in your home folder"),
        mends=("personal_data",),
        automatic=False,
        learn=pseudonymise,
    ),
)
