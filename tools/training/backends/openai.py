"""OpenAI, and every provider that speaks its fine-tuning API at another address."""

from __future__ import annotations

from luthier.tools.data.store import load_dataset
from luthier.tools.effects import Effect
from luthier.tools.endpoints.keys import variables_for
from luthier.tools.language import _, mark
from luthier.tools.training.backends.base import Backend, Changes, Details
from luthier.tools.training.hosted.check import check_hosted
from luthier.tools.training.hosted.closing import closing_notice
from luthier.tools.training.hosted.graders import grader_of, grader_words
from luthier.tools.training.hosted.lines import size_of_splits
from luthier.tools.training.hosted.price import forecast
from luthier.tools.training.hosted.profiles import (
    ADDRESS_VARIABLE,
    endpoint_of,
    profile_of,
)
from luthier.tools.training.plan import Estimate, Plan
from luthier.tools.wording import size
from luthier.tools.workspace import Workspace


def _details(workspace: Workspace, plan: Plan, _estimate: Estimate | None) -> Details:
    """Destination, rows, bytes, price, duration, and what leaves the machine."""
    endpoint = endpoint_of(plan.hosted)
    info = load_dataset(workspace, plan.data.dataset_id)
    expected = forecast(workspace, plan)
    rows = _(
        "{train} training and {validation} validation rows, {size}; the {test} test rows stay here "
        "and are sent one by one as questions in the evaluation",
        train=info.train,
        validation=info.validation,
        test=info.test,
        size=size(size_of_splits(workspace, plan)),
    )
    epochs = (
        _("about {epochs:g}, which the provider decides", epochs=expected.epochs)
        if plan.hosted.epochs == "auto"
        else f"{expected.epochs:g}"
    )
    closing = closing_notice(plan.hosted)
    afterwards = profile_of(plan.hosted).afterwards
    return (
        (_("Where"), f"{profile_of(plan.hosted).label} ({endpoint.host})"),
        (_("Model"), f"{endpoint.model}, {plan.hosted.method}"),
        *(((_("Graded by"), grader_words(plan)),) if plan.hosted.grader else ()),
        (_("What leaves this computer"), rows),
        (_("Times seen"), epochs),
        (_("Price"), expected.price_in_words()),
        (_("Time"), expected.time_in_words()),
        *(((_("Please note"), closing),) if closing else ()),
        *(((_("After the training"), _(afterwards)),) if afterwards else ()),
    )


def _title(plan: Plan) -> str:
    label = profile_of(plan.hosted).label
    return _("Send your rows to {label} and start a training there that costs money", label=label)


def _prepared(_workspace: Workspace, plan: Plan) -> Plan:
    """The plan with the model's name and the address written out, so that it can be repeated."""
    endpoint = endpoint_of(plan.hosted)
    hosted = plan.hosted.model_copy(
        update={
            "model": endpoint.model,
            "provider": endpoint.provider,
            "base_url": endpoint.base_url,
            "grader": grader_of(plan),
        }
    )
    return plan.model_copy(update={"hosted": hosted})


def _key_variables(plan: Plan) -> tuple[str, ...]:
    return (*variables_for(endpoint_of(plan.hosted)), ADDRESS_VARIABLE)


OPENAI = Backend(
    name="openai",
    label=mark("OpenAI, or a provider that speaks its API"),
    changes=Changes(
        price=mark("the provider charges for each token trained, and later for each answer."),
        time=mark("minutes to hours in the provider's queue; this computer may sleep meanwhile."),
        privacy=mark("your training and validation rows are sent to the provider and kept there."),
        export=mark(
            "no weights at OpenAI: the model answers there alone, as long as they keep it running."
        ),
    ),
    worker="luthier.tools.training.hosted.worker:run",
    effect=lambda _plan: Effect.MONEY,
    title=_title,
    details=_details,
    check=check_hosted,
    prepared=_prepared,
    key_variables=_key_variables,
    base=endpoint_of,
    notice=closing_notice,
    remote=True,
)
