"""How a tool says how far it is, without knowing who listens."""

from __future__ import annotations

import time
from collections.abc import Callable

Progress = Callable[[str, float, float], None]
"""Called with a label, how much is done, and how much there is (0 where unknown)."""


def silent(_label: str, _done: float, _total: float) -> None:
    """The listener of callers who do not care."""


class Stopped(Exception):
    """Raised by a listener inside the work it listens to, because nobody wants the result any more."""


_SURE_AFTER = 1.0  # seconds of one piece of work before its pace says anything


class Pace:
    """How long a piece of work will still take, from how fast it went since it began."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._label = ""
        self._began = 0.0
        self._first = 0.0

    def seconds_left(self, label: str, done: float, total: float) -> float | None:
        """Seconds to the end of the work called ``label``; None until that can be told."""
        now = self._clock()
        if label != self._label or done < self._first:
            self._label, self._began, self._first = label, now, done
        passed, moved = now - self._began, done - self._first
        if not total or passed < _SURE_AFTER or moved <= 0 or done >= total:
            return None
        return (total - done) * passed / moved
