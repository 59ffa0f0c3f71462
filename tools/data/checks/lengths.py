"""Rows of quite another length than the rest, and answers that say the same again and again."""

from __future__ import annotations

import heapq
import zlib
from array import array
from collections.abc import Iterator
from typing import NamedTuple

from luthier.tools.data.checks.base import MOST_PLACES, Places
from luthier.tools.data.findings import shorten
from luthier.tools.data.model import Lineage, Problem, Row, Task
from luthier.tools.language import _

_TIMES_MEDIAN = 20
_LONG = 4000  # characters below which a row is not worth a word, however short the others are
_FEWEST = 20  # rows from which a median means something
_LOOP_FROM = 1500
_LOOP_RATIO = 12  # ordinary prose shrinks by 2 to 3 under zlib, tables and code by up to 8
_STEP = 16  # characters per bin of the histogram
_BINS = 4096


class _Long(NamedTuple):
    length: int
    order: int
    source: Lineage
    text: str


class OutlierLengths:
    """A histogram of lengths and the twenty longest rows."""

    def __init__(self) -> None:
        self._bins = array("q", bytes(8 * _BINS))
        self._longest: list[_Long] = []
        self._rows = 0

    def see(self, row: Row) -> None:
        """Count the characters of the whole row."""
        length = 0
        for message in row.messages:
            length += len(message.content)
        self._rows += 1
        self._bins[min(length // _STEP, _BINS - 1)] += 1
        if length >= _LONG:
            text = max((message.content for message in row.messages), key=len)
            entry = _Long(length, -self._rows, row.source, text[:200])
            push = heapq.heappush if len(self._longest) < MOST_PLACES else heapq.heappushpop
            push(self._longest, entry)

    def findings(self, rows: int, task: Task) -> Iterator[Problem]:
        """A note that names the rows far longer than the median."""
        if self._rows < _FEWEST:
            return
        median = self._median()
        limit = max(_LONG, _TIMES_MEDIAN * median)
        far = sorted(
            (one for one in self._longest if one.length > limit), key=lambda one: -one.order
        )
        if not far:
            return
        places = Places()
        for one in far:
            places.add(one.source, one.text)
        longest = max(far)
        yield places.problem(
            "outlier_length",
            "warns",
            _(
                "Rows are far longer than the others: the longest has {longest} characters, half of "
                "the rows have at most {median}.",
                longest=longest.length,
                median=median,
            ),
            _("Look at them: shorten, split or leave out what does not belong."),
        ).model_copy(update={"example": shorten(longest.text)})

    def _median(self) -> int:
        seen = 0
        for number, count in enumerate(self._bins):
            seen += count
            if 2 * seen >= self._rows:
                return (number + 1) * _STEP
        return _BINS * _STEP


class LoopedAnswers:
    """Long answers that shrink to almost nothing when compressed: a generator ran in circles."""

    def __init__(self) -> None:
        self._places = Places()

    def see(self, row: Row) -> None:
        """Compress long answers."""
        for message in row.messages:
            if message.role == "assistant" and is_looped(message.content):
                self._places.add(row.source, message.content)
                return

    def findings(self, rows: int, task: Task) -> Iterator[Problem]:
        """One warning."""
        if self._places.count:
            yield self._places.problem(
                "looped_answer",
                "warns",
                _("A long answer repeats the same words over and over."),
                _("Shorten it to what is meant, or leave the row out."),
            )


def is_looped(text: str) -> bool:
    """Whether a long text is mostly repetition, by how much zlib shrinks it."""
    if len(text) < _LOOP_FROM:
        return False
    raw = text[:100_000].encode("utf-8", "replace")
    return len(raw) > _LOOP_RATIO * len(zlib.compress(raw, 1))
