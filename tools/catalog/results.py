"""Tools that take in what jobs left behind, and show it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from luthier.tools.catalog.base import NoArguments, Outcome, Tool, ToolContext
from luthier.tools.catalog.readings import READERS
from luthier.tools.effects import Effect
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.views import evaluation_views
from luthier.tools.jobs.model import STATE_WORDS, Job, JobState
from luthier.tools.jobs.store import get_job, read_result
from luthier.tools.language import _, mark
from luthier.tools.views import Callout


class TakeIn(BaseModel):
    """A job that has ended."""

    job_id: str = Field(description="id of the job whose result to take in")


def take_in_result(context: ToolContext, arguments: TakeIn) -> Outcome:
    """Read a finished job's result into the facts, or say why there is none."""
    job = get_job(context.workspace, arguments.job_id)
    noticed = [*context.facts.noticed_jobs, job.id]
    if job.status.state is not JobState.SUCCEEDED:
        return _unsuccessful(context, job, noticed)
    result = read_result(context.workspace, job.id)
    reader = READERS.get(job.spec.kind)
    if reader is None:
        return Outcome(
            _("{title}: done.", title=job.spec.title),
            facts={"noticed_jobs": noticed},
            data={"kind": job.spec.kind, "state": "succeeded"},
        )
    read = reader(context, job, result)
    return Outcome(
        read.words,
        facts={**read.facts, "noticed_jobs": noticed},
        views=read.views,
        data={
            "kind": job.spec.kind,
            "state": "succeeded",
            "refitted": read.refitted,
            "older": not read.facts,
            "told": read.told,
        },
    )


def _unsuccessful(context: ToolContext, job: Job, noticed: list[str]) -> Outcome:
    error = job.status.error or {}
    words = " ".join(error[key] for key in ("what", "why", "remedy") if error.get(key))
    facts: dict[str, Any] = {"noticed_jobs": noticed}
    state = job.status.state
    field = {
        "baseline": "baseline_job",
        "preflight": "preflight_job",
        "evaluate": "evaluate_job",
        "judge": "judge_job",
        "export": "export_job",
        "deploy": "deploy_job",
        "search": "search_job",
        "curve": "curve_job",
        "harness": "harness_job",
    }
    for name in ("base_job", "checkpoint_job"):
        if job.id == getattr(context.facts, name):
            field["deploy"] = name
    if state.is_final and job.spec.kind in field:
        facts[field[job.spec.kind]] = ""
    if job.spec.kind == "serve" and (context.facts.served or {}).get("id") == job.id:
        facts["served"] = None
    if job.spec.kind == "serve" and state is JobState.CANCELLED:
        data = {"kind": "serve", "state": str(state), "words": ""}
        return Outcome(_("{title}: stopped.", title=job.spec.title), facts=facts, data=data)
    headline = f"{job.spec.title}: {_(STATE_WORDS[state])}."
    views = (
        Callout(
            tone="bad" if state in (JobState.FAILED, JobState.LOST) else "neutral",
            headline=headline,
            lines=tuple(error[key] for key in ("what", "why", "remedy") if error.get(key)),
        ),
    )
    return Outcome(
        f"{headline} {words}".strip(),
        facts=facts,
        views=views,
        data={"kind": job.spec.kind, "state": str(state), "words": words},
    )


def show_results(context: ToolContext, _arguments: NoArguments) -> Outcome:
    """Show the newest comparison of the arms."""
    evaluation = context.facts.evaluation or context.facts.baseline
    if evaluation is None:
        raise LuthierError(
            _("Nothing has been measured yet."),
            remedy=_("The alternatives are measured once the data is prepared."),
            code="journey.not_yet",
        )
    return Outcome(_("Here are the results."), views=evaluation_views(evaluation))


TOOLS = (
    Tool(
        name="take_in_result",
        description="Take in the result of a job that has ended.",
        arguments=TakeIn,
        run=take_in_result,
        effect=Effect.WRITES_HOME,
        label=mark("Reading the result"),
    ),
    Tool(
        name="show_results",
        description="Show the newest comparison of base, few-shot and tuned.",
        arguments=NoArguments,
        run=show_results,
        effect=Effect.READS,
        label=mark("Showing the results"),
    ),
)
