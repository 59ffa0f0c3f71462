"""Asking a model elsewhere costs money and sends test rows: what the user reads before that."""

from __future__ import annotations

from luthier.tools.catalog.base import ToolContext
from luthier.tools.catalog.learning import evaluation_plan
from luthier.tools.data.store import load_rows
from luthier.tools.effects import Effect
from luthier.tools.endpoints.keys import variables_for
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.evaluation.arms import arms_of
from luthier.tools.evaluation.sample import sample_rows
from luthier.tools.facts import Facts
from luthier.tools.language import _
from luthier.tools.models.counters import counter_for
from luthier.tools.prices.table import MILLION, price_of
from luthier.tools.questions import Approval
from luthier.tools.training.hosted_plan import HostedPlan

_PROMPT_GROWS = 4
"""How much longer a prompt with instructions or examples is, at the most, in these rough figures."""
_CHOICES = 100
"""Requests, at the most, that choosing instructions and examples on validation rows takes."""


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


def keys_elsewhere(facts: Facts) -> tuple[str, ...]:
    """The environment variables that a job needs to ask that model."""
    base = base_elsewhere(facts)
    return variables_for(base) if base else ()


def is_here(facts: Facts) -> bool:
    """Whether the comparison asks nobody but this computer."""
    return base_elsewhere(facts) is None


def measures_here(facts: Facts) -> bool:
    """Whether measuring the alternatives again asks nobody but this computer."""
    before_training = facts.training is None
    return is_here(facts) or (before_training and alternatives_elsewhere(facts) is None)


def approve_asking(context: ToolContext, tool: str, *, tuned: bool) -> Approval:
    """What measuring at a provider means: which rows go there, how many requests, what they cost."""
    base = base_elsewhere(context.facts)
    assert base is not None
    dataset = context.facts.dataset
    assert dataset is not None
    evaluation = evaluation_plan(context)
    rows = sample_rows(load_rows(context.workspace, dataset.id, "test"), evaluation.max_rows)
    arms = arms_of(evaluation.arms, tuned=tuned)
    requests = len(rows) * len(arms) + _CHOICES
    counts = counter_for(context.workspace, "gpt-4o").count(rows)
    longest = max((one.whole for one in counts), default=0)
    mean = sum(one.whole for one in counts) / max(len(counts), 1)
    read = round(requests * (mean * _PROMPT_GROWS))
    written = round(requests * min(evaluation.max_new_tokens, max(longest, 1)))
    price = price_of(base)
    if base.is_local:
        cost = _("free: it runs on this computer")
    elif price is None:
        cost = _("unknown: no price of this model is known here")
    else:
        cost = _(
            "at most about ${dollars:,.2f} (prices read {read})",
            dollars=(read * price.input + written * price.output) / MILLION,
            read=price.read or _("from you"),
        )
    return Approval(
        tool=tool,
        effect=Effect.MONEY,
        title=_("Ask the model at {host} with your test rows", host=base.host),
        details=(
            (_("Where"), base.words),
            (
                _("What leaves this computer"),
                _(
                    "{rows} test rows, and training rows as examples in some prompts; the answers "
                    "are kept here, so that nothing is asked twice",
                    rows=len(rows),
                ),
            ),
            (_("Requests"), _("about {requests:,}", requests=requests)),
            (_("Price"), cost),
        ),
    )
