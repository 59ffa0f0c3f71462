"""Which of the offered answers a user means: by number, by name, or by words of its label."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapidfuzz import fuzz

from luthier.agent.brains.guide.arabic import in_english, plain_letters
from luthier.agent.brains.guide.understand_words import phrases, plain
from luthier.tools.questions import Choice

_ORDINALS = {
    "first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4,
    "fifth": 5, "5th": 5, "sixth": 6, "6th": 6, "last": -1, "one": 1, "two": 2, "three": 3,
    "four": 4, "five": 5, "six": 6, "top": 1, "upper": 1, "former": 1, "latter": -1,
}  # fmt: skip
_AROUND_A_NUMBER = re.compile(
    r"\b(?:option|number|no|choice|answer|the|one|item|i|ill|take|choose|pick|want|would|like|please"
    r"|with|go|lets|select|that|it|is|use|and)\b"
)
_EMPTY_WORDS = phrases(
    """a|an|the|i|id|ill|we|it|is|am|are|be|to|of|in|on|for|with|and|or|my|our|me|us|please|want
    |would|like|take|choose|pick|use|go|lets|let|just|think|rather|prefer|this|that|these|those|so
    |do|have|has|into|as|at|by|some|can|you|your|will|need
    |اريد|ان|من|في|علي|الي|عن|هذا|هذه|ذلك|لي|هو|هي|مع|او|ثم|اي|خذ|اختر|خيار|اختار|اظن"""
)
_NEGATIONS = frozenset(
    {"not", "dont", "no", "without", "except", "neither", "never", "isnt"}
    | {"لا", "ليس", "لست", "لم", "لن", "غير", "دون", "بدون", "عدا"}
)
_ARTICLE = re.compile(r"^(?:و?(?:ال|بال|لل|كال)|و)(?=[\u0600-\u06ff]{3})")
_SAME_WORD = 82
"""Least similarity (0 to 100) at which two words count as the same, one of them mistyped."""
_ENOUGH = 0.5
"""Least share of the user's telling words that a choice must explain."""


def read_choice(text: str, choices: Sequence[Choice]) -> str | None:
    """The id of the choice meant, or None where none or more than one fits.

    Understands "2", "the second one", the id, the label, words of the label and slips in them.
    """
    words = _plain(text)
    if not words or not choices:
        return None
    for choice in choices:
        if words in (_plain(choice.id), _plain(choice.label), _plain(choice.id.replace("_", " "))):
            return choice.id
    by_place = _by_place(_plain(in_english(text)), choices)
    if by_place:
        return by_place
    if text.strip().endswith(("?", "؟")) or set(words.split()) & _NEGATIONS:
        return None
    return _by_words(words, choices)


def _plain(text: str) -> str:
    """Like :func:`plain`, with Arabic letters in one spelling and without the article."""
    words = plain(plain_letters(text)).split()
    return " ".join(_ARTICLE.sub("", word) for word in words)


def _by_place(words: str, choices: Sequence[Choice]) -> str | None:
    bare = words
    if words not in _ORDINALS:
        bare = " ".join(_AROUND_A_NUMBER.sub(" ", words).split()).strip(" .,:#")
    digits = re.fullmatch(r"#?(\d{1,2})[.):]?", bare)
    place = int(digits.group(1)) if digits else _ORDINALS.get(bare, 0)
    if place == -1:
        return choices[-1].id
    return choices[place - 1].id if 1 <= place <= len(choices) else None


def _by_words(words: str, choices: Sequence[Choice]) -> str | None:
    said = [word for word in re.findall(r"[\w%.]+", words) if word not in _EMPTY_WORDS]
    if not said:
        return None
    scored = sorted(
        ((_explained(said, choice), choice.id) for choice in choices), key=lambda pair: -pair[0]
    )
    best, name = scored[0]
    second = scored[1][0] if len(scored) > 1 else 0.0
    return name if best >= _ENOUGH and best - second > 0.05 else None


def _explained(said: Sequence[str], choice: Choice) -> float:
    """The share of the user's words found in the choice; words of the small print count half."""
    named = re.findall(r"[\w%.]+", _plain(f"{choice.label} {choice.id.replace('_', ' ')}"))
    detail = re.findall(r"[\w%.]+", _plain(choice.detail))
    total = 0.0
    for word in said:
        if any(_same(word, other) for other in named):
            total += 1.0
        elif any(_same(word, other) for other in detail):
            total += 0.5
    return total / len(said)


def _same(word: str, other: str) -> bool:
    if word == other:
        return True
    if min(len(word), len(other)) < 4 or word.isdigit() or other.isdigit():
        return False
    return fuzz.ratio(word, other) >= _SAME_WORD or other.startswith(word) or word.startswith(other)
