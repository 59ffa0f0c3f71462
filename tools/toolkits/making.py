"""Making an environment step by step, in a job: whole, or not there at all."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from luthier.tools.errors import LuthierError
from luthier.tools.files import write_json
from luthier.tools.jobs.context import JobContext, JobStopped
from luthier.tools.jobs.environment import job_environment
from luthier.tools.jobs.processes import end_tree
from luthier.tools.language import _

READY = "luthier-ready.json"
SETUP_LOG = "setup.log"
_PACKAGE = re.compile(r"^(?:Collecting|Downloading|Installing collected packages|Processing)\b")
_BAR = re.compile(r"(\d+)/(\d+) \[")
"""How far a progress bar of tqdm is."""
_POLL = 0.2

Runs = Callable[[Sequence[str], str], None]
"""Runs one command under a label in plain words; raises where it fails."""
Fails = Callable[[str, Path], LuthierError]
"""The error for a command whose last words were these, with the log of all."""


@dataclass(frozen=True, slots=True)
class Step:
    """One command on the way to an environment."""

    label: str
    command: tuple[str, ...]


def pip_install(folder: Path) -> tuple[str, ...]:
    """The beginning of a command that installs packages into the environment in ``folder``."""
    own = str(folder / "bin" / "python")
    return (own, "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off")


def make_whole(folder: Path, steps: Sequence[Step], run: Runs, ready: Mapping[str, Any]) -> Path:
    """Make the environment in ``folder`` anew and mark it with ``ready``, or leave nothing behind.

    Raises:
        LuthierError: what ``run`` raises for a command that fails.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        for step in steps:
            run(step.command, _(step.label))
        write_json(folder / READY, dict(ready))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


class Commands:
    """Runs one command after the other, with its output in the log and its news on the screen.

    Args:
        context: of the job.
        failed: makes the error where a command fails.
        log: name of the log in the job's folder.
        folder: where the commands run.
        variables: added to the environment of a job.

    Raises:
        JobStopped: the job was asked to stop; the command's processes are gone.
        LuthierError: a command failed, as ``failed`` says it.
    """

    def __init__(
        self,
        context: JobContext,
        failed: Fails,
        log: str = SETUP_LOG,
        folder: Path | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self._context = context
        self._failed = failed
        self._log = context.output / log
        self._folder = folder
        self._variables = variables or {}

    def __call__(self, command: Sequence[str], label: str) -> None:
        """Run ``command`` to its end; ``label`` says what it does."""
        self._context.progress(label, 0, 0)
        began = self._log.stat().st_size if self._log.exists() else 0
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                env={**job_environment(self._context.workspace), **self._variables},
            )
        try:
            with self._log.open(encoding="utf-8", errors="replace") as said:
                said.seek(began)
                while process.poll() is None:
                    if self._context.stop_request:
                        raise JobStopped(self._context.stop_request)
                    self._tell(said.read(), label)
                    time.sleep(_POLL)
                self._tell(said.read(), label)
        finally:
            end_tree(process.pid)
            process.wait()
        self._context.honour_stop()
        if process.returncode:
            raise self._failed(self._last_words(began), self._log)

    def _tell(self, text: str, label: str) -> None:
        news = [line for line in text.splitlines() if _PACKAGE.match(line)]
        bars = _BAR.findall(text)
        if bars:
            self._context.progress(label, int(bars[-1][0]), int(bars[-1][1]))
        elif news:
            self._context.progress(f"{label}: {news[-1][:60]}", 0, 0)

    def _last_words(self, began: int) -> str:
        text = self._log.read_bytes()[began:].decode("utf-8", errors="replace")
        lines = [line for line in text.splitlines() if line.strip()]
        said = [line for line in lines if line.startswith("ERROR")] or lines[-1:]
        return " ".join(said[-1:]).removeprefix("ERROR: ")[:300]
