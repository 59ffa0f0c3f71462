"""What ``luthier eval harness`` does."""

from __future__ import annotations

import hashlib

from luthier.tools.evaluation.harness.environment import BYTES, VERSION, has_environment
from luthier.tools.evaluation.harness.task import HarnessTask, read_task
from luthier.tools.evaluation.losses import losses_tables
from luthier.tools.evaluation.model import Evaluation
from luthier.tools.language import _
from luthier.tools.wording import size
from luthier.tools.workspace import Workspace
from luthier.tui.cli_shared import ask_first, show
from luthier.tui.cli_trials import newest_evaluation, run_again, training_of
from luthier.tui.exit_codes import OK


def ask_harness(
    workspace: Workspace,
    job_id: str,
    named: tuple[str, ...],
    rows: int,
    *,
    yes: bool,
    as_json: bool,
) -> int:
    """Ask for a yes, ask both models, and show what was lost."""
    tasks = [read_task(text) for text in named]
    training, _plan = training_of(workspace, job_id)
    evaluation = newest_evaluation(workspace, training)
    if not yes:
        if not has_environment(workspace):
            ask_first(
                _(
                    "Fetch lm-eval {version} with pip into an environment of its own ({size} on disk)?",
                    version=VERSION,
                    size=size(BYTES),
                )
            )
        away = [task.name for task in tasks if not task.local]
        if away:
            ask_first(
                _("Fetch the rows of {tasks} from the Hugging Face Hub?", tasks=", ".join(away))
            )
    result = run_again(
        workspace,
        "harness",
        _("Asking tasks of lm-eval"),
        {
            "train_job_id": training.spec.id,
            "evaluation_id": evaluation.id,
            "tasks": [str(task.file or task.name) for task in tasks],
            "rows": rows,
            "fingerprint": _fingerprint(tasks),
        },
        training.spec.session_id,
    )
    asked = Evaluation.model_validate(result["evaluation"])
    show(losses_tables(asked), asked.harness, as_json=as_json)
    return OK


def _fingerprint(tasks: list[HarnessTask]) -> str:
    """Changes with what is in the task files, so that a changed one is asked anew."""
    files = [task.file.read_bytes() for task in tasks if task.file]
    return hashlib.sha256(b"\0".join(files)).hexdigest()[:16]
