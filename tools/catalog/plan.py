"""Tools of the plan stage: propose, change, choose a model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from luthier.tools.catalog.base import NoArguments, Outcome, Tool, ToolContext
from luthier.tools.catalog.learning import evaluation_plan, measure_tokens, reference_for
from luthier.tools.effects import Effect
from luthier.tools.errors import LuthierError
from luthier.tools.estimate.formula import estimate_plan
from luthier.tools.estimate.machine import Machine, measure_machine
from luthier.tools.estimate.rescale import reckoned, rescaled
from luthier.tools.hub_address import hub_place
from luthier.tools.language import _, mark
from luthier.tools.models.hub import is_hub_id
from luthier.tools.models.learning import LearningReport
from luthier.tools.models.reference import ModelReference, resolve_model
from luthier.tools.questions import Approval, Editable
from luthier.tools.training.backends import backend_of
from luthier.tools.training.changes import change_plan
from luthier.tools.training.choose import propose_plan, row_length
from luthier.tools.training.hosted_plan import HostedPlan
from luthier.tools.training.methods.allowed import holdings, refuse_unfit
from luthier.tools.training.methods.registry import method_of
from luthier.tools.training.methods.switch import offered, switched
from luthier.tools.training.plan import Estimate, Plan
from luthier.tools.training.plan_fields import field_for, label_of
from luthier.tools.training.views import plan_views, shown_value
from luthier.tools.views import Callout, Setting, Settings, View


def make_plan(context: ToolContext, _arguments: NoArguments) -> Outcome:
    """Choose every setting from rows, tokens and the user's time, with the reason beside it."""
    facts = context.facts
    if facts.dataset is None:
        raise LuthierError(
            _("The data has not been prepared yet."),
            remedy=_("Finish the data step first."),
            code="journey.not_yet",
        )
    report = measure_tokens(context)
    plan = propose_plan(
        facts.dataset,
        report,
        reference_for(context),
        minutes=facts.brief.minutes,
        criterion=facts.brief.criterion,
        evaluation=evaluation_plan(context),
        machine=measure_machine(context.workspace),
        name=_name(facts.dataset.name),
    )
    if facts.backend != "local":
        hosted = facts.hosted or HostedPlan()
        plan = plan.model_copy(update={"backend": facts.backend, "hosted": hosted})
    reason = offered(holdings(context.workspace, facts.dataset))
    plan = plan.model_copy(update={"reasons": plan.reasons | {"method": reason}})
    return _planned(context, plan, _("Plan made."))


class ChangePlan(BaseModel):
    """Values to change in the plan, by the names people use."""

    changes: dict[str, str | float | int] = Field(
        description="setting to value, such as {'epochs': 2, 'rank': 32, 'learning rate': 0.0003, "
        "'method': 'lora' | 'full' | 'dpo' | 'orpo' | 'kto'}; "
        "or in comparison with now: 'more', 'less', 'a bit more', 'double', 'half'"
    )


@dataclass(frozen=True, slots=True)
class Replanned:
    """A plan with what it will take and what stands in its way."""

    plan: Plan
    estimate: Estimate
    blockers: tuple[str, ...]


def replan(context: ToolContext, plan: Plan) -> Replanned:
    """``plan`` with its estimate: the measured step where it still holds, else from formulas."""
    report = measure_tokens(context, plan.train.max_length, method_of(plan))
    reference, machine = reference_for(context), measure_machine(context.workspace)
    return Replanned(
        plan,
        _estimate(context, plan, report, reference, machine),
        tuple(f"{b.message} {b.remedy}".strip() for b in report.blockers),
    )


def _estimate(
    context: ToolContext,
    plan: Plan,
    report: LearningReport,
    reference: ModelReference,
    machine: Machine,
) -> Estimate:
    """The measured step where it still holds, else formulas, corrected by a measurement there was."""
    old, measured = context.facts.plan, context.facts.estimate
    if old is None or measured is None or not measured.measured:
        return estimate_plan(plan, report, reference, machine)
    kept = rescaled(measured, old, plan, report, reference, machine)
    return kept or reckoned(measured, old, plan, report, reference, machine)


def plan_of(context: ToolContext) -> Plan:
    """The plan of the session.

    Raises:
        LuthierError: there is none yet.
    """
    if context.facts.plan is None:
        raise not_yet(_("There is no plan yet."), _("Make the plan first."))
    return context.facts.plan


def not_yet(what: str, remedy: str) -> LuthierError:
    """The error for a step that comes too early on the journey."""
    return LuthierError(what, remedy=remedy, code="journey.not_yet")


def change_settings(context: ToolContext, arguments: ChangePlan) -> Outcome:
    """Change values of the plan; the estimate is made again."""
    changed = changed_plan(context, arguments.changes)
    paths = [path for name in arguments.changes if (path := field_for(name))]
    words = ", ".join(
        _("{name} is now {value}", name=_(label_of(path)), value=shown_value(changed, path))
        for path in paths
    )
    return _planned(context, changed, _("Plan changed: {words}.", words=words))


def changed_plan(context: ToolContext, changes: Mapping[str, str | float | int]) -> Plan:
    """The session's plan with these changes; another method takes along what suits it.

    Raises:
        LuthierError: a value is not allowed, or the data does not allow the method.
    """
    plan = plan_of(context)
    changed = change_plan(plan, changes)
    if changed.method == plan.method or context.facts.dataset is None:
        return changed
    method, reference = method_of(changed), reference_for(context)
    held = holdings(context.workspace, context.facts.dataset)
    refuse_unfit(method, held)
    named = {path for name in changes if (path := field_for(name))}
    changed = switched(changed, reference.parameters, held, named)
    length = row_length(measure_tokens(context, reference.context_length, method), reference)
    if "train.max_length" in named or length.value <= changed.train.max_length:
        return changed
    train = changed.train.model_copy(update={"max_length": length.value})
    reasons = changed.reasons | {"train.max_length": length.reason}
    return changed.model_copy(update={"train": train, "reasons": reasons})


