"""Rows that ask what Luthier asks to see whether tuning cost a model its general ability.

The questions are few and short, so that most rows are told by their length alone. Of the others, those
that share a telling word and half of all words with a question are compared by their runs of five
characters.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from luthier.tools.data.checks.base import Places
from luthier.tools.data.model import Problem, Row, Task
from luthier.tools.data.near_copies import SIMILARITY, ascii_words, level
from luthier.tools.language import _, plural

_RUN = 5
_SLACK = 1.5  # of the longest question; case, blanks and marks may add to a copy


class GeneralQuestions:
    """Counts rows whose question is one of the set, or nearly so."""

    def __init__(self) -> None:
        self._places = Places()

    def see(self, row: Row) -> None:
        """Compare the last thing that was asked."""
        if asks_general_question(row):
            self._places.add(row.source, _asked(row))

    def findings(self, rows: int, task: Task) -> Iterator[Problem]:
        """A warning: what is learned here can no longer be measured there."""
        if self._places.count:
            yield self._places.problem(
                "overlap_with_general_questions",
                "warns",
                plural(
                    "{n} question is among those, or nearly one of those, by which Luthier tests what "
                    "tuning cost a model of its general ability.",
                    "{n} questions are among those, or nearly some of those, by which Luthier tests "
                    "what tuning cost a model of its general ability.",
                    self._places.count,
                ),
                _("Leave them out of the training, unless they are what the model is for."),
            )


def asks_general_question(row: Row) -> bool:
    """Whether the row's last question is one of the set, or nearly one."""
    known = _questions()
    asked = _asked(row)
    if len(asked) > known.longest:
        return False
    split = _words(asked)
    if known.telling.keys().isdisjoint(split):
        return False
    words = set(split)
    near = [
        question
        for word in words & known.telling.keys()
        for question in known.telling[word]
        if 2 * len(words & question.words) >= len(question.words)
    ]
    text = level(asked) if near else ""
    return bool(near) and any(_similar(text, question) for question in near)


def _asked(row: Row) -> str:
    return row.messages[-2].content if len(row.messages) > 1 else ""


@dataclass(frozen=True, slots=True)
class _Question:
    words: frozenset[bytes]
    runs: frozenset[str]


class _Questions:
    """The set, levelled: its texts, and the questions by the words that tell them from the others."""

    def __init__(self) -> None:
        from luthier.tools.evaluation.abilities.instructions import INSTRUCTIONS
        from luthier.tools.evaluation.abilities.knowledge import KNOWLEDGE
        from luthier.tools.evaluation.abilities.refusals import REFUSALS

        asked = [item.prompt for item in (*INSTRUCTIONS, *REFUSALS)]
        asked += [item.prompt for item in KNOWLEDGE]
        self.longest = int(_SLACK * max(map(len, asked)))
        texts = frozenset(map(level, asked))
        counts = Counter(word for text in texts for word in set(_words(text)))
        self.telling: dict[bytes, list[_Question]] = defaultdict(list)
        for text in texts:
            question = _Question(frozenset(_words(text)), frozenset(_runs(text)))
            rarest = min(counts[word] for word in question.words)
            for word in question.words:
                if counts[word] == rarest:
                    self.telling[word].append(question)


@cache
def _questions() -> _Questions:
    return _Questions()


def _words(text: str) -> list[bytes]:
    return ascii_words(text) if text.isascii() else level(text).encode("utf-8", "replace").split()


def _similar(text: str, question: _Question) -> bool:
    """Whether the Jaccard similarity of their runs reaches that of near copies."""
    runs = _runs(text)
    return len(runs & question.runs) >= SIMILARITY * len(runs | question.runs)


def _runs(text: str) -> set[str]:
    return {text[start : start + _RUN] for start in range(max(1, len(text) - _RUN + 1))}
