"""The tools that choose and measure what the tuned model has to beat."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field

from luthier.tools.catalog.base import NoArguments, Outcome, Tool, ToolContext
from luthier.tools.catalog.base_elsewhere import (
    alternatives_elsewhere,
    approve_asking,
    is_here,
    keys_elsewhere,
    measures_here,
)
from luthier.tools.catalog.jobs import start_job
from luthier.tools.catalog.learning import evaluation_plan
from luthier.tools.catalog.plan import not_yet
from luthier.tools.data.paths import require_source
from luthier.tools.effects import Effect
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.arms import USUAL
from luthier.tools.evaluation.arms.other_model import find_model, models_elsewhere
from luthier.tools.evaluation.metrics import find_metric
from luthier.tools.facts import Facts
from luthier.tools.language import _, mark
from luthier.tools.models.sentence_encoder import read_encoder
from luthier.tools.questions import Approval
from luthier.tools.training.plan import EvaluationPlan, Plan
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
    base = alternatives_elsewhere(context.facts)
    plan = evaluation_plan(context)
    job = start_job(
        context,
        "baseline",
        _("Measuring the alternatives"),
        {
            "dataset_id": dataset.id,
            "model_id": context.facts.model_id,
            "evaluation": plan.model_dump(mode="json"),
            "base": base and base.model_dump(mode="json"),
        },
        keys=keys_elsewhere(context, plan),
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
    """What else to measure, and by what; nothing given means as before."""

    arms: tuple[MoreArms, ...] = Field(
        default=(),
        description="added to what is measured: 'prompted' (instructions), 'few_shot' (examples), "
        "'retrieval' (similar rows looked up), 'tuned_retrieval' (the tuned model with those)",
    )
    prompt: str = Field(
        default="", max_length=20_000, description="the user's own instructions, word for word"
    )
    documents: str = Field(
        default="", description="file or folder of the user's documents to look things up in"
    )
    encoder: str = Field(
        default="",
        description="folder of the user's sentence encoder, by which meaning is compared",
    )
    models: tuple[str, ...] = Field(
        default=(),
        description="ids of other finished training jobs to measure, or JOB:STEP for a checkpoint; "
        ":STEP for a checkpoint of this session's training, :all for every one",
    )
    measures: tuple[str, ...] = Field(
        default=(),
        description="further metrics to show, such as 'macro_f1', 'chrf', 'format_rules'",
    )
    pattern: str = Field(
        default="", max_length=2_000, description="regular expression that answers should fit"
    )
    json_schema: str = Field(default="", description="the user's own JSON schema file")
    database: str = Field(
        default="", description="SQLite or .sql file of the user on which SQL answers are executed"
    )
    price_per_hour: float | None = Field(
        default=None, ge=0, description="of the machine that answers, in the user's currency"
    )
    preparation_price: float | None = Field(
        default=None, ge=0, description="what preparing the data cost, in the same currency"
    )
    hosting_per_hour: float | None = Field(
        default=None, ge=0, description="of a tuned model that stands ready, asked or not"
    )


_FILES = ("documents", "encoder", "json_schema", "database")
_SAID = (*_FILES, "pattern", "price_per_hour", "preparation_price", "hosting_per_hour")


def compare_alternatives(context: ToolContext, arguments: Compare) -> Outcome:
    """Measure more alternatives on the same test rows; what was answered before is kept."""
    for name in arguments.measures:
        find_metric(name)
    models = _found(context, arguments)
    said = arguments.model_dump(mode="json", include=set(_SAID))
    wishes = {name: value for name, value in said.items() if value not in ("", None)}
    for name in _FILES:
        if name in wishes:
            wishes[name] = str(require_source(Path(wishes[name]).expanduser()).absolute())
    if "encoder" in wishes:
        read_encoder(Path(wishes["encoder"]))
    known = context.facts.measuring
    for name, added in (("models", models), ("measures", arguments.measures)):
        wished = (*known.get(name, ()), *added)
        if wished:
            wishes[name] = list(dict.fromkeys(wished))
    arms = arguments.arms
    if "documents" in wishes and not {"retrieval", "tuned_retrieval"} & set(arms):
        arms = (*arms, "retrieval", "tuned_retrieval")
    return measure_again(context, wishes, arms, arguments.prompt)


def _found(context: ToolContext, arguments: Compare) -> tuple[str, ...]:
    """The full names of the other tuned models, each of which is there and can be asked.

    Raises:
        LuthierError: one is not.
    """
    models = _named(context.facts, arguments.models)
    for model in models:
        find_model(context.workspace, model)
    return models


def _approve_comparing(context: ToolContext, arguments: Compare) -> Approval:
    """What is asked where; nobody is asked for what could not be done."""
    _found(context, arguments)
    others = _others_elsewhere(context, arguments)
    return approve_asking(context, "compare_alternatives", others)


def _named(facts: Facts, models: Iterable[str]) -> tuple[str, ...]:
    """Other tuned models by their full names: ``:STEP`` and ``:all`` mean this session's training."""
    own = facts.train_job
    kept = [f":{one['step']}" for one in (facts.training or {}).get("checkpoints") or ()]
    wished = [one for name in models for one in (kept if name == ":all" else (name,))]
    if not wished and models:
        raise LuthierError(
            _("This training has kept no checkpoints that can be measured."),
            remedy=_("`luthier jobs` lists the trainings of this home."),
            code="evaluation.unknown_model",
        )
    return tuple(f"{own}{name}" if name.startswith(":") else name for name in wished)


