"""Rows that belong together, such as those of one customer: split apart, they give the answer away."""

from __future__ import annotations

import re
from collections.abc import Iterator

from luthier.tools.data.checks.base import Places
from luthier.tools.data.model import Lineage, Problem, Row, Task
from luthier.tools.data.readers.base import Record
from luthier.tools.data.vocabulary import plain_name
from luthier.tools.language import _

_NAME = re.compile(
    r"(?:.*_)?(?:customer|client|user|patient|account|author|speaker|document|doc|thread|conversation"
    r"|session|ticket|page|article|group|case|order|device|household|student)(?:_?(?:id|no|nr|name|key))?"
)
_IDS = re.compile(r".*(?:_id|_no|_nr|_key|id)$|group|author|speaker|document|thread|page")
_MOST_VALUES = 200_000
_FEWEST = 20


class Groups:
    """Counts the values of columns whose name says that they name a person or a document."""

    def __init__(self) -> None:
        self._columns: list[str] | None = None
        self._seen: dict[str, dict[int, int]] = {}
        self._sources: dict[str, Places] = {}

    def see(self, record: Record, row: Row | None) -> None:
        """Count the record's groups."""
        if self._columns is None:
            names = [name for name in record.values if is_group_name(name)]
            self._columns = names[:5]
            self._seen = {name: {} for name in self._columns}
            self._sources = {name: Places() for name in self._columns}
        if row is None:
            return
        for name in self._columns:
            value = record.values.get(name)
            if not isinstance(value, str | int) or value == "":
                continue
            counts, key = self._seen[name], hash(str(value))
            if key in counts or len(counts) < _MOST_VALUES:
                counts[key] = counts.get(key, 0) + 1
                if counts[key] == 2:
                    self._note(name, row.source, str(value))

    def _note(self, name: str, source: Lineage, value: str) -> None:
        self._sources[name].add(source, value)

    def findings(self, rows: int, task: Task) -> Iterator[Problem]:
        """A note per column with repeated values; the split by group is the remedy."""
        for name in self._columns or ():
            counts = self._seen[name]
            repeated = sum(count for count in counts.values() if count > 1)
            spread = counts and max(counts.values()) <= 0.5 * sum(counts.values())
            if rows < _FEWEST or not spread or repeated < 0.1 * rows or len(counts) < 3:
                continue
            yield (
                self._sources[name]
                .problem(
                    "groups",
                    "note",
                    _(
                        "{rows} rows share their “{column}” with another row: split by chance, the same "
                        "one is learned and tested.",
                        rows=repeated,
                        column=name,
                    ),
                    _("Split by “{column}”, so that each stays on one side.", column=name),
                )
                .model_copy(update={"count": repeated})
            )


def is_group_name(name: str) -> bool:
    """Whether a column of this name names a person, a document or another group of rows."""
    plain = plain_name(name)
    return bool(_NAME.fullmatch(plain) and _IDS.fullmatch(plain))
