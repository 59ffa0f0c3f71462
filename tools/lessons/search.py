"""Find the lessons that answer a question: BM25 over the entries, with titles and terms in front.

The index of a few dozen entries is built once per language, in milliseconds, at the first search. A
question is looked up in the language it is written in, whatever language the lessons are shown in. A
query that shares too little with an entry finds nothing rather than noise.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from luthier.tools.language import ENGLISH, current_language
from luthier.tools.lessons.library import Lesson, list_lessons
from luthier.tools.lessons.words import fold, script_of, stems, words

__all__ = ["Lesson", "list_lessons", "search_lessons"]

_HEAD_WEIGHT = 3
"""How often title and terms count, as if they were written so many times."""
_LEAST_EXPLAINED = 0.5
"""Least share of the question's telling words (weighted by rarity) that an entry must hold."""
_SAME_WORD = 83
"""Least similarity (0 to 100) at which an unknown word is read as a mistyped known one."""
_LEAST_BESIDE_A_NAME = 0.3
"""The same, where the question holds a whole title or term of the entry."""
_WORD_FOR_WORD = 10.0
"""Score of a lesson named word for word where nothing else scores higher."""
_BESIDE_THE_BEST = 0.25
"""Least share of the best score that a further lesson must have."""


@dataclass(frozen=True, slots=True)
class _Index:
    code: str
    lessons: tuple[Lesson, ...]
    heads: tuple[tuple[frozenset[str], ...], ...]
    contents: tuple[frozenset[str], ...]
    rarity: dict[str, float]
    unknown_rarity: float
    words: frozenset[str]
    phrases: dict[str, int]
    retriever: Any


def search_lessons(query: str, limit: int = 3) -> list[Lesson]:
    """The best ``limit`` lessons for a question in plain words, best first; empty where none fits.

    They come in the language in use. The score is the entry's BM25 score, up to doubled where its
    title or one of its terms says just what the question says; a question that is a title or a term
    word for word comes first.
    """
    shown = {lesson.id: lesson for lesson in list_lessons()}
    for code in _languages_of(query):
        found = _search(query, _index(code))
        if found:
            best = [replace(shown[lesson.id], score=lesson.score) for lesson in found]
            return best[: max(0, limit)]
    return []


def _languages_of(query: str) -> tuple[str, ...]:
    """The languages a question may be in: that of its letters, else the one in use and English."""
    own = script_of(query)
    used = current_language().code
    if own:
        return (own,)
    return (ENGLISH.code,) if used == ENGLISH.code else (ENGLISH.code, used)


def _search(query: str, index: _Index) -> list[Lesson]:
    named = index.phrases.get(_phrase(query))
    asked = [_known_word(word, index) for word in words(query[:500])]
    wanted = stems(asked, index.code)
    found = _scored(frozenset(wanted), index.retriever.get_scores(wanted), index) if wanted else []
    found.sort(key=lambda lesson: (-lesson.score, lesson.id))
    if named is not None:
        best = max(_WORD_FOR_WORD, found[0].score if found else 0.0)
        rest = [lesson for lesson in found if lesson.id != index.lessons[named].id]
        found = [replace(index.lessons[named], score=best), *rest]
    return [lesson for lesson in found if lesson.score >= _BESIDE_THE_BEST * found[0].score]


def _scored(wanted: frozenset[str], scores: Any, index: _Index) -> list[Lesson]:
    found = []
    for place, lesson in enumerate(index.lessons):
        heads = index.heads[place]
        named = any(head and head <= wanted for head in heads)
        least = _LEAST_BESIDE_A_NAME if named else _LEAST_EXPLAINED
        if scores[place] > 0 and _explained(wanted, place, index) >= least:
            closeness = max(_overlap(wanted, head) for head in heads)
            found.append(replace(lesson, score=float(scores[place]) * (1 + closeness)))
    return found


@cache
def _index(code: str) -> _Index:
    import bm25s

    lessons = list_lessons(code)
    names = _names(code)
    documents = [
        stems(words(" ".join(names[lesson.id])), code) * _HEAD_WEIGHT
        + stems(words(lesson.text), code)
        for lesson in lessons
    ]
    retriever = bm25s.BM25()
    retriever.index(documents, show_progress=False)
    counts = Counter(stem for document in documents for stem in set(document))
    return _Index(
        code=code,
        lessons=lessons,
        heads=tuple(
            tuple(frozenset(stems(words(name), code)) for name in names[lesson.id])
            for lesson in lessons
        ),
        contents=tuple(frozenset(document) for document in documents),
        rarity={stem: _rarity(len(lessons), count) for stem, count in counts.items()},
        unknown_rarity=_rarity(len(lessons), 0),
        words=frozenset(
            word for lesson in lessons for word in words(" ".join((*names[lesson.id], lesson.text)))
        ),
        phrases={
            _phrase(name): place
            for place, lesson in enumerate(lessons)
            for name in names[lesson.id]
        },
        retriever=retriever,
    )


def _names(code: str) -> dict[str, tuple[str, ...]]:
    """Title and terms of every lesson, the English ones too: they turn up in every language."""
    names = {lesson.id: (lesson.title, *lesson.terms) for lesson in list_lessons(ENGLISH.code)}
    if code != ENGLISH.code:
        for lesson in list_lessons(code):
            names[lesson.id] = (lesson.title, *lesson.terms, *names[lesson.id])
    return names


def _rarity(documents: int, count: int) -> float:
    """Inverse document frequency as BM25 has it (Robertson and Sparck Jones, smoothed)."""
    return math.log(1 + (documents - count + 0.5) / (count + 0.5))


def _explained(wanted: frozenset[str], place: int, index: _Index) -> float:
    """The share of the question's words, weighted by rarity, that the lesson at ``place`` holds."""
    weights = {stem: index.rarity.get(stem, index.unknown_rarity) for stem in wanted}
    held = sum(weight for stem, weight in weights.items() if stem in index.contents[place])
    return held / sum(weights.values())


def _overlap(wanted: frozenset[str], head: frozenset[str]) -> float:
    """Jaccard similarity of two sets of stems."""
    return len(wanted & head) / len(wanted | head)


def _phrase(text: str) -> str:
    return " ".join(re.findall(r"\w+", fold(text[:500])))


def _known_word(word: str, index: _Index) -> str:
    known = word in index.words or stems([word], index.code)[0] in index.rarity
    if known or len(word) < 4:
        return word
    from rapidfuzz import fuzz, process

    near = process.extractOne(word, sorted(index.words), scorer=fuzz.ratio, score_cutoff=_SAME_WORD)
    return str(near[0]) if near else word
