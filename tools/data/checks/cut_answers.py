"""Answers that stop in the middle: cut by a length when they were written, exported or generated.

Three signs are taken, none of which needs the rest of the text: a record that begins as JSON and does
not parse while most others do; a code fence that opens and never closes; and several long answers of
exactly the same, greatest length that stop within a sentence.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from luthier.tools.data.checks.base import Places
from luthier.tools.data.model import Lineage, Problem, Row, Task
from luthier.tools.language import _

_LONG = 120  # characters from which equal lengths are no chance
_SPIKE = 3  # rows of exactly the greatest length
_ENDS = ".!?…。！？؟।:;)]}>\"'”’»`*_|~"
_RECORD_SHARE = 0.8


def stops_within(text: str) -> bool:
    """Whether the last character is a letter, a figure or a comma: no sentence ends so."""
    return bool(text) and text[-1] not in _ENDS and (text[-1].isalnum() or text[-1] in ",-–(")


def open_fence(text: str) -> bool:
    """Whether a code fence opens and never closes."""
    return "```" in text and text.count("```") % 2 == 1


def broken_record(text: str) -> bool:
    """Whether the text begins as a JSON object or list and cannot be read as one."""
    if text[:1] not in "{[" or text[:2] in ("[[", "{{"):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return True
    return False


def are_records(whole: int, broken: int, rows: int) -> bool:
    """Whether the answers of these rows are meant to be JSON, so that a broken one is a fault."""
    return whole >= _RECORD_SHARE * (whole + broken) and whole + broken >= rows / 2


class CutAnswers:
    """Counts the three signs; the spike of equal lengths needs only the greatest length so far."""

    def __init__(self) -> None:
        self._fences = Places()
        self._records = Places()
        self._whole_records = 0
        self._longest = 0
        self._spike = Places()

    def see(self, row: Row) -> None:
        """Look at the last answer."""
        answer = row.completion
        if answer[:1] == "{":
            self._see_record(row.source, answer)
        if open_fence(answer):
            self._fences.add(row.source, answer[-80:])
        length = len(answer)
        if length < self._longest or length < _LONG:
            return
        if length > self._longest:
            self._longest, self._spike = length, Places()
        if stops_within(answer):
            self._spike.add(row.source, answer[-80:])

    def _see_record(self, source: Lineage, answer: str) -> None:
        if broken_record(answer):
            self._records.add(source, answer[-80:])
        else:
            self._whole_records += 1

    def findings(self, rows: int, task: Task) -> Iterator[Problem]:
        """One finding for all signs that hold."""
        records, whole = self._records, self._whole_records
        if records.count and are_records(whole, records.count, rows):
            yield records.problem(
                "broken_record",
                "warns",
                _("The answer begins as JSON like the others, but is no valid JSON."),
                _("Mend the record by hand, or leave the row out."),
            )
        if self._fences.count:
            yield self._fences.problem(
                "answer_cut",
                "warns",
                _("The answer opens a block of code and never closes it: it was probably cut."),
                _("Complete the answer, or leave the row out."),
            )
        if self._spike.count >= _SPIKE:
            yield self._spike.problem(
                "answer_cut_by_length",
                "warns",
                _(
                    "Answers of exactly {length} characters, the most there is, stop in the middle of "
                    "a sentence: they were cut by a length.",
                    length=self._longest,
                ),
                _("Export the whole answers, or leave these rows out."),
            )
