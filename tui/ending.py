"""A command that is told to end (closed terminal, ``kill``) leaves as little behind as by Ctrl-C."""

from __future__ import annotations

import signal
from types import FrameType


def unwind_when_told_to_end() -> None:
    """Have SIGTERM and SIGHUP unwind what is under way; where they are ignored, they stay so."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # not every system has both
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _unwind)


def _unwind(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
