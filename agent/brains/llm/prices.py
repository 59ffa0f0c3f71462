"""What a model's answers cost: the user's own price, else the dated table beside this file, else unknown.

A server on this computer costs nothing. A price that is not known is None and never a guess.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from luthier.agent.settings import BrainSettings

TABLE = "prices.csv"
MILLION = 1_000_000
_DATED = re.compile(r"-\d{4}-\d{2}-\d{2}$|-\d{8}$|-latest$")


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens, the day it stands for, and where it was read."""

    input: float
    output: float
    read: str
    source: str

    def of(self, input_tokens: int, output_tokens: int) -> float:
        """US dollars for so many tokens."""
        return (input_tokens * self.input + output_tokens * self.output) / MILLION


FREE = Price(0.0, 0.0, "", "this computer")


def price_of(settings: BrainSettings) -> Price | None:
    """The price of the chosen model, or None where nobody here knows it."""
    if settings.price_input is not None and settings.price_output is not None:
        return Price(settings.price_input, settings.price_output, "", "you")
    if settings.is_local:
        return FREE
    table = price_table()
    return table.get((settings.host, settings.model)) or table.get(
        (settings.host, _DATED.sub("", settings.model))
    )


@cache
def price_table() -> dict[tuple[str, str], Price]:
    """All lines of the table, by host and model."""
    text = (files(__package__) / TABLE).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {
        (row["host"], row["model"]): Price(
            float(row["input"]), float(row["output"]), row["read"], row["source"]
        )
        for row in csv.DictReader(lines)
    }
