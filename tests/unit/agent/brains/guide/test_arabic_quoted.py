"""What Luthier tells the user to say is understood in Arabic as it is in English, text by text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.pofile import read_po

from luthier.agent.brains.guide.arabic import ARABIC
from luthier.agent.brains.guide.understand import read_intent
from luthier.tools import lessons
from luthier.tools.language import FOLDER, ROOMS

_QUOTED = re.compile('“([^”]+)”|"([^"]+)"|«([^»]+)»')
_FIELD = re.compile(r"\{[^{}]*\}")
_NO_WISHES = frozenset({"none", "question", "greeting", "path"})
_ELSEWHERE = frozenset({"none"})
"""Said to /budget, not to the guide."""


def texts() -> Iterator[tuple[str, str]]:
    """Every text of the program in English and in Arabic."""
    for room in ROOMS:
        with (FOLDER / "ar" / "LC_MESSAGES" / f"{room}.po").open("rb") as file:
            for message in read_po(file, locale="ar"):
                if isinstance(message.id, str) and isinstance(message.string, str):
                    yield message.id, message.string
    folder = Path(str(lessons.__file__)).parent / "entries"
    for lesson in sorted(folder.glob("*.md")):
        yield body(lesson), body(folder / "ar" / lesson.name)


def body(lesson: Path) -> str:
    return lesson.read_text("utf-8").split("---\n", 2)[2]


def quoted(text: str) -> list[str]:
    return [_FIELD.sub("3", next(filter(None, found))) for found in _QUOTED.findall(text)]


def meaning(said: str) -> tuple[object, ...]:
    """What is meant, without the words that are values."""
    intent = read_intent(said)
    tools = [
        getattr(wish, "tool", None)
        or getattr(wish, "kind", None)
        or getattr(wish, "measuring", None)
        for wish in (
            intent.wish,
            intent.hosting,
            intent.reading,
            intent.session,
            intent.where,
            intent.trials,
            intent.alternatives,
        )
    ]
    fields = [change.field_words for change in intent.changes]
    return intent.kind, intent.stage, tools, fields


def test_every_quoted_wish_means_the_same_in_arabic() -> None:
    compared = 0
    differ = []
    for english, arabic in texts():
        said = quoted(english)
        wishes = [words for words in said if meaning(words)[0] not in _NO_WISHES | _ELSEWHERE]
        if not wishes:
            continue
        translated = quoted(arabic)
        if len(translated) != len(said):
            differ.append(f"{said} | {translated}")
            continue
        for one, other in zip(said, translated, strict=True):
            if one in wishes and one not in _ELSEWHERE:
                compared += 1
                if meaning(one) != meaning(other) or (" " in one and not ARABIC.search(other)):
                    differ.append(f"{one} | {other}: {meaning(one)} {meaning(other)}")
    assert differ == []
    assert compared > 150
