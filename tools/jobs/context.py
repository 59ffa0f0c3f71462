"""A worker's view of its job: specification, folder, ways to report and to be stopped."""

from __future__ import annotations

import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Literal

from luthier.tools.files import read_json
from luthier.tools.jobs.model import JobEvent, JobSpec, NoticeEvent, ProgressEvent
from luthier.tools.workspace import Workspace

StopRequest = Literal["pause", "cancel"]


class JobStopped(Exception):
    """Raised by a worker that has honoured a pause or cancel and left everything resumable."""

    def __init__(self, request: StopRequest) -> None:
        super().__init__(request)
        self.request = request


class JobContext:
    """A worker's view of its job.

    A worker is a function ``run(context) -> dict`` whose return value becomes ``result.json``. It
    reports through :meth:`progress`, :meth:`notice` and :meth:`emit`, looks at
    :attr:`stop_request` at every safe point, and raises :class:`JobStopped` after saving. A failure
    that the user can act on is a ``LuthierError``.
    """

    def __init__(self, workspace: Workspace, spec: JobSpec, folder: Path, attempt: int = 1) -> None:
        self.workspace = workspace
        self.spec = spec
        self.folder = folder
        self.attempt = attempt
        self._terminated = False
        self._events = (folder / "events.jsonl").open("a", encoding="utf-8", buffering=1)

    @property
    def output(self) -> Path:
        """Where the worker puts its files (adapter, checkpoints, predictions); made if absent."""
        path = self.folder / "output"
        path.mkdir(exist_ok=True)
        return path

    @property
    def stop_request(self) -> StopRequest | None:
        """What the user asked for: ``control.json`` says which; a bare SIGTERM means pause."""
        request = (read_json(self.folder / "control.json") or {}).get("request")
        if request in ("pause", "cancel"):
            return request  # type: ignore[no-any-return]
        return "pause" if self._terminated else None

    @property
    def is_users_wish(self) -> bool:
        """Whether the user asked for the stop; else the system is ending its processes."""
        control = read_json(self.folder / "control.json") or {}
        return "request" in control and control.get("by") != "system"

    def honour_stop(self) -> None:
        """Raise :class:`JobStopped` where a stop was requested; call it between steps."""
        request = self.stop_request
        if request:
            raise JobStopped(request)

    def listen_for_signals(self) -> None:
        """Turn SIGTERM into a stop request instead of sudden death."""
        signal.signal(signal.SIGTERM, self._on_terminate)

    def _on_terminate(self, _number: int, _frame: object) -> None:
        self._terminated = True

    def emit(self, event: JobEvent) -> None:
        """Append one event as one line in one write."""
        self._events.write(event.model_dump_json(exclude_none=True) + "\n")

    def progress(
        self, label: str, done: float, total: float, seconds_left: float | None = None
    ) -> None:
        """Say how far the work is."""
        self.emit(
            ProgressEvent(
                at=time.time(), label=label, done=done, total=total, seconds_left=seconds_left
            )
        )

    def notice(
        self, text: str, tone: Literal["neutral", "good", "warning", "bad"] = "neutral"
    ) -> None:
        """Tell the user something in plain words."""
        self.emit(NoticeEvent(at=time.time(), text=text, tone=tone))

    def close(self) -> None:
        """Close the event file; what a full disk did not take was told when it was reported."""
        with suppress(OSError):
            self._events.close()
