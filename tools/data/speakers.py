"""Chats among people made into training turns: one person is the assistant, the others are the user.

Names can be replaced by Person A, Person B, … wherever they stand, so that a model does not learn
who said what.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from luthier.tools.data.model import Message


def is_spoken(value: Any) -> bool:
    """Whether this is a conversation whose turns name a speaker rather than a role."""
    return (
        isinstance(value, list)
        and bool(value)
        and isinstance(value[0], dict)
        and "speaker" in value[0]
        and all(isinstance(turn, dict) and {"speaker", "text"} <= turn.keys() for turn in value)
    )


def speaker_messages(
    turns: Sequence[dict[str, Any]], assistant: str, people: Sequence[str]
) -> list[Message]:
    """Messages from the first question to the last answer by ``assistant``; [] where there is none.

    Turns that follow one another on one side are joined by line breaks. With more than two people,
    the names of the others stand before what they say. ``people`` are replaced by letters.
    """
    others = {str(turn["speaker"]) for turn in turns} - {assistant}
    messages: list[tuple[str, str]] = []
    for turn in turns:
        speaker = str(turn["speaker"])
        text = pseudonymised(str(turn["text"]).strip(), people)
        role = "assistant" if speaker == assistant else "user"
        if role == "user" and len(others) > 1:
            text = f"{pseudonymised(speaker, people)}: {text}"
        if messages and messages[-1][0] == role:
            messages[-1] = (role, f"{messages[-1][1]}\n{text}")
        else:
            messages.append((role, text))
    while messages and messages[0][0] == "assistant":
        messages.pop(0)
    while messages and messages[-1][0] == "user":
        messages.pop()
    return [Message(role=role, content=text) for role, text in messages]  # type: ignore[arg-type]


def has_unanswered(turns: Any, assistant: str) -> bool:
    """Whether :func:`speaker_messages` leaves out turns of a chat at the beginning or the end."""
    if not is_spoken(turns):
        return False
    first, last = (str(turns[place]["speaker"]) for place in (0, -1))
    return first == assistant or last != assistant


def pseudonymised(text: str, people: Sequence[str]) -> str:
    """``text`` with every whole name and first name of ``people`` replaced by a letter."""
    if not people:
        return text
    pattern, letters = _pattern(tuple(people))
    return pattern.sub(lambda found: letters[found.group().casefold()], text)


@lru_cache(maxsize=64)
def _pattern(people: tuple[str, ...]) -> tuple[re.Pattern[str], dict[str, str]]:
    letters: dict[str, str] = {}
    for index, name in enumerate(people):
        letter = f"Person {_letter(index)}"
        letters.setdefault(name.casefold(), letter)
    for index, name in enumerate(people):
        for part in name.split():
            if len(part) > 2 and any(char.isalpha() for char in part):
                letters.setdefault(part.casefold(), f"Person {_letter(index)}")
    longest_first = sorted(letters, key=len, reverse=True)
    alternatives = "|".join(re.escape(name) for name in longest_first)
    return re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)", re.I), letters


def _letter(index: int) -> str:
    """A, B, … Z, AA, AB, …"""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name
