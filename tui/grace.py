"""The moment in which a new question cannot be answered, so that typed-ahead keys do no harm."""

from __future__ import annotations

import time

SECONDS = 0.5


class Grace:
    """Starts when it is made; over half a second later."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    @property
    def is_over(self) -> bool:
        """Whether an answer given now was meant for this question."""
        return time.monotonic() - self._since >= SECONDS