def show_plan(context: ToolContext, _arguments: NoArguments) -> Outcome:
    """Show the plan with its reasons and estimates."""
    plan = context.facts.plan
    if plan is None:
        raise LuthierError(
            _("There is no plan yet."),
            remedy=_("It is made once the data is prepared and the alternatives are measured."),
            code="journey.not_yet",
        )
    if not backend_of(plan.backend).measures_here:
        return Outcome(_("Here is the plan."), views=plan_elsewhere(context, plan))
    return Outcome(_("Here is the plan."), views=plan_views(plan, context.facts.estimate))


class ChooseModel(BaseModel):
    """A base model."""

    model: str = Field(description="'starter', a Hugging Face Hub id, or the path of a folder")


def choose_model(context: ToolContext, arguments: ChooseModel) -> Outcome:
    """Use another base model; what was measured with the old one is measured again."""
    reference = resolve_model(context.workspace, arguments.model, progress=context.progress)
    return Outcome(
        _(
            "The base model is now {name} ({parameters:.0f} million parameters, context "
            "{context_length} tokens).",
            name=reference.name,
            parameters=reference.parameters / 1e6,
            context_length=reference.context_length,
        ),
        facts={"model_id": arguments.model},
    )


def approve_model(_context: ToolContext, arguments: ChooseModel) -> Approval:
    """What fetching a model from the Hub means."""
    return Approval(
        tool="choose_model",
        effect=Effect.NETWORK,
        title=_("Fetch the model {model} from the Hugging Face Hub", model=arguments.model),
        details=(
            (_("From"), hub_place()),
            (
                _("Download"),
                _("its weights, often several gigabytes, unless they are here already"),
            ),
            (_("Code"), _("none that comes with a model is ever run")),
            (
                _("Price and privacy"),
                _("free; the model's name and your Hub token, if any, are sent, no data"),
            ),
        ),
        editable=(Editable(name="model", label=_("model"), value=arguments.model),),
    )


def plan_elsewhere(context: ToolContext, plan: Plan) -> tuple[View, ...]:
    """The plan, and what it takes where it is not run on this computer."""
    backend = backend_of(plan.backend)
    details = backend.details(context.workspace, backend.prepared(context.workspace, plan), None)
    settings = tuple(Setting(name=name, value=value) for name, value in details)
    found = backend.check(context.workspace, plan)
    views: list[View] = [
        *plan_views(plan, None),
        Settings(title=_("What it takes there"), settings=settings),
    ]
    views += [
        Callout(tone="bad" if one.stops else "warning", headline=one.message, lines=(one.remedy,))
        for one in found
    ]
    return tuple(views)


def _planned(context: ToolContext, plan: Plan, words: str) -> Outcome:
    if not backend_of(plan.backend).measures_here:
        changed = {"plan": plan.model_dump(mode="json"), "estimate": None}
        if plan.hosted != (context.facts.hosted or HostedPlan()):
            changed["hosted"] = plan.hosted.model_dump(mode="json")
            changed |= _baseline_kept(context, plan)
        return Outcome(words, facts=changed, views=plan_elsewhere(context, plan))
    made = replan(context, plan)
    return Outcome(
        words,
        facts={
            "plan": plan.model_dump(mode="json"),
            "estimate": made.estimate.model_dump(mode="json"),
            "preflight_job": context.facts.preflight_job if made.estimate.measured else "",
            "token_blockers": list(made.blockers),
        },
        views=plan_views(plan, made.estimate),
    )


def _baseline_kept(context: ToolContext, plan: Plan) -> dict[str, Any]:
    """The baseline as a fact, where the settings that changed leave the base model as it was."""
    facts, backend = context.facts, backend_of(plan.backend)
    same = backend.base(plan.hosted) == backend.base(facts.hosted or HostedPlan())
    if facts.baseline is None or not same:
        return {}
    return {"baseline": facts.baseline.model_dump(mode="json")}


def _name(source: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", source.lower()).strip("-") or "my-model"


TOOLS = (
    Tool(
        name="make_plan",
        description="Propose model, LoRA settings, epochs, batch and length from the data, each "
        "with its reason, and estimate memory, time and disk.",
        arguments=NoArguments,
        run=make_plan,
        effect=Effect.WRITES_HOME,
        label=mark("Making the plan"),
    ),
    Tool(
        name="change_plan",
        description="Change values of the plan, such as method (LoRA, full fine-tuning, DPO, ORPO, "
        "KTO), epochs, rank, learning rate, batch size, length, seed.",
        arguments=ChangePlan,
        run=change_settings,
        effect=Effect.WRITES_HOME,
        label=mark("Changing the plan"),
    ),
    Tool(
        name="show_plan",
        description="Show the plan with its reasons and estimates.",
        arguments=NoArguments,
        run=show_plan,
        effect=Effect.READS,
        label=mark("Showing the plan"),
    ),
    Tool(
        name="choose_model",
        description="Use another base model: 'starter', a Hub id, or a local folder.",
        arguments=ChooseModel,
        run=choose_model,
        effect=Effect.NETWORK,
        approval=approve_model,
        harmless=lambda arguments: (
            not is_hub_id(arguments.model) or Path(arguments.model).expanduser().is_dir()
        ),
        points_at=lambda arguments: () if arguments.model == "starter" else (arguments.model,),
        label=mark("Looking at the model"),
        repeatable=True,
    ),
)
