"""Files with one fault each: what was done to which lines, and what a checker should say of them.

Every file begins as the same 120 good conversations (or labelled rows) in OpenAI's messages format, one
JSON object per line, so that every checker compared can read it; then one fault is put in.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROWS = 120
AT = 60  # index of the row that is made faulty; its line is one more
Row = dict[str, Any]

_WORDS = [
    "lamp",
    "chair",
    "invoice",
    "parcel",
    "colour",
    "refund",
    "shelf",
    "kettle",
    "window",
    "carpet",
    "ladder",
    "mirror",
    "garden",
    "bottle",
    "pencil",
    "jacket",
    "helmet",
    "basket",
    "candle",
    "blanket",
    "drawer",
    "engine",
    "folder",
    "guitar",
    "hammer",
    "island",
    "jungle",
]
_LABELS = ("refund", "delivery", "complaint", "praise")


@dataclass(frozen=True)
class Fault:
    """One seeded fault: ``codes`` are Luthier's names for it, ``lines`` where it stands."""

    name: str
    write: Callable[[Path], None]
    codes: tuple[str, ...]
    lines: tuple[int, ...] = ()
    against: bool = field(default=False, metadata={"means": "an evaluation file lies beside it"})
    learning: bool = field(default=False, metadata={"means": "shows only in the model's tokens"})


def rows(labels: bool = False) -> list[Row]:
    """The good rows, the same every time."""
    chance = random.Random(11)
    made = []
    for number in range(ROWS):
        words = chance.sample(_WORDS, 6)
        asked = f"Customer {number} writes: the {words[0]} beside my {words[1]} needs a {words[2]}?"
        answer = f"We look after the {words[3]} for you, number {number}, and bring a {words[4]}."
        if labels:
            answer = _LABELS[number % len(_LABELS)]
        made.append(conversation(asked, answer))
    return made


def conversation(question: Any, answer: Any, **more: Any) -> Row:
    """A row of two turns."""
    turns = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return {"messages": turns, **more}


def dump(path: Path, made: list[Row], encoding: str = "utf-8") -> None:
    """One JSON object per line."""
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in made)
    path.write_text(text, encoding=encoding)


def changed(change: Callable[[list[Row]], None], labels: bool = False) -> Callable[[Path], None]:
    """A writer of the good rows after ``change``."""

    def write(path: Path) -> None:
        made = rows(labels)
        change(made)
        dump(path, made)

    return write


def turn(number: int, key: str, value: Any, at: int = AT) -> Callable[[list[Row]], None]:
    """A change of one key of one turn."""

    def change(made: list[Row]) -> None:
        made[at]["messages"][number][key] = value

    return change


def answer(text: Any) -> Callable[[Path], None]:
    """The faulty row answers ``text``."""
    return changed(turn(1, "content", text))


def question(text: Any) -> Callable[[Path], None]:
    """The faulty row asks ``text``."""
    return changed(turn(0, "content", text))


def turns(*said: tuple[str, str]) -> Callable[[Path], None]:
    """The faulty row has these turns."""

    def change(made: list[Row]) -> None:
        made[AT]["messages"] = [{"role": role, "content": text} for role, text in said]

    return changed(change)


def line(change: Callable[[str], str]) -> Callable[[Path], None]:
    """The faulty row's line as text is changed."""

    def write(path: Path) -> None:
        dump(path, rows())
        lines = path.read_text(encoding="utf-8").split("\n")
        lines[AT] = change(lines[AT])
        path.write_text("\n".join(lines), encoding="utf-8")

    return write


def each(change: Callable[[int, Row], None], labels: bool = False) -> Callable[[Path], None]:
    """Every row is changed by its number."""

    def all_rows(made: list[Row]) -> None:
        for number, row in enumerate(made):
            change(number, row)

    return changed(all_rows, labels)
