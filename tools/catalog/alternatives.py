"""The tools that choose and measure what the tuned model has to beat."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel, Field

from luthier.tools.catalog.base import NoArguments, Outcome, Tool, ToolContext
from luthier.tools.catalog.jobs import start_job
from luthier.tools.catalog.learning import evaluation_plan
from luthier.tools.catalog.plan import not_yet
from luthier.tools.effects import Effect
from luthier.tools.evaluation.arms import USUAL
from luthier.tools.facts import Facts
from luthier.tools.language import _, mark
from luthier.tools.training.plan import Plan
from luthier.tools.views import JobView

MoreArms = Literal["prompted", "few_shot", "retrieval", "tuned_retrieval"]

_KEPT = (
    "preflight_job",
    "estimate",
    "train_job",
    "training",
    "host_proposal",
    "export_job",
    "exports",
)
"""What rests on a plan but not on how it is evaluated."""


def run_baselines(context: ToolContext, _arguments: NoArguments) -> Outcome:
    """Measure what can be had without tuning on the held-out test split."""
    dataset = context.facts.dataset
    if dataset is None:
        raise not_yet(_("The data has not been prepared yet."), _("Finish the data step first."))
    job = start_job(
        context,
        "baseline",
        _("Measuring the alternatives"),
        {
            "dataset_id": dataset.id,
            "model_id": context.facts.model_id,
            "evaluation": evaluation_plan(context).model_dump(mode="json"),
        },
    )
    return Outcome(
        _(
            "Job {id} measures what can be had without tuning on {test} test rows.",
            id=job.id,
            test=dataset.test,
        ),
        facts={"baseline_job": job.id, "baseline": None},
        views=(JobView(job_id=job.id),),
        data={"job_id": job.id},
    )


class Compare(BaseModel):
    """What else to measure."""

    arms: tuple[MoreArms, ...] = Field(
        default=(),
        description="added to what is measured: 'prompted' (instructions), 'few_shot' (examples), "
        "'retrieval' (similar rows looked up), 'tuned_retrieval' (the tuned model with those)",
    )
    prompt: str = Field(
        default="", max_length=20_000, description="the user's own instructions, word for word"
    )


def compare_alternatives(context: ToolContext, arguments: Compare) -> Outcome:
    """Measure more alternatives on the same test rows; what was answered before is kept."""
    facts = context.facts
    if facts.dataset is None:
        raise not_yet(_("The data has not been prepared yet."), _("Finish the data step first."))
    wished = facts.model_copy(
        update={
            "alternatives": tuple(dict.fromkeys((*(facts.alternatives or USUAL), *arguments.arms))),
            "own_prompt": arguments.prompt or facts.own_prompt,
        }
    )
    with_wish = replace(context, facts=wished)
    changes: dict[str, Any] = {
        "alternatives": list(wished.alternatives),
        "own_prompt": wished.own_prompt,
    }
    if facts.plan is not None:
        plan = facts.plan.model_copy(update={"evaluation": evaluation_plan(with_wish)})
        changes |= _plan_kept(facts, plan)
    if facts.plan is None or facts.training is None:
        outcome = run_baselines(with_wish, NoArguments())
        return Outcome(
            outcome.summary,
            facts={**changes, **outcome.facts},
            views=outcome.views,
            data=outcome.data,
        )
    job = start_job(
        context,
        "evaluate",
        _("Measuring the tuned model and the alternatives"),
        {"plan": plan.model_dump(mode="json"), "train_job_id": facts.train_job},
    )
    return Outcome(
        _("Job {id} measures the tuned model and the alternatives on the same rows.", id=job.id),
        facts={**changes, "evaluate_job": job.id, "evaluation": None},
        views=(JobView(job_id=job.id),),
        data={"job_id": job.id},
    )


def _plan_kept(facts: Facts, plan: Plan) -> dict[str, Any]:
    """The plan with its new evaluation, and all that was done by it, as facts."""
    kept = facts.model_dump(mode="json", include=set(_KEPT))
    return {"plan": plan.model_dump(mode="json"), **{k: v for k, v in kept.items() if v}}


TOOLS = (
    Tool(
        name="run_baselines",
        description="Start the measurement of what can be had without tuning (base model, "
        "instructions, few-shot prompt) on the held-out test split. Takes a few minutes; returns at "
        "once.",
        arguments=NoArguments,
        run=run_baselines,
        effect=Effect.WRITES_HOME,
        label=mark("Starting to measure the alternatives"),
    ),
    Tool(
        name="compare_alternatives",
        description="Measure more alternatives on the same test rows, or the user's own prompt. "
        "Use it when the user wants another way compared.",
        arguments=Compare,
        run=compare_alternatives,
        effect=Effect.WRITES_HOME,
        label=mark("Starting to measure more alternatives"),
    ),
)
