"""Rights that the data itself states: a licence column, a copyright line, a licence file beside it."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from luthier.tools.data.checks.base import Places
from luthier.tools.data.model import Problem, Row, Task
from luthier.tools.data.readers.base import Record
from luthier.tools.data.vocabulary import plain_name
from luthier.tools.language import _

_COLUMN = re.compile(r"licen[cs]e(?:_.*)?|copyright|rights|terms")
_LINE = re.compile(
    r"(?:©|\(c\)|copyright)\s*(?:\(c\)|©)?\s*(?:19|20)\d\d\b[^\n]{0,60}|\ball rights reserved\b"
    r"|\bCC[ -]BY(?:[ -](?:NC|ND|SA))+\b|\blicen[cs]ed under (?:the )?[A-Z][\w .-]{2,40}",
    re.IGNORECASE,
)
_LIMITED = re.compile(
    r"\b(?:NC|ND)\b|non-?commercial|no derivatives|all rights reserved|proprietary", re.I
)
_BESIDE = re.compile(
    r"(?i)(?:data[-_ ]?)?(?:licen[cs]e|copying|copyright|notice)(?:[-_. ](?:data|md|txt|rst))*"
)
_MOST_FILES = 5000  # of a folder that are looked at
_MOST_LICENCES = 50


class LicenceNotes:
    """Counts what licence columns say and which texts bear a copyright line."""

    def __init__(self) -> None:
        self._column: str | None = None
        self._licences: Counter[str] = Counter()
        self._limited = Places()
        self._lines = Places()

    def see(self, record: Record, row: Row | None) -> None:
        """Read the licence column, and the texts."""
        if row is None:
            return
        if self._column is None:
            names = (name for name in record.values if _COLUMN.fullmatch(plain_name(name)))
            self._column = next(names, "")
        if self._column:
            said = str(record.values.get(self._column) or "").strip()
            if said and len(self._licences) < _MOST_LICENCES:
                self._licences[said[:80]] += 1
            if _LIMITED.search(said):
                self._limited.add(row.source, said)
        for message in row.messages:
            found = states_rights(message.content)
            if found:
                self._lines.add(row.source, found)
                return

    def findings(self, rows: int, task: Task) -> Iterator[Problem]:
        """What is stated, and a warning where use is limited."""
        if self._limited.count:
            yield self._limited.problem(
                "licence_limits",
                "warns",
                _("By its licence column, these rows may not be used freely."),
                _("Ask whoever owns them, or leave them out by that column."),
            )
        elif self._licences:
            named = ", ".join(name for name, _count in self._licences.most_common(5))
            yield Problem(
                code="licence_notes",
                severity="note",
                message=_("The rows state their licence: {licences}.", licences=named),
                remedy=_("Keep to it, and name it where you publish the model."),
                count=sum(self._licences.values()),
            )
        if self._lines.count:
            yield self._lines.problem(
                "copyright_lines",
                "note",
                _("A copyright or licence line stands in the text."),
                _("Check that you may use these texts; take the line out if it is only a footer."),
            )


_HINTS = ("opyright", "©", "icen", "CC", "(c)", "eserved", "OPYRIGHT", "(C)", "ICEN", "ESERVED")
"""One of these stands in every line of rights: looking for them first is much quicker."""


def states_rights(text: str) -> str:
    """The first line of rights in a text, or ""."""
    for hint in _HINTS:
        if hint in text:
            found = _LINE.search(text)
            return found.group() if found else ""
    return ""


def licence_beside(path: Path) -> Problem | None:
    """What the licence file says that lies in the same folder as the data, if there is one."""
    for name in _licence_files(path.parent):
        try:
            with (path.parent / name).open(encoding="utf-8", errors="replace") as stream:
                first = next((line.strip() for line in stream if line.strip()), "")
        except OSError:
            continue
        if _LIMITED.search(first):
            return Problem(
                code="licence_limits",
                severity="warns",
                message=_(
                    "The licence beside the file ({name}) does not allow every use: {line}",
                    name=name,
                    line=first[:100],
                ),
                remedy=_("Check that it allows yours, and name it where you publish the model."),
                count=1,
            )
        return Problem(
            code="licence_notes",
            severity="note",
            message=_(
                "A licence lies beside the file ({name}): {line}", name=name, line=first[:100]
            ),
            remedy=_("Keep to it, and name it where you publish the model."),
            count=1,
        )
    return None


def _licence_files(folder: Path) -> list[str]:
    """Their names, those that speak of the data first."""
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in islice(entries, _MOST_FILES)]
    except OSError:
        return []
    found = filter(_BESIDE.fullmatch, names)
    return sorted(found, key=lambda name: ("data" not in name.lower(), name.lower()))
