"""The checks of a large file, shared between processes, each of which reads the whole file.

Every check sees every row in order, whichever process it is in, so that its findings are the same on
any number of cores. What is done twice is the reading and the dropping of copies, which costs less
than handing rows over would. A helper is started as ``python -P -m luthier.tools.data.check_helpers``
and speaks pickle over its pipes; it ends with its parent.
"""

from __future__ import annotations

import gc
import os
import pickle
import select
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from types import TracebackType
from typing import IO, Any

from luthier.tools.data.checks.base import Check, RecordCheck, TextCheck
from luthier.tools.data.checks.registry import CHECKS, RECORD_CHECKS
from luthier.tools.data.model import Mapping, Problem, Row, Task
from luthier.tools.data.readers.base import Record, Source
from luthier.tools.data.rows import make_row
from luthier.tools.errors import LuthierError
from luthier.tools.language import _
from luthier.tools.progress import Progress

LARGE = 32_000_000  # bytes; below, starting a helper takes longer than it saves
_SHARED = frozenset({"jsonl", "json", "csv", "tsv", "parquet"})  # formats of one file of rows
_MOST = 3
COLLECT_AFTER = 100_000
"""Objects made between two searches for garbage in cycles (Python's own choice is 700): rows come and go
without any, and looking for it takes a tenth of the time."""
_WRITING = 0.8
"""Times the making of a row: what the first process does with it that no helper does. It takes more, but
helpers begin later."""
_WAIT = 0.2  # seconds between two words on how far it is

FIRST_ON_RECORDS = len(CHECKS)
"""The number from which checks look at records; those before look at rows."""
Found = dict[int, tuple[Problem, ...]]
"""The findings of each check, by its number: first those on rows, then those on records."""
Pairs = Sequence[tuple[Record, Row]]


class CheckSet:
    """Some of the checks, by number, shown every row."""

    def __init__(self, numbers: Collection[int] | None = None) -> None:
        on_rows = enumerate(CHECKS)
        on_records = enumerate(RECORD_CHECKS, FIRST_ON_RECORDS)
        self._on_rows: list[tuple[int, Check]] = [
            (number, make()) for number, make in on_rows if numbers is None or number in numbers
        ]
        self._on_records: list[tuple[int, RecordCheck]] = [
            (number, make()) for number, make in on_records if numbers is None or number in numbers
        ]
        texts = [check for _number, check in self._on_rows if isinstance(check, TextCheck)]
        self._signs = sorted({sign for check in texts for sign in check.signs})
        self._see_text = [check.see for check in texts]
        self._see_row = [
            check.see for _number, check in self._on_rows if not isinstance(check, TextCheck)
        ]
        self._see_record = [check.see for _number, check in self._on_records]

    def see(self, record: Record, row: Row) -> None:
        """A usable row, with the record it was made of."""
        for see in self._see_row:
            see(row)
        if self._see_text and self._has_signs(row):
            for see_text in self._see_text:
                see_text(row)
        for see_record in self._see_record:
            see_record(record, row)

    def _has_signs(self, row: Row) -> bool:
        """Whether a check of texts may find something in one of the turns."""
        for message in row.messages:
            text = message.content
            if not text.isascii() or not text.replace("\n", "").isprintable():
                return True
            for sign in self._signs:
                if sign in text:
                    return True
        return False

    def see_refused(self, record: Record) -> None:
        """A record of which no row could be made."""
        for see_record in self._see_record:
            see_record(record, None)

    def findings(self, usable: int, task: Task) -> Found:
        """What each check found."""
        found = {number: tuple(check.findings(usable, task)) for number, check in self._on_rows}
        for number, on_records in self._on_records:
            found[number] = tuple(on_records.findings(usable, task))
        return found


