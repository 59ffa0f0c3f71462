"""One pass over a source: every record becomes a row, a duplicate, or a finding with its line.

The pass is the same for looking (``inspect``) and for writing (``prepare``), so that what was shown
is what is written. Rows in = used + duplicates + left out, always.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from luthier.tools.data.cells import lookup
from luthier.tools.data.check_helpers import (
    COLLECT_AFTER,
    FIRST_ON_RECORDS,
    LARGE,
    CheckHelpers,
    CheckSet,
    Found,
    share_out,
)
from luthier.tools.data.checks.base import Check, Places
from luthier.tools.data.checks.licence_notes import licence_beside
from luthier.tools.data.checks.registry import EXPENSIVE
from luthier.tools.data.checks.why import why
from luthier.tools.data.findings import Tally
from luthier.tools.data.model import Lineage, Mapping, Problem, Row, SampleRow, Task, spoken
from luthier.tools.data.readers.base import Record, Remark, Source, Unreadable
from luthier.tools.data.readers.members import Members
from luthier.tools.data.readers.registry import read_items
from luthier.tools.data.remedies.mender import mender_for
from luthier.tools.data.remedies.registry import REMEDIES, remedies_for
from luthier.tools.data.rows import REMOVED, Refused, make_row, make_unwanted
from luthier.tools.data.split_choice import sample_records
from luthier.tools.data.task import TaskJudge
from luthier.tools.language import _
from luthier.tools.progress import Progress, silent

_SAMPLES = 3
_LONGEST_SAMPLE = 2000
_LOST = "\ufffd"
_BINARY = frozenset({"parquet", "arrow", "excel", "sqlite", "pdf", "docx"})

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

    looked_closely: int = 0

    @property
    def left_out(self) -> int:
        """Rows that are not used."""
        return sum(problem.count for problem in self.problems if problem.leaves_out)

    @property
    def to_agree(self) -> int:
        """Rows that cannot be used and that nobody has agreed to leave out yet."""
        return sum(p.count for p in self.problems if p.leaves_out and not p.agreed)


def survey(
    source: Source,
    mapping: Mapping,
    *,
    keep: Keep = lambda _row, _record: None,
    keep_unwanted: Keep | None = None,
    exclude: Collection[str] = (),
    closely: int = 0,
    also: Sequence[Check] = (),
    progress: Progress = silent,
) -> Survey:
    """Read the whole source under ``mapping``; ``keep`` receives every usable, unique row.

    ``keep_unwanted`` receives those marked as not wanted. Rows whose id is in ``exclude`` were set
    aside by the user and count as left out. The expensive checks (near copies, personal data, keys)
    look at the first ``closely`` usable rows; ``also`` are checks made for this survey alone, such as
    the comparison with an evaluation.
    """
    shares = share_out(source, mapping, _sample_pairs(source, mapping))
    checks = CheckSet(shares[0])
    one_pass = _Pass(source, mapping, keep, frozenset(exclude), closely, also, checks)
    one_pass.keep_unwanted = keep_unwanted
    with CheckHelpers(source, mapping, exclude, shares[1:]) as helpers, _seldom_collecting():
        return one_pass.run(helpers, progress)


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(COLLECT_AFTER)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def check_all(
    source: Source,
    mapping: Mapping,
    exclude: Collection[str],
    checks: CheckSet,
    progress: Progress,
) -> None:
    """Show the rows that a survey would keep to these checks, and do nothing else."""
    _Pass(source, mapping, lambda _row, _record: None, frozenset(exclude), 0, (), checks).read(
        progress
    )


def _sample_pairs(source: Source, mapping: Mapping) -> list[tuple[Record, Row]]:
    """The first rows of a large file, by which the checks are timed."""
    if source.bytes < LARGE:
        return []
    made = [
        (record, make_row(record, mapping, source.path.name)) for record in sample_records(source)
    ]
    usable = [(record, row) for record, row in made if isinstance(row, Row)]
    return list({row.id: (record, row) for record, row in usable}.values())


class _Pass:
    def __init__(
        self,
        source: Source,
        mapping: Mapping,
        keep: Keep,
        exclude: frozenset[str],
        closely: int,
        also: Sequence[Check],
        checks: CheckSet,
    ) -> None:
        self._source = source
        self._name = source.path.name
        self._exclude = exclude
        self._mapping = mapping
        self._keep = keep
        self._tally = Tally()
        self._checks = checks
        self._also = also
        self._expensive = [make() for make in EXPENSIVE] if closely else []
        self._closely = closely
        self._mender = mender_for(source, mapping) if mapping.remedies else None
        self._removed: dict[str, Places] = {}
        self._copies = Places()
        self._task = TaskJudge()
        self._seen: set[int] = set()
        self._samples: list[SampleRow] = []
        self._duplicates = 0
        self._lists = _nested_lists(mapping)
        self.keep_unwanted: Keep | None = None

    def read(self, progress: Progress) -> int:
        """Read everything; how many rows there were."""
        rows_in = 0
        label, told = _("Reading {name}", name=self._source.path.name), 0.0
        for item in read_items(self._source):
            if isinstance(item, Remark):
                self._tally.add(item.code, item.line, _placed(item), item.excerpt, item.file)
                continue
            rows_in += 1
            if self._mender:
                item = self._mender.item(item)
            if isinstance(item, Unreadable):
                said = _placed(item)
                self._tally.add(item.code, item.line, said, item.excerpt, item.file, item.row)
            else:
                self._record(item)
            if rows_in % 256 == 0 and time.monotonic() - told > 0.1:
                told = time.monotonic()
                done = min(self._source.position(), self._source.bytes)
                progress(label, done, self._source.bytes)
        progress(label, self._source.bytes, self._source.bytes)
        return rows_in

    def run(self, helpers: CheckHelpers, progress: Progress) -> Survey:
        rows_in = self.read(progress)
        task = self._task.judge()
        usable = len(self._seen)
        helpers.ask(usable, task)
        own = self._checks.findings(usable, task)
        problems = tuple(
            problem.model_copy(
                update={
                    "why": why(problem.code),
                    "remedies": problem.remedies or remedies_for(problem.code),
                    "files": self._files(problem),
                }
            )
            for problem in (
                *self._tally.problems(),
                *self._findings(usable, task, own | helpers.findings(progress)),
            )
        )
        looked = min(usable, self._closely)
        progress(_("Finishing the checks"), 1, 1)  # last word to whoever wants to stop
        return Survey(
            rows_in, usable, self._duplicates, problems, tuple(self._samples), task, looked
        )

    def _files(self, problem: Problem) -> tuple[str, ...]:
        """The file of each place, where it is not the one that the user named."""
        named = set(problem.files) <= {"", self._source.path.name}
        return () if named else problem.files

    def _findings(self, usable: int, task: Task, found: Found) -> Iterator[Problem]:
        numbers = sorted(found)
        for number in numbers:
            if number < FIRST_ON_RECORDS:
                yield from found[number]
        for check in (*self._also, *self._expensive):
            yield from check.findings(usable, task)
        for number in numbers:
            if number >= FIRST_ON_RECORDS:
                yield from found[number]
        if usable == 1 and self._duplicates:
            yield _all_identical(self._duplicates + 1)
        if self._copies.count:
            yield self._copies.problem(
                "duplicates",
                "note",
                _("The row is an exact copy of an earlier one."),
                _("Nothing has to be done: only the first is used."),
            )
        for name, places in self._removed.items():
            label = _(REMEDIES[name].label)
            yield places.problem(
                REMOVED,
                "note",
                _("Left out by the remedy you chose: {label}.", label=label),
                _("Undo the remedy to have them back."),
            ).model_copy(update={"leaves_out": True, "agreed": True})
        odd = _odd_encoding(self._source)
        if odd:
            yield odd
        licence = licence_beside(self._source.path)
        if licence:
            yield licence

    def _record(self, record: Record) -> None:
        notes: list[str] = []
        row = make_row(record, self._mapping, self._name, self._mender, notes.append)
        if isinstance(row, Refused):
            self._refused(record, row)
            return
        if self._exclude and row.id in self._exclude:
            self._found("set_aside", record, "", row.completion)
            return
        content = int(row.id, 16)
        if content in self._seen:
            self._duplicates += 1
            self._copies.add(row.source, row.prompt[-1].content)
            return
        self._seen.add(content)
        for code in notes:
            self._found(code, record)
        self._note(record, row)
        self._keep(row, record)

    def _refused(self, record: Record, refused: Refused) -> None:
        if refused.code == REMOVED:
            places = self._removed.setdefault(refused.detail, Places())
            file = record.file or self._source.path.name
            places.add(Lineage(file=file, line=record.line, row=record.row), refused.example)
            return
        if refused.code == "marked_bad" and self.keep_unwanted:
            name = self._source.path.name
            row = make_unwanted(record, self._mapping, name, self._mender)
            if row and row.id not in self._exclude:
                self.keep_unwanted(row, record)
        self._found(refused.code, record, refused.detail, refused.example)
        self._checks.see_refused(record)

    def _found(self, code: str, record: Record, detail: str = "", example: str = "") -> None:
        self._tally.add(code, record.line, detail, example, record.file, record.row)

    def _note(self, record: Record, row: Row) -> None:
        for message in row.messages:
            if _LOST in message.content:
                text = row.messages[-1].content
                self._found("damaged_characters", record, "", text)
                break
        for name in self._lists:
            entries = lookup(record.values, name)
            if isinstance(entries, list) and len(entries) > 1:
                said = _("in “{name}”", name=name)
                self._found("several_entries", record, said)
                break
        self._task.see(row.completion)
        self._checks.see(record, row)
        for check in self._also:
            check.see(row)
        if len(self._seen) <= self._closely:
            for check in self._expensive:
                check.see(row)
        if len(self._samples) < _SAMPLES:
            self._samples.append(_sample(row))


def _placed(item: Unreadable | Remark) -> str:
    """What was found, with the file it was found in where there are several."""
    return f"{item.file}: {item.detail}" if item.file else item.detail


def _sample(row: Row) -> SampleRow:
    turns = row.prompt
    if len(turns) == 1:
        prompt = turns[0].content
    else:
        prompt = "\n".join(f"{turn.role}: {spoken(turn)}" for turn in turns)
    return SampleRow(
        line=row.source.line,
        row=row.source.row,
        prompt=prompt[:_LONGEST_SAMPLE],
        completion=row.completion[:_LONGEST_SAMPLE],
    )


def _nested_lists(mapping: Mapping) -> tuple[str, ...]:
    names = (*mapping.prompt, mapping.completion)
    return tuple({name.split(".0.")[0] for name in names if ".0." in name})


def _odd_encoding(source: Source) -> Problem | None:
    """A note where the text is not plain UTF-8; its letters were put right while reading."""
    inside = source.recognition.options
    if isinstance(inside, Members):
        odd = [(m.name, m.source) for m in inside.members if m.source and _is_odd(m.source)]
        message = "; ".join(
            _("{file} is {name}: {reason}", file=file, name=one.encoding.name,
              reason=one.encoding.reason)
            for file, one in odd[:_SAMPLES]
        )  # fmt: skip
        message = _("Files of the folder are not plain UTF-8: {files}.", files=message)
    else:
        odd = [("", source)] if _is_odd(source) else []
        message = _(
            "The file is not plain UTF-8 but {name}: {reason}.",
            name=source.encoding.name,
            reason=source.encoding.reason,
        )
    if not odd:
        return None
    return Problem(
        code="encoding",
        severity="note",
        message=message,
        remedy=_("Nothing has to be done: it was decoded so. Other programs may stumble over it."),
        count=len(odd),
    )


def _is_odd(source: Source) -> bool:
    is_text = source.recognition.format not in _BINARY
    return is_text and source.encoding.name not in ("UTF-8", "")


def _all_identical(rows: int) -> Problem:
    return Problem(
        code="all_identical",
        severity="blocks",
        message=_("All {rows} rows are the same.", rows=rows),
        remedy=_("Check that the export is right; one row cannot teach or test anything."),
        count=rows,
    )
