"""What models cost: the user's own price, else a dated table, else unknown; never a guess.

The table is the file beside this one; lines of ``prices.csv`` in the home folder go before it
(``luthier prices update``). A server on this computer costs nothing.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.errors import LuthierError
from luthier.tools.language import _
from luthier.tools.workspace import home_folder

TABLE = "prices.csv"
MILLION = 1_000_000
COLUMNS = (
    "host",
    "model",
    "kind",
    "input",
    "output",
    "training",
    "training_hour",
    "hosting_hour",
    "methods",
    "until",
    "read",
    "source",
)
Kind = Literal["chat", "tuning"]
_DATED = re.compile(r"-\d{4}-\d{2}-\d{2}$|-\d{8}$|-latest$")


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens, the day it stands for, and where it was read."""

    input: float
    output: float
    read: str
    source: str

    def of(self, input_tokens: float, output_tokens: float) -> float:
        """US dollars for so many tokens."""
        return (input_tokens * self.input + output_tokens * self.output) / MILLION


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One line of the table; what is None is not known. See the head of the file for the columns."""

    host: str
    model: str
    kind: Kind
    read: str
    source: str
    input: float | None = None
    output: float | None = None
    training: float | None = None
    training_hour: float | None = None
    hosting_hour: float | None = None
    methods: tuple[str, ...] = ()
    until: str = ""

    @property
    def price(self) -> Price | None:
        """The price of its answers, where both parts are known."""
        if self.input is None or self.output is None:
            return None
        return Price(self.input, self.output, self.read, self.source)


FREE = Price(0.0, 0.0, "", "this computer")


def price_of(model: EndpointModel) -> Price | None:
    """The price of a model's answers, or None where nobody here knows it."""
    if model.price_input is not None and model.price_output is not None:
        return Price(model.price_input, model.price_output, "", "you")
    if model.is_local:
        return FREE
    line = line_for(model.host, model.model, "chat")
    return line.price if line else None


def line_for(host: str, model: str, kind: Kind) -> PriceLine | None:
    """What the tables say of a model, with or without the date in its name."""
    table = price_table(home_folder() / TABLE)
    return table.get((host, model, kind)) or table.get((host, _DATED.sub("", model), kind))


def price_table(own: Path | None = None) -> Mapping[tuple[str, str, str], PriceLine]:
    """All lines, by host, model and kind; those of the file ``own`` go before the built-in ones.

    Raises:
        LuthierError: the user's own file is damaged.
    """
    table = dict(_built_in())
    if own is not None and own.is_file():
        lines = read_lines(own.read_text(encoding="utf-8-sig"), str(own))
        table |= {(line.host, line.model, line.kind): line for line in lines}
    return table


@cache
def _built_in() -> Mapping[tuple[str, str, str], PriceLine]:
    text = (files(__package__) / TABLE).read_text(encoding="utf-8")
    return {(line.host, line.model, line.kind): line for line in read_lines(text, TABLE)}


def read_lines(text: str, place: str) -> list[PriceLine]:
    """The lines of a table of prices.

    Raises:
        LuthierError: a line has no date, no source or a number that is none (``prices.bad_line``).
    """
    numbered = [
        (number, line)
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip() and not line.startswith("#")
    ]
    return list(_read(numbered, place))


def _read(numbered: Iterable[tuple[int, str]], place: str) -> Iterator[PriceLine]:
    numbers, lines = zip(*numbered, strict=True) if numbered else ((), ())
    reader = csv.DictReader(lines)
    missing = {"host", "model", "kind", "read", "source"} - set(reader.fieldnames or ())
    if missing:
        words = _("The columns {names} are missing.", names=", ".join(sorted(missing)))
        raise _bad_line(words, place)
    for number, row in zip(numbers[1:], reader, strict=False):
        try:
            date.fromisoformat(row["read"])
            if not row["source"] or row["kind"] not in ("chat", "tuning"):
                raise ValueError
            yield _line({name: value or "" for name, value in row.items() if name in COLUMNS})
        except ValueError as error:
            words = _("A day, a source, a kind or a number is missing or wrong.")
            raise _bad_line(words, _("{path}, line {line}", path=place, line=number)) from error


def _line(row: dict[str, str]) -> PriceLine:
    def number(name: str) -> float | None:
        value = row.get(name, "").strip()
        if value and float(value) < 0:
            raise ValueError(name)
        return float(value) if value else None

    return PriceLine(
        host=row["host"],
        model=row["model"],
        kind="chat" if row["kind"] == "chat" else "tuning",
        read=row["read"],
        source=row["source"],
        input=number("input"),
        output=number("output"),
        training=number("training"),
        training_hour=number("training_hour"),
        hosting_hour=number("hosting_hour"),
        methods=tuple(row.get("methods", "").split()),
        until=row.get("until", ""),
    )


def _bad_line(why: str, place: str) -> LuthierError:
    return LuthierError(
        _("This is not a table of prices as Luthier reads it."),
        why=why,
        remedy=_(
            "Its columns are: {names}. `luthier prices list` shows the present lines.",
            names=", ".join(COLUMNS),
        ),
        place=place,
        code="prices.bad_line",
    )
