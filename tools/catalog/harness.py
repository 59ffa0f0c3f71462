"""The tool that asks tasks of lm-evaluation-harness, before and after tuning."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, Field

from luthier.tools.catalog.base import Outcome, Tool, ToolContext
from luthier.tools.catalog.jobs import start_job
from luthier.tools.catalog.plan import not_yet
from luthier.tools.effects import Effect
from luthier.tools.evaluation.harness.environment import BYTES, VERSION, has_environment
from luthier.tools.evaluation.harness.task import read_task
from luthier.tools.language import _, mark
from luthier.tools.questions import Approval
from luthier.tools.views import JobView
from luthier.tools.wording import size


class AskHarness(BaseModel):
    """What lm-eval shall ask."""

    task: str = Field(description="a task file (YAML) that the user named, or a task of lm-eval")
    rows: int = Field(default=0, ge=0, description="rows used at most; 0: all")


def ask_harness(context: ToolContext, arguments: AskHarness) -> Outcome:
    """Ask the base and the tuned model the task; the figures become rows of what was lost."""
    training, evaluation = _measured(context)
    task = read_task(arguments.task)
    job = start_job(
        context,
        "harness",
        _("Asking tasks of lm-eval"),
        {
            "train_job_id": training,
            "evaluation_id": evaluation,
            "tasks": [str(task.file or task.name)],
            "rows": arguments.rows,
        },
    )
    return Outcome(
        _("Job {id} asks both models with lm-eval.", id=job.id),
        facts={"harness_job": job.id},
        views=(JobView(job_id=job.id),),
        data={"job_id": job.id},
    )


def approve_harness(context: ToolContext, arguments: AskHarness) -> Approval:
    """What is fetched, and what leaves this computer.

    Raises:
        LuthierError: nothing was measured yet, or the task is none.
    """
    _measured(context)
    task = read_task(arguments.task)
    fetched = _("nothing; lm-eval {version} is here", version=VERSION)
    if not has_environment(context.workspace):
        fetched = _(
            "lm-eval {version} with pip, into an environment of its own ({size} on disk)",
            version=VERSION,
            size=size(BYTES),
        )
    rows = _("on this computer: {file}", file=task.file)
    if not task.local:
        rows = _("fetched from the Hugging Face Hub")
    return Approval(
        tool="ask_harness",
        effect=Effect.NETWORK,
        title=_("Ask “{task}” of lm-eval, before and after tuning", task=task.name),
        details=(
            (_("Download"), fetched),
            (_("Rows"), rows),
            (_("Time"), _("a minute for each model, and what its answers take")),
            (_("Price and privacy"), _("free; nothing of yours is sent")),
        ),
    )


def _measured(context: ToolContext) -> tuple[str, str]:
    """The training and its evaluation."""
    evaluation = context.facts.evaluation
    if context.facts.training is None or evaluation is None:
        raise not_yet(
            _("There is no measured tuned model yet."),
            _("Train and measure it first; then lm-eval can ask it, too."),
        )
    return context.facts.train_job, evaluation.id


def _points_at(arguments: AskHarness) -> tuple[str, ...]:
    """The file, where it is one; a name of lm-eval needs not be said by the user word for word."""
    is_file = Path(arguments.task).suffix.lower() in (".yaml", ".yml") or "/" in arguments.task
    return (arguments.task,) if is_file else ()


TOOLS = (
    Tool(
        name="ask_harness",
        description="Ask the base and the tuned model a task of lm-evaluation-harness (lm-eval): a "
        "YAML task file with local rows, or a named task from the Hub. After the evaluation; the user "
        "is asked first.",
        arguments=AskHarness,
        run=ask_harness,
        effect=Effect.NETWORK,
        approval=approve_harness,
        points_at=_points_at,
        label=mark("Asking lm-eval"),
        repeatable=True,
    ),
)
