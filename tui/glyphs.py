"""One table of the signs that stand for states, so that no state is told by colour alone."""

from __future__ import annotations

from typing import Final

DONE: Final = "✔"
FAILED: Final = "✘"
WARNING: Final = "!"
INFORMATION: Final = "i"
RUNNING: Final = "◐"
CURRENT: Final = "▶"
OPEN: Final = "○"
PAUSED: Final = "‖"
STOPPED: Final = "■"
QUEUED: Final = "…"
FOLDED: Final = "▸"
UNFOLDED: Final = "▾"

TONES: Final = {"neutral": INFORMATION, "good": DONE, "warning": WARNING, "bad": FAILED}
STAGES: Final = {"done": DONE, "current": CURRENT, "open": OPEN}
JOB_STATES: Final = {
    "queued": QUEUED,
    "running": RUNNING,
    "pausing": PAUSED,
    "paused": PAUSED,
    "cancelling": STOPPED,
    "cancelled": STOPPED,
    "succeeded": DONE,
    "failed": FAILED,
    "lost": FAILED,
}
