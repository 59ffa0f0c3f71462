"""What a layout is: a name, what its rows must have, and the mapping it gives for a sample."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from luthier.tools.data.cells import lookup
from luthier.tools.data.model import Mapping
from luthier.tools.data.readers.base import Record
from luthier.tools.data.vocabulary import plain_name

Columns = Sequence[str]
Sample = Sequence[Record]


@dataclass(frozen=True, slots=True)
class Layout:
    """A known way to write training rows.

    ``propose`` gives the mapping where the columns and the sample are of this layout, else None;
    its reason says in one sentence what was seen. ``needs`` says what rows must have.
    """

    name: str
    label: str
    needs: str
    propose: Callable[[Columns, Sample], Mapping | None]
    synonyms: tuple[str, ...] = ()


def named(columns: Columns, *names: str) -> str:
    """The first column that bears one of the names, in any case of letters; "" where none does."""
    plain = {plain_name(column): column for column in reversed(columns)}
    return next((plain[name] for name in names if name in plain), "")


def share(sample: Sample, column: str, test: Callable[[Any], bool]) -> float:
    """The share of rows whose cell passes, of those that have one."""
    cells = [lookup(record.values, column) for record in sample[:200]]
    filled = [cell for cell in cells if cell not in (None, "", [], {})]
    return sum(map(test, filled)) / len(filled) if filled else 0.0


def tools_column(columns: Columns) -> str:
    """The column that lists the functions offered to the assistant; "" where there is none."""
    tops = list(dict.fromkeys(column.split(".")[0] for column in columns))
    return named(tops, "tools", "functions")


def is_text(value: Any) -> bool:
    """Whether a cell holds a text."""
    return isinstance(value, str)