def _others_elsewhere(context: ToolContext, arguments: Compare) -> tuple[EndpointModel, ...]:
    """The models elsewhere that are named for the first time; a name that fits none is said later."""
    agreed = context.facts.measuring.get("models", ())
    try:
        named = _named(context.facts, arguments.models)
        return models_elsewhere(context.workspace, [name for name in named if name not in agreed])
    except LuthierError:
        return ()


def measure_again(
    context: ToolContext, wishes: dict[str, Any], arms: tuple[str, ...] = (), prompt: str = ""
) -> Outcome:
    """Start measuring with what is wished for from now on (values of the evaluation's plan)."""
    facts = context.facts
    if facts.dataset is None:
        raise not_yet(_("The data has not been prepared yet."), _("Finish the data step first."))
    wished = facts.model_copy(
        update={
            "alternatives": tuple(dict.fromkeys((*(facts.alternatives or USUAL), *arms))),
            "own_prompt": prompt or facts.own_prompt,
            "measuring": {**facts.measuring, **wishes},
        }
    )
    changes: dict[str, Any] = {
        "alternatives": list(wished.alternatives),
        "own_prompt": wished.own_prompt,
        "measuring": wished.measuring,
    }
    if facts.plan is not None:
        chosen = {
            "arms": wished.alternatives,
            "prompt": wished.own_prompt,
            **wished.measuring,
        }
        evaluation = EvaluationPlan.model_validate({**facts.plan.evaluation.model_dump(), **chosen})
        plan = facts.plan.model_copy(update={"evaluation": evaluation})
        changes |= _plan_kept(facts, plan)
    if facts.plan is None or facts.training is None:
        outcome = run_baselines(replace(context, facts=wished), NoArguments())
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
        keys=keys_elsewhere(context, plan.evaluation),
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
        effect=Effect.MONEY,
        approval=lambda context, _arguments: approve_asking(context, "run_baselines"),
        harmless_with=measures_here,
        repeatable=True,
        label=mark("Starting to measure the alternatives"),
    ),
    Tool(
        name="compare_alternatives",
        description="Measure more alternatives on the same test rows (looking things up in the user's "
        "documents, other trainings, his own prompt), by further measures, or with prices. Use it when "
        "the user wants another way compared.",
        arguments=Compare,
        run=compare_alternatives,
        effect=Effect.MONEY,
        approval=_approve_comparing,
        harmless_with=lambda context, arguments: (
            is_here(context.facts) and not _others_elsewhere(context, arguments)
        ),
        repeatable=True,
        points_at=lambda arguments: tuple(
            path for name in _FILES if (path := getattr(arguments, name))
        ),
        label=mark("Starting to measure more alternatives"),
    ),
)
