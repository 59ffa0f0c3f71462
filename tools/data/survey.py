"""One pass over a source: every record becomes a row, a duplicate, or a finding with its line.

The pass is the same for looking (``inspect``) and for writing (``prepare``), so that what was shown
is what is written. Rows in = used + duplicates + left out, always.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

from luthier.tools.data.cells import lookup
from luthier.tools.data.checks.registry import CHECKS
from luthier.tools.data.findings import Tally
from luthier.tools.data.model import Mapping, Problem, Row, SampleRow, Task
from luthier.tools.data.readers.base import Record, Source, Unreadable
from luthier.tools.data.readers.registry import read_items
from luthier.tools.data.rows import Refused, make_row
from luthier.tools.data.task import TaskJudge
from luthier.tools.progress import Progress, silent

_SAMPLES = 3
_LONGEST_SAMPLE = 2000
_LOST = "\ufffd"

Keep = Callable[[Row, Record], None]
"""Receives every usable row that is no duplicate, with the record it was made from."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What one pass over the source found."""

    rows_in: int
    usable: int
    duplicates: int
    problems: tuple[Problem, ...]
    samples: tuple[SampleRow, ...]
    task: Task

    @property
    def left_out(self) -> int:
        """Rows that cannot be used."""
        return sum(problem.count for problem in self.problems if problem.leaves_out)


def survey(
    source: Source,
    mapping: Mapping,
    *,
    keep: Keep = lambda _row, _record: None,
    exclude: Collection[str] = (),
    progress: Progress = silent,
) -> Survey:
    """Read the whole source under ``mapping``; ``keep`` receives every usable, unique row.

    Rows whose id is in ``exclude`` were set aside by the user and count as left out.
    """
    return _Pass(source, mapping, keep, frozenset(exclude)).run(progress)


class _Pass:
    def __init__(
        self,
        source: Source,
        mapping: Mapping,
        keep: Keep,
        exclude: frozenset[str],
    ) -> None:
        self._source = source
        self._exclude = exclude
        self._mapping = mapping
        self._keep = keep
        self._tally = Tally()
        self._checks = [make() for make in CHECKS]
        self._task = TaskJudge()
        self._seen: set[int] = set()
        self._samples: list[SampleRow] = []
        self._duplicates = 0
        self._lists = _nested_lists(mapping)

    def run(self, progress: Progress) -> Survey:
        rows_in = 0
        label, told = f"Reading {self._source.path.name}", 0.0
        for item in read_items(self._source):
            rows_in += 1
            if isinstance(item, Unreadable):
                self._tally.add(item.code, item.line, item.detail, item.excerpt)
            else:
                self._record(item)
            if rows_in % 256 == 0 and time.monotonic() - told > 0.1:
                told = time.monotonic()
                progress(label, self._source.position(), self._source.bytes)
        progress(label, self._source.bytes, self._source.bytes)
        task = self._task.judge()
        usable = len(self._seen)
        found = [finding for check in self._checks for finding in check.findings(usable, task)]
        if usable == 1 and self._duplicates:
            found.append(_all_identical(self._duplicates + 1))
        problems = (*self._tally.problems(), *found)
        return Survey(rows_in, usable, self._duplicates, problems, tuple(self._samples), task)

    def _record(self, record: Record) -> None:
        row = make_row(record, self._mapping, self._source.path.name)
        if isinstance(row, Refused):
            self._tally.add(row.code, row.line, row.detail, row.example)
            return
        if row.id in self._exclude:
            self._tally.add("set_aside", row.source.line, "", row.completion)
            return
        content = int(row.id, 16)
        if content in self._seen:
            self._duplicates += 1
            return
        self._seen.add(content)
        self._note(record, row)
        self._keep(row, record)

    def _note(self, record: Record, row: Row) -> None:
        if any(_LOST in message.content for message in row.messages):
            self._tally.add("damaged_characters", record.line, "", row.messages[-1].content)
        for name in self._lists:
            entries = lookup(record.values, name)
            if isinstance(entries, list) and len(entries) > 1:
                self._tally.add("several_entries", record.line, f"in “{name}”")
                break
        self._task.see(row.completion)
        for check in self._checks:
            check.see(row)
        if len(self._samples) < _SAMPLES:
            self._samples.append(_sample(row))


def _sample(row: Row) -> SampleRow:
    turns = row.prompt
    if len(turns) == 1:
        prompt = turns[0].content
    else:
        prompt = "\n".join(f"{turn.role}: {turn.content}" for turn in turns)
    return SampleRow(
        line=row.source.line,
        prompt=prompt[:_LONGEST_SAMPLE],
        completion=row.completion[:_LONGEST_SAMPLE],
    )


def _nested_lists(mapping: Mapping) -> tuple[str, ...]:
    names = (*mapping.prompt, mapping.completion)
    return tuple({name.split(".0.")[0] for name in names if ".0." in name})


def _all_identical(rows: int) -> Problem:
    return Problem(
        code="all_identical",
        severity="blocks",
        message=f"All {rows} rows are the same.",
        remedy="Check that the export is right; one row cannot teach or test anything.",
        count=rows,
    )
