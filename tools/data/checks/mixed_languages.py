"""A few rows in another language than all others, told by py3langid on a sample of the rows."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from luthier.tools.data.checks.base import Places
from luthier.tools.data.model import Lineage, Problem, Row, Task
from luthier.tools.data.places import place_key
from luthier.tools.language import _

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_SAMPLE = 400  # rows, drawn by their ids, so that the same rows give the same sample
_LONGEST = 400  # characters looked at
_LETTERS = 40  # letters below which a language cannot be told
_SURE = 0.9  # probability from which the model's word is taken
_MAIN = 0.8  # share of one language from which the others are unexpected


class _Drawn(NamedTuple):
    draw: int  # negative, so that the heap drops the largest
    number: int
    source: Lineage
    prompt: str
    answer: str


class MixedLanguages:
    """Keeps the sample with the smallest ids and looks at it in the end."""

    def __init__(self) -> None:
        self._sample: list[_Drawn] = []
        self._rows = 0

    def see(self, row: Row) -> None:
        """Draw the row or pass it over."""
        draw = -int(row.id, 16)
        self._rows += 1
        if len(self._sample) == _SAMPLE and draw <= self._sample[0].draw:
            return
        asked = next((m.content for m in reversed(row.prompt) if m.role == "user"), "")
        drawn = _Drawn(draw, self._rows, row.source, asked[:_LONGEST], row.completion[:_LONGEST])
        if len(self._sample) < _SAMPLE:
            heapq.heappush(self._sample, drawn)
        else:
            heapq.heapreplace(self._sample, drawn)

    def findings(self, rows: int, task: Task) -> Iterator[Problem]:
        """A note where one language is nearly everywhere and others turn up."""
        sample = sorted(self._sample, key=lambda drawn: place_key(drawn.source))
        for side in ("prompt", "answer"):
            found = _strangers([(one.source, getattr(one, side)) for one in sample])
            if found is None:
                continue
            places, main, others = found
            names = ", ".join(sorted(others))
            yield places.problem(
                "mixed_languages",
                "note",
                _(
                    "Nearly all questions are in “{main}”, some in {others} ({sample} rows looked at).",
                    main=main, others=names, sample=len(sample),
                )
                if side == "prompt"
                else _(
                    "Nearly all answers are in “{main}”, some in {others} ({sample} rows looked at).",
                    main=main, others=names, sample=len(sample),
                ),
                _("Leave them out if the model shall speak one language only; else add more of them."),
            )  # fmt: skip


def _strangers(texts: list[tuple[Lineage, str]]) -> tuple[Places, str, set[str]] | None:
    told = []
    for source, text in texts:
        language = language_of(text)
        if language:
            told.append((source, text, language))
    if not told:
        return None
    main, count = Counter(language for _source, _text, language in told).most_common(1)[0]
    if count == len(told) or count < _MAIN * len(told):
        return None
    places, others = Places(), set()
    for source, text, language in told:
        if language != main:
            places.add(source, text)
            others.add(language)
    return places, main, others


def language_of(text: str) -> str:
    """The ISO 639-1 code of the language, "" where it cannot be told with confidence."""
    if sum(char.isalpha() for char in text) < _LETTERS or "```" in text or text[:1] in "{[<":
        return ""
    language, sure = _identifier().classify(text)
    return str(language) if sure >= _SURE else ""


_loaded: list[LanguageIdentifier] = []


def _identifier() -> LanguageIdentifier:
    """The model, read once per process (a fifth of a second)."""
    if not _loaded:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier

        _loaded.append(LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True))
    return _loaded[0]
