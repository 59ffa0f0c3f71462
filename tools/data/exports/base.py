"""What every export gives and takes: a row in another program's words, or why there are none for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from luthier.tools.data.model import Row, SplitName

Kind = Literal["conversation", "preference", "judged"]
"""What the rows are for: one answer each; a better and a worse one; one marked good or bad."""


class Unfit(ValueError):
    """A row that the format cannot express; the message says why, in plain words."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What all rows together hold, which decides the columns that every line must have.

    Attributes:
        name: of the data set, fit for a file name.
        kind: what the rows are for.
        has_system: whether any row has a system turn.
        has_tools: whether any row offers tools.
        has_unlearned: whether any assistant turn is only read (weight 0).
    """

    name: str
    kind: Kind
    has_system: bool = False
    has_tools: bool = False
    has_unlearned: bool = False


@dataclass(frozen=True, slots=True)
class Export:
    """One format. Registered in ``exports.registry``.

    Attributes:
        name: as typed on the command line.
        title: as shown.
        about: what reads it, in one sentence.
        kinds: which kinds of rows the program takes.
        line: a row as one JSON object; raises :class:`Unfit`.
        file_name: of a split's file.
        extras: further files (name to text) that the program needs, given the rows of each split.
        merged: of these, JSON files whose entries are added to a file that is there already.
        notes: what the user should know of these rows in this format.
    """

    name: str
    title: str
    about: str
    kinds: tuple[Kind, ...]
    line: Callable[[Row, Shape], dict[str, Any]]
    file_name: Callable[[SplitName, Shape], str] = lambda split, _shape: f"{split}.jsonl"
    extras: Callable[[Shape, Mapping[SplitName, int]], dict[str, str]] = lambda _shape, _rows: {}
    merged: tuple[str, ...] = ()
    notes: Callable[[Shape, Mapping[SplitName, int]], tuple[str, ...]] = lambda _shape, _rows: ()
    synonyms: tuple[str, ...] = field(default=())
