"""What every check gives and takes, and the bounded memory in which it keeps the places it found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from luthier.tools.data.findings import shorten
from luthier.tools.data.model import Lineage, Problem, Row, Severity, Task
from luthier.tools.data.places import located
from luthier.tools.data.readers.base import Record
from luthier.tools.language import _

MOST_PLACES = 20


class Check(Protocol):
    """Looks at every usable row once, in order, and then says what it found.

    Duplicates are not shown to checks. A check keeps counts, not rows, so that memory stays small.
    """

    def see(self, row: Row) -> None:
        """Take note of one row."""

    def findings(self, rows: int, task: Task) -> Iterator[Problem]:
        """What was found over all ``rows``; none of it leaves a row out."""


class RecordCheck(Protocol):
    """Like :class:`Check`, but shown the record as it stands in the file, usable or not."""

    def see(self, record: Record, row: Row | None) -> None:
        """Take note of one record and of the row made of it (None: unusable or a duplicate)."""

    def findings(self, rows: int, task: Task) -> Iterator[Problem]:
        """What was found over all records; ``rows`` of them are usable."""


@dataclass(slots=True)
class Places:
    """How often something was found, where it was first, and one example of it."""

    count: int = 0
    example: str = ""
    _sources: list[Lineage] = field(default_factory=list)

    def add(self, source: Lineage, example: str = "") -> None:
        """One more row in which it was found."""
        self.count += 1
        if len(self._sources) < MOST_PLACES:
            self._sources.append(source)
        if example and not self.example:
            self.example = shorten(example)

    def problem(self, code: str, severity: Severity, message: str, remedy: str) -> Problem:
        """The finding, with its places."""
        return Problem(
            code=code,
            severity=severity,
            message=message,
            remedy=remedy,
            count=self.count,
            example=self.example,
            **located(self._sources),
        )


class TextCheck:
    """A check that spots something in the text of single turns; a row counts once.

    ``signs`` are pieces of which one stands in every text of plain printable ASCII letters in which
    something can be found; such texts without any check's signs are passed over in one look.
    """

    code: ClassVar[str]
    signs: ClassVar[tuple[str, ...]]
    severity: ClassVar[Severity] = "warns"
    message: ClassVar[str]
    remedy: ClassVar[str]

    def __init__(self) -> None:
        self._places = Places()

    def spot(self, text: str) -> str:
        """What was found in ``text``, for showing; "" where it is clean."""
        raise NotImplementedError

    def see(self, row: Row) -> None:
        """Look at every turn until something is found."""
        for message in row.messages:
            found = self.spot(message.content)
            if found:
                self._places.add(row.source, found)
                return

    def findings(self, rows: int, task: Task) -> Iterator[Problem]:
        """One finding with its places."""
        if self._places.count:
            yield self._places.problem(self.code, self.severity, _(self.message), _(self.remedy))
