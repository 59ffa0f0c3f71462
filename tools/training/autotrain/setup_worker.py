"""The job that makes AutoTrain's environment: minutes of fetching, shown as they pass.

Nothing half-made stays: cancelled, cut off or failed, it is as if it had never begun.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from luthier.tools.errors import LuthierError
from luthier.tools.jobs.context import JobContext
from luthier.tools.language import _
from luthier.tools.toolkits.making import Commands
from luthier.tools.training.autotrain.environment import (
    find_python,
    has_gpu,
    make_environment,
    pip_knows_places,
    why_not,
)


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
        Commands(context, _failed),
        python=python,
        gpu=gpu,
        cpu_index=not pip_knows_places(python),
    )
    return {"folder": str(folder), "gpu": gpu}


def _failed(words: str, log: Path) -> LuthierError:
    return LuthierError(
        _("AutoTrain's environment could not be made."),
        why=_("pip says: {reason}", reason=words),
        remedy=_(
            "Check the connection and the free disk space, then try again. Or take the folder with "
            "its command to another computer: `luthier autotrain files PLAN.yaml FOLDER`."
        ),
        place=str(log),
        code="autotrain.not_fetched",
    )
