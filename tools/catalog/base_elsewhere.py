"""Asking a model elsewhere costs money and sends test rows: what the user reads before that."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel

from luthier.tools.catalog.base import ToolContext
from luthier.tools.catalog.learning import evaluation_plan
from luthier.tools.catalog.plan import not_yet
from luthier.tools.effects import Effect
from luthier.tools.endpoints.keys import variables_for
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.evaluation.arms.other_model import asked_by
from luthier.tools.evaluation.asking_costs import Asked, asked_of_the_plan, asking_details
from luthier.tools.facts import Facts
from luthier.tools.language import _
from luthier.tools.questions import Approval
from luthier.tools.training.hosted_plan import HostedPlan
from luthier.tools.training.plan import EvaluationPlan


def base_elsewhere(facts: Facts) -> EndpointModel | None:
    """The untuned model of the comparison where it is not on this computer."""
    if facts.backend == "local":
        return None
    from luthier.tools.training.backends import backend_of

    return backend_of(facts.backend).base(facts.hosted or HostedPlan())


def alternatives_elsewhere(facts: Facts) -> EndpointModel | None:
    """The model that the alternatives are measured with before the training; None: this computer's.

    The user may have declined to ask the provider and taken the base model here instead.
    """
    return None if facts.has("baseline.here") else base_elsewhere(facts)


def keys_elsewhere(context: ToolContext, plan: EvaluationPlan) -> tuple[str, ...]:
    """The environment variables with the keys of all models elsewhere that a measurement asks.

    Raises:
        LuthierError: the plan names a training or a checkpoint that is not there.
    """
    base, others = base_elsewhere(context.facts), asked_by(context.workspace, plan)
    asked = (base, *others) if base else others
    return tuple(dict.fromkeys(name for model in asked for name in variables_for(model)))


def is_here(facts: Facts) -> bool:
    """Whether measuring asks nobody but this computer, as far as the plan's own models go."""
    return _base_asked(facts) is None


def measures_here(context: ToolContext, _arguments: BaseModel) -> bool:
    """The same for a tool that measures those models and no others."""
    return is_here(context.facts)


def _base_asked(facts: Facts) -> EndpointModel | None:
    """The untuned model elsewhere that a measurement at this moment would ask."""
    return alternatives_elsewhere(facts) if facts.training is None else base_elsewhere(facts)


def approve_asking(
    context: ToolContext, tool: str, others: Sequence[EndpointModel] = ()
) -> Approval:
    """What measuring at a provider means: which rows go there, how many requests, what they cost.

    ``others`` are asked besides the models of the plan: what other trainings and checkpoints made.

    Raises:
        LuthierError: there are no rows to ask yet.
    """
    facts = context.facts
    if facts.dataset is None:
        raise not_yet(_("The data has not been prepared yet."), _("Finish the data step first."))
    evaluation = evaluation_plan(context)
    tuned = (facts.training or {}).get("endpoint")
    asked = [
        *asked_of_the_plan(
            _base_asked(facts),
            EndpointModel.model_validate(tuned) if tuned else None,
            evaluation.arms,
        ),
        *map(Asked, others),
    ]
    hosts = ", ".join(dict.fromkeys(one.model.host for one in asked))
    return Approval(
        tool=tool,
        effect=Effect.MONEY,
        title=_("Ask the model at {host} with your test rows", host=hosts),
        details=asking_details(context.workspace, facts.dataset.id, evaluation, asked),
    )
