"""How a tool says how far it is, without knowing who listens."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, float, float], None]
"""Called with a label, how much is done, and how much there is (0 where unknown)."""


def silent(_label: str, _done: float, _total: float) -> None:
    """The listener of callers who do not care."""
