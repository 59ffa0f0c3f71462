"""What every check on usable rows gives and takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from luthier.tools.data.model import Problem, Row, Task


class Check(Protocol):
    """Looks at every usable row once, in order, and then says what it found.

    Duplicates are not shown to checks. A check keeps counts, not rows, so that memory stays small.
    """

    def see(self, row: Row) -> None:
        """Take note of one row."""

    def findings(self, rows: int, task: Task) -> Iterator[Problem]:
        """What was found over all ``rows``; none of it leaves a row out."""
