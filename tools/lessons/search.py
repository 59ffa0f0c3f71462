"""Find the lessons that answer a question: BM25 over the entries, with titles and terms in front.

The index of a few dozen entries is built once, in milliseconds, at the first search. A query that
shares too little with an entry finds nothing rather than noise.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from luthier.tools.lessons.library import Lesson, list_lessons

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
_STOPWORDS = frozenset(
    word
    for line in (
        "a about actually all also am an and any anything are as at be been but by can could did do",
        "does doing done explain for from get give had has have he hello hey hi how i if in into is",
        "it its just know let lets like lesson luthier made make matter me mean meaning means more my of",
        "oh ok on one or our out please really s say shall should show so some something t tell than",
        "that the their them then there these they thing things this those to us use used using",
        "very want was we were what whats when where which while who why will with would you your",
    )
    for word in line.split()
)


@dataclass(frozen=True, slots=True)
class _Index:
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

    The score is the entry's BM25 score, up to doubled where its title or one of its terms says
    just what the question says; a question that is a title or a term word for word comes first.
    """
    index = _index()
    named = index.phrases.get(_phrase(query))
    words = [_known_word(word, index.words) for word in _words(query[:500])]
    stems = _stems(words)
    found = _scored(frozenset(stems), index.retriever.get_scores(stems), index) if stems else []
    found.sort(key=lambda lesson: (-lesson.score, lesson.id))
    if named is not None:
        best = max(_WORD_FOR_WORD, found[0].score if found else 0.0)
        rest = [lesson for lesson in found if lesson.id != index.lessons[named].id]
        found = [replace(index.lessons[named], score=best), *rest]
    worth_it = [lesson for lesson in found if lesson.score >= _BESIDE_THE_BEST * found[0].score]
    return worth_it[: max(0, limit)]


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
def _index() -> _Index:
    import bm25s

    lessons = list_lessons()
    documents = [
        _stems(_words(" ".join((lesson.title, *lesson.terms)))) * _HEAD_WEIGHT
        + _stems(_words(lesson.text))
        for lesson in lessons
    ]
    retriever = bm25s.BM25()
    retriever.index(documents, show_progress=False)
    counts = Counter(stem for document in documents for stem in set(document))
    return _Index(
        lessons=lessons,
        heads=tuple(
            tuple(frozenset(_stems(_words(name))) for name in (lesson.title, *lesson.terms))
            for lesson in lessons
        ),
        contents=tuple(frozenset(document) for document in documents),
        rarity={stem: _rarity(len(lessons), count) for stem, count in counts.items()},
        unknown_rarity=_rarity(len(lessons), 0),
        words=frozenset(
            word
            for lesson in lessons
            for word in _words(" ".join((lesson.title, *lesson.terms, lesson.text)))
        ),
        phrases={
            _phrase(name): place
            for place, lesson in enumerate(lessons)
            for name in (lesson.title, *lesson.terms)
        },
        retriever=retriever,
    )


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
    return " ".join(re.findall(r"\w+", text.casefold()[:500]))


def _words(text: str) -> list[str]:
    found = re.findall(
        r"[a-z0-9]+(?:-[a-z0-9]+)*", text.casefold().replace("’", "").replace("'", "")
    )
    parts = [part for word in found for part in word.split("-")]
    return [word for word in parts if word not in _STOPWORDS]


def _known_word(word: str, known: frozenset[str]) -> str:
    if word in known or len(word) < 4:
        return word
    from rapidfuzz import fuzz, process

    near = process.extractOne(word, sorted(known), scorer=fuzz.ratio, score_cutoff=_SAME_WORD)
    return str(near[0]) if near else word


def _stems(words: Sequence[str]) -> list[str]:
    return [str(stem) for stem in _stemmer().stemWords(list(words))]


@cache
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")
