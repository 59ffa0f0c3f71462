"""A job's keeper: starts the worker, waits for it, starts it again when it is killed, records it.

Run as ``python -P -m luthier.tools.jobs.runner FOLDER [--adopt]``. It stays tiny (no torch),
because it must live on when the worker runs out of memory. While it lives, it alone changes the
status of a job that is not at rest.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from luthier.tools.errors import LuthierError
from luthier.tools.files import write_json
from luthier.tools.jobs import store
from luthier.tools.jobs.folder import (
    append_event,
    locked,
    now,
    read_outcome,
    read_request,
    read_spec,
    read_status,
    write_status,
)
from luthier.tools.jobs.model import JobState, JobStatus, NoticeEvent
from luthier.tools.jobs.processes import created_at, is_alive, signal_group, signal_name
from luthier.tools.language import _
from luthier.tools.workspace import Workspace

WORKER = [sys.executable, "-P", "-m", "luthier.tools.jobs.worker_main"]
MAX_STARTS = 3
POLL_SECONDS = 0.2
CANCEL_SECONDS = 30.0
PAUSE_SECONDS = 300.0

Ending = tuple[JobState, dict[str, str] | None]

log = logging.getLogger("luthier.jobs.runner")


class Runner:
    """Keeps one job until it rests; see the module for how it is run."""

    def __init__(self, folder: Path, *, cancel_seconds: float = CANCEL_SECONDS) -> None:
        self._folder = folder
        self._workspace = Workspace(folder.parent.parent)
        self._cancel_seconds = cancel_seconds
        self._spec = read_spec(folder)
        self._status = JobStatus(state=JobState.QUEUED)
        self._asked: str | None = None
        self._asked_at = 0.0
        self._terminated = False

    def run(self, *, adopt: bool = False) -> None:
        """Work until the job is paused, cancelled, failed or done."""
        signal.signal(signal.SIGTERM, self._on_terminate)
        with locked(self._folder):
            if not self._claim():
                return
        starts = 0
        code = self._wait_for_adopted() if adopt else None
        while True:
            if not adopt:
                starts += 1
                code = self._run_worker()
            adopt = False
            if self._settle(code, starts):
                return
            self._announce_restart(code, starts)

    def _claim(self) -> bool:
        """Take the job over, unless another runner keeps it; the lock is held."""
        status = read_status(self._folder)
        other = status.supervisor_pid not in (0, os.getpid())
        if other and is_alive(status.supervisor_pid, status.supervisor_started):
            log.warning("process %s keeps this job already", status.supervisor_pid)
            return False
        self._status = write_status(
            self._folder,
            status.model_copy(
                update={
                    "supervisor_pid": os.getpid(),
                    "supervisor_started": created_at(os.getpid()),
                }
            ),
        )
        return True

    def _run_worker(self) -> int:
        """Start the worker, wait for its end; returns its exit code (negative: a signal)."""
        self._asked = None  # a worker that is started to pass a wish on has its own time for it
        with (self._folder / "worker.log").open("ab") as output:
            worker = subprocess.Popen(
                [*WORKER, str(self._folder), str(self._status.attempt)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                start_new_session=True,
            )
        self._record(
            state=JobState.RUNNING,
            worker_pid=worker.pid,
            worker_started=created_at(worker.pid),
            error=None,
        )
        return self._watch(worker.pid, worker.poll)

    def _wait_for_adopted(self) -> int | None:
        """Wait for a worker whose own runner died; nobody can tell its exit code any more."""
        pid, started = self._status.worker_pid, self._status.worker_started
        self._record(state=JobState.RUNNING)
        self._watch(pid, lambda: None if is_alive(pid, started) else 0)
        return None

    def _watch(self, pid: int, poll: Callable[[], int | None]) -> int:
        while (code := poll()) is None:
            self._look_at_requests(pid)
            time.sleep(POLL_SECONDS)
        return code

    def _look_at_requests(self, pid: int) -> None:
        """Pass a request on to the worker, and end its patience after a while."""
        if self._terminated and read_request(self._folder) is None:
            control = {"request": "pause", "at": now(), "by": "system"}
            write_json(self._folder / "control.json", control)
        request = read_request(self._folder)
        if request != self._asked:
            self._asked, self._asked_at = request, time.monotonic()
            if request == "cancel":
                self._record(state=JobState.CANCELLING)
                if not self._spec.remote:  # such a worker has to pass the wish on before it ends
                    signal_group(pid, signal.SIGTERM)
            elif request == "pause":
                self._record(state=JobState.PAUSING)
        patience = self._cancel_seconds if self._asked == "cancel" else PAUSE_SECONDS
        if self._asked and time.monotonic() - self._asked_at > patience:
            log.warning("the worker did not stop within %.0f s and is killed", patience)
            signal_group(pid, signal.SIGKILL)

    def _settle(self, code: int | None, starts: int) -> bool:
        """Record how the worker ended; False where it was killed and shall start again."""
        with locked(self._folder):
            ending = self._ending(code, starts)
            if ending is None:
                return False
            state, error = ending
            write_json(
                self._folder / "exit.json",
                {
                    "state": state.value,
                    "exit_code": code,
                    "attempt": self._status.attempt,
                    "finished_at": now(),
                },
            )
            self._write(state=state, error=error)
        return True

    def _ending(self, code: int | None, starts: int) -> Ending | None:
        """What became of the job: by the worker's own word, else by the request, else by death."""
        outcome = read_outcome(self._folder, self._status.attempt)
        request = read_request(self._folder)
        overtaken = request == "cancel" and outcome is not None and outcome.state == "paused"
        if outcome and (outcome.state == "succeeded" or (self._spec.remote and not overtaken)):
            return JobState(outcome.state), outcome.error
        if self._spec.remote and request:  # it ended before it had passed the wish on
            return None if starts < MAX_STARTS else (JobState.FAILED, self._not_passed_on())
        if request == "cancel":
            return JobState.CANCELLED, None
        if outcome:
            return JobState(outcome.state), outcome.error
        if request == "pause":
            return JobState.PAUSED, None
        if code is not None and code >= 0:
            return JobState.FAILED, self._ended_without_word(code)
        if starts >= MAX_STARTS:
            return JobState.FAILED, self._killed_too_often(code)
        return None

    def _announce_restart(self, code: int | None, starts: int) -> None:
        self._record(attempt=self._status.attempt + 1)
        append_event(
            self._folder,
            NoticeEvent(
                at=time.time(),
                tone="warning",
                text=_(
                    "The work was ended from outside ({cause}) and starts again from the newest "
                    "checkpoint (try {starts} of {max_starts}).",
                    cause=_cause(code),
                    starts=starts + 1,
                    max_starts=MAX_STARTS,
                ),
            ),
        )

    def _record(self, **changes: Any) -> None:
        with locked(self._folder):
            self._write(**changes)

    def _write(self, **changes: Any) -> None:
        """Change the status and the table; the lock is held."""
        self._status = write_status(self._folder, self._status.model_copy(update=changes))
        try:
            store.record_state(self._workspace, self._spec.id, self._status.state)
        except LuthierError as error:
            # The folder holds the truth; the table is brought in step at the next reconcile.
            log.warning("the database was not updated: %s", error.as_text())

    def _on_terminate(self, _number: int, _frame: object) -> None:
        self._terminated = True

    def _killed_too_often(self, code: int | None) -> dict[str, str]:
        return LuthierError(
            _(
                "“{title}” was ended from outside {max_starts} times in a row.",
                title=self._spec.title,
                max_starts=MAX_STARTS,
            ),
            why=_(
                "The last time by {cause}. Most often this means that the machine ran out of memory.",
                cause=_cause(code),
            ),
            remedy=_(
                "Close other programs, or choose a smaller batch or shorter rows; then resume it, "
                "and it goes on from its newest checkpoint."
            ),
            place=str(self._folder / "worker.log"),
            code="job.killed",
        ).as_dict()

    def _not_passed_on(self) -> dict[str, str]:
        return LuthierError(
            _(
                "Whether the wish to stop “{title}” has arrived cannot be told.",
                title=self._spec.title,
            ),
            why=_(
                "Its process was ended {max_starts} times before it had an answer.",
                max_starts=MAX_STARTS,
            ),
            remedy=_(
                "What it began elsewhere may go on there, and cost: look there, or resume it and stop it "
                "again."
            ),
            place=str(self._folder / "worker.log"),
            code="job.not_passed_on",
        ).as_dict()

    def _ended_without_word(self, code: int) -> dict[str, str]:
        return LuthierError(
            _("“{title}” ended without a result.", title=self._spec.title),
            why=_("Its process left with exit code {code} and no explanation.", code=code),
            remedy=_("The log has the details; resuming tries again."),
            place=str(self._folder / "worker.log"),
            code="job.no_word",
        ).as_dict()


def _cause(code: int | None) -> str:
    return (
        _("an unknown cause")
        if code is None or code >= 0
        else _("signal {signal_name}", signal_name=signal_name(-code))
    )


def main(arguments: list[str]) -> None:
    """Keep the job in the folder named by the first argument."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    Runner(Path(arguments[0])).run(adopt="--adopt" in arguments[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
