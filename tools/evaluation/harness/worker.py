"""The job that asks tasks of lm-eval: its environment first, then the base and the tuned model.

What a model was asked is kept, so a job that was cut off goes on with what is missing.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.harness.environment import need_environment, not_fetched
from luthier.tools.evaluation.harness.scores import read_scores
from luthier.tools.evaluation.harness.task import HarnessTask, read_task
from luthier.tools.evaluation.store import load_evaluation, replace_evaluation
from luthier.tools.evaluation.verdict import judge
from luthier.tools.jobs.context import JobContext
from luthier.tools.jobs.store import get_job, read_result
from luthier.tools.language import _
from luthier.tools.models.reference import resolve_model
from luthier.tools.models.tuned_folder import is_whole_model
from luthier.tools.toolkits.making import Commands
from luthier.tools.training.plan import Plan
from luthier.tools.training.tuned_model import tuned_model

LOG = "lm-eval.log"
_HUB = ("ConnectionError", "LocalEntryNotFound", "OfflineMode", "Couldn't reach", "DatasetNotFound",
        "Temporary failure in name resolution", "Max retries exceeded", "ConnectError")  # fmt: skip
_UNKNOWN = ("Tasks not found", "were not found")


class HarnessPayload(BaseModel):
    """Input of the job ``harness``."""

    train_job_id: str
    evaluation_id: str
    tasks: tuple[str, ...] = Field(min_length=1, description="task files, or names of lm-eval")
    rows: int = Field(default=0, ge=0, description="rows per task at most; 0: all")
    fingerprint: str = Field(default="", description="of the task files; another is another job")


def run(context: JobContext) -> dict[str, Any]:
    """Ask the tasks and put their figures beside the evaluation of the training.

    Returns:
        ``{"evaluation": Evaluation as JSON}``, with ``harness`` and a verdict that knows it.

    Raises:
        JobStopped: the user asked to stop; resuming goes on with what is missing.
        LuthierError: a task cannot be had (``harness.hub``, ``harness.bad_task``), the tuned model is
            not on this computer (``harness.elsewhere``), or lm-eval failed (``harness.failed``).
    """
    payload = HarnessPayload.model_validate(context.spec.payload)
    tasks = [read_task(text) for text in payload.tasks]
    models = _models(context, payload.train_job_id)
    folder = need_environment(context.workspace, Commands(context, not_fetched))
    labels = {"base": _("lm-eval asks the base model"), "tuned": _("lm-eval asks the tuned model")}
    scores = []
    for task in tasks:
        made = {
            name: _ask(context, folder, task, payload.rows, name, labels[name], arguments)
            for name, arguments in models.items()
        }
        scores += read_scores(made["base"], made["tuned"])
    evaluation = load_evaluation(context.workspace, payload.evaluation_id)
    asked = {score.task for score in scores}
    kept = [score for score in evaluation.harness if score.task not in asked]
    evaluation = evaluation.model_copy(update={"harness": (*kept, *scores)})
    if evaluation.verdict:
        evaluation = evaluation.model_copy(update={"verdict": judge(evaluation)})
    replace_evaluation(context.workspace, evaluation)
    return {"evaluation": evaluation.model_dump(mode="json")}


def _models(context: JobContext, train_job_id: str) -> dict[str, dict[str, Any]]:
    """The arguments by which lm-eval loads the base and the tuned model."""
    job = get_job(context.workspace, train_job_id)
    plan = Plan.model_validate(job.spec.payload["plan"])
    tuned = tuned_model(Path(job.folder), read_result(context.workspace, train_job_id)).adapter
    if tuned is None:
        raise LuthierError(
            _("lm-eval can ask models on this computer only."),
            why=_("This one was tuned at a provider."),
            remedy=_("Its answers on your test rows are compared by `luthier eval again`."),
            code="harness.elsewhere",
        )
    base = str(resolve_model(context.workspace, plan.model.id).folder)
    shared = {"dtype": "float32", "tokenizer": base, "trust_remote_code": False}
    whole = is_whole_model(tuned)
    own = {"pretrained": str(tuned)} if whole else {"pretrained": base, "peft": str(tuned)}
    return {"base": {"pretrained": base, **shared}, "tuned": {**own, **shared}}


def _ask(
    context: JobContext,
    environment: Path,
    task: HarnessTask,
    rows: int,
    name: str,
    label: str,
    arguments: dict[str, Any],
) -> Path:
    """The folder with what lm-eval measured of one model at one task."""
    place = context.output / task.name / name
    if place.is_dir():
        return place
    part = place.with_name(f".{name}-part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    command = [
        *(str(environment / "bin" / "python"), "-m", "lm_eval", "run", "--model", "hf"),
        *("--model_args", json.dumps(arguments), "--tasks", task.name),
        *("--device", _device(), "--log_samples", "--output_path", str(part)),
        *_options(context, task, rows),
    ]
    variables = {"HF_DATASETS_CACHE": str(context.output / "cache")}
    if task.local:
        variables |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    run_command = Commands(
        context,
        lambda words, log: _failed(task, words, log),
        LOG,
        task.file.parent if task.file else None,
        variables,
    )
    run_command(command, label)
    part.rename(place)
    return place


def _options(context: JobContext, task: HarnessTask, rows: int) -> Iterator[str]:
    yield "--apply_chat_template"
    if task.file:
        own = context.output / task.name / "task"
        own.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(task.file, own / "task.yaml")
        yield from ("--include_path", str(own))
    if rows:
        yield from ("--limit", str(rows))


def _device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _failed(task: HarnessTask, words: str, log: Path) -> LuthierError:
    said = log.read_text(encoding="utf-8", errors="replace")[-20_000:]
    if not task.local and _any_of(_UNKNOWN, said):
        return LuthierError(
            _("lm-eval knows no task “{task}”.", task=task.name),
            remedy=_("Its names are listed in its documentation, such as arc_easy or gsm8k."),
            place=str(log),
            code="harness.bad_task",
        )
    if not task.local and _any_of(_HUB, said):
        return LuthierError(
            _("The rows of “{task}” could not be had.", task=task.name),
            why=_("They are on the Hugging Face Hub, which gave nothing: {words}", words=words),
            remedy=_(
                "Check the connection, or ask with a task file and rows of your own; "
                "docs/evidence.md shows one."
            ),
            place=str(log),
            code="harness.hub",
        )
    return LuthierError(
        _("lm-eval failed at “{task}”.", task=task.name),
        why=_("Its last words: {words}", words=words),
        remedy=_("The log has all of it. The evaluation stays as it is."),
        place=str(log),
        code="harness.failed",
    )


def _any_of(signs: Sequence[str], text: str) -> bool:
    return any(sign in text for sign in signs)
