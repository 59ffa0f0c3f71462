"""The job that makes AutoTrain's environment: minutes of fetching, shown as they pass.

Nothing half-made stays: cancelled, cut off or failed, it is as if it had never begun.
"""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Sequence
from typing import Any

from luthier.tools.errors import LuthierError
from luthier.tools.jobs.context import JobContext, JobStopped
from luthier.tools.jobs.environment import job_environment
from luthier.tools.jobs.processes import end_tree
from luthier.tools.language import _
from luthier.tools.training.autotrain.environment import (
    find_python,
    has_gpu,
    make_environment,
    pip_knows_places,
    why_not,
)

LOG = "setup.log"
_PACKAGE = re.compile(r"^(?:Collecting|Downloading|Installing collected packages|Processing)\b")
_POLL = 0.2


def run(context: JobContext) -> dict[str, Any]:
    """Make the environment.

    Returns:
        ``folder`` (of the environment) and ``gpu`` (whether torch was fetched for one).

    Raises:
        JobStopped: it was stopped.
        LuthierError: it cannot be made here, or a package could not be fetched
            (``autotrain.not_fetched``).
    """
    python, gpu = find_python(), has_gpu()
    problem = why_not(context.workspace, gpu=gpu, python=python)
    if problem:
        raise problem
    folder = make_environment(
        context.workspace,
        _Commands(context),
        python=python,
        gpu=gpu,
        cpu_index=not pip_knows_places(python),
    )
    return {"folder": str(folder), "gpu": gpu}


class _Commands:
    """Runs one command after the other, with its output in the log and its news on the screen."""

    def __init__(self, context: JobContext) -> None:
        self._context = context
        self._log = context.output / LOG

    def __call__(self, command: Sequence[str], label: str) -> None:
        self._context.progress(label, 0, 0)
        began = self._log.stat().st_size if self._log.exists() else 0
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=job_environment(self._context.workspace),
            )
        try:
            with self._log.open(encoding="utf-8", errors="replace") as said:
                said.seek(began)
                while process.poll() is None:
                    if self._context.stop_request:
                        raise JobStopped(self._context.stop_request)
                    self._tell(said.read(), label)
                    time.sleep(_POLL)
                rest = said.read()
        finally:
            end_tree(process.pid)
            process.wait()
        self._context.honour_stop()
        if process.returncode:
            raise self._failed(rest, began)

    def _tell(self, text: str, label: str) -> None:
        news = [line for line in text.splitlines() if _PACKAGE.match(line)]
        if news:
            self._context.progress(f"{label}: {news[-1][:60]}", 0, 0)

    def _failed(self, rest: str, began: int) -> LuthierError:
        text = self._log.read_bytes()[began:].decode("utf-8", errors="replace") + rest
        lines = [line for line in text.splitlines() if line.strip()]
        said = [line for line in lines if line.startswith("ERROR")] or lines[-1:]
        return LuthierError(
            _("AutoTrain's environment could not be made."),
            why=_("pip says: {reason}", reason=" ".join(said[-1:]).removeprefix("ERROR: ")[:300]),
            remedy=_(
                "Check the connection and the free disk space, then try again. Or take the folder with "
                "its command to another computer: `luthier autotrain files PLAN.yaml FOLDER`."
            ),
            place=str(self._log),
            code="autotrain.not_fetched",
        )