class CheckHelpers:
    """Helper processes that are gone when the ``with`` is left, however it is left."""

    def __init__(
        self,
        source: Source,
        mapping: Mapping,
        exclude: Collection[str],
        shares: Sequence[list[int]],
    ) -> None:
        self._orders = [
            _Order(replace(source, position=_nowhere), mapping, frozenset(exclude), tuple(share))
            for share in shares
            if share
        ]
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> CheckHelpers:
        """Start them."""
        try:
            for order in self._orders:
                process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "luthier.tools.data.check_helpers"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    start_new_session=True,  # Ctrl-C is for us, and we end them
                )
                self._processes.append(process)
                _send(process.stdin, order)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._end()

    def ask(self, usable: int, task: Task) -> None:
        """Have each say what it found once it has seen every row, while others work as well."""
        for process in self._processes:
            _send(process.stdin, (usable, task))

    def findings(self, progress: Progress) -> Found:
        """What all of them found, after :meth:`ask`.

        Raises:
            LuthierError: a helper has ended early, for instance because memory ran out.
        """
        found: Found = {}
        for number, process in enumerate(self._processes):
            assert process.stdout is not None
            while not _has_answer(process.stdout):
                progress(_("Finishing the checks"), number, len(self._processes))
            try:
                found |= pickle.load(process.stdout)  # what our own process says
            except EOFError as error:
                raise _ended_early(process) from error
        return found

    def _end(self) -> None:
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream:
                    with suppress(BrokenPipeError):  # nobody is left to read what was not sent yet
                        stream.close()
        self._processes.clear()


@dataclass(frozen=True, slots=True)
class _Order:
    source: Source
    mapping: Mapping
    exclude: frozenset[str]
    numbers: tuple[int, ...]


def share_out(source: Source, mapping: Mapping, sample: Pairs) -> list[list[int]]:
    """The numbers of the checks for this process (first) and for each helper, by measured cost.

    One share, with all of them, where the file is small or there is one core. Checks of texts stay
    together, because what they do together costs most.
    """
    helpers = min((os.cpu_count() or 1) - 1, _MOST)
    everything = list(range(len(CHECKS) + len(RECORD_CHECKS)))
    fit = source.bytes >= LARGE and source.recognition.format in _SHARED
    if not fit or helpers < 1 or not sample:
        return [everything]
    of_texts = [number for number, make in enumerate(CHECKS) if _is_of_texts(make)]
    units = [of_texts, *([number] for number in everything if number not in of_texts)]
    bare = _seconds(CheckSet([]), sample)
    costs = [(_seconds(CheckSet(unit), sample) - bare, unit) for unit in units]
    shares: list[list[int]] = [[] for _ in range(1 + helpers)]
    loads = [_WRITING * _seconds_to_make(source, mapping, sample), *[0.0] * helpers]
    for cost, unit in sorted(costs, reverse=True):
        least = loads.index(min(loads))
        shares[least] += unit
        loads[least] += cost
    return shares


def _is_of_texts(make: Callable[[], Check]) -> bool:
    return isinstance(make, type) and issubclass(make, TextCheck)


def _seconds(checks: CheckSet, sample: Pairs) -> float:
    """How long these checks look at the sample."""

    def look() -> None:
        for record, row in sample:
            checks.see(record, row)

    return _least_seconds(look)


def _seconds_to_make(source: Source, mapping: Mapping, sample: Pairs) -> float:
    """How long making the rows of the sample takes."""

    def make() -> None:
        for record, _row in sample:
            make_row(record, mapping, source.path.name)

    return _least_seconds(make)


def _least_seconds(work: Callable[[], None]) -> float:
    """The least of three runs, in which nothing else came between."""
    times = []
    for _again in range(3):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def _nowhere() -> int:
    return 0


def _send(stream: IO[bytes] | None, value: Any) -> None:
    assert stream is not None
    try:
        pickle.dump(value, stream)
        stream.flush()
    except BrokenPipeError:
        return  # it has ended; reading its answer says so


def _has_answer(stream: IO[bytes]) -> bool:
    return bool(select.select([stream], [], [], _WAIT)[0])


def _ended_early(process: subprocess.Popen[bytes]) -> LuthierError:
    return LuthierError(
        _("A helper process that checked the rows has ended early."),
        why=_("Its exit code is {code}; memory may have run out.", code=process.wait()),
        remedy=_("Close other programs and try again. Nothing was written."),
        code="data.helper_ended",
    )


def _help() -> None:
    """What a helper does: read, check, wait for the task to be known, answer."""
    from luthier.tools.data.survey import check_all

    gc.set_threshold(COLLECT_AFTER)
    order: _Order = pickle.load(sys.stdin.buffer)
    parent = os.getppid()

    def end_with_parent(_label: str, _done: float, _total: float) -> None:
        if os.getppid() != parent:
            sys.exit(1)

    checks = CheckSet(order.numbers)
    check_all(order.source, order.mapping, order.exclude, checks, end_with_parent)
    try:
        usable, task = pickle.load(sys.stdin.buffer)
    except EOFError:  # whoever asked was ended meanwhile; nobody waits for an answer
        sys.exit(1)
    pickle.dump(checks.findings(usable, task), sys.stdout.buffer)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    _help()
