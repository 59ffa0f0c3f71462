"""Azure OpenAI: the same API at a resource of one's own, and a deployment before the model answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit

from luthier.tools.azure.deployments import Deployment
from luthier.tools.azure.for_runs import take_down, times_deleted
from luthier.tools.azure.plan import LONGEST_SUFFIX, AzurePlan, filled
from luthier.tools.azure.proposal import base_deployment_name, base_proposed, proposed
from luthier.tools.azure.tables import hosting_price, price_words, tunable_model
from luthier.tools.azure.token import KEY_VARIABLES
from luthier.tools.azure.views import reminder
from luthier.tools.data.store import load_dataset
from luthier.tools.effects import Effect
from luthier.tools.endpoints.keys import variables_for
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.errors import LuthierError
from luthier.tools.language import _, mark
from luthier.tools.training.backends.base import Backend, Changes, Deploying, Details
from luthier.tools.training.hosted.check import check_hosted
from luthier.tools.training.hosted.graders import grader_of, grader_words
from luthier.tools.training.hosted.lines import size_of_splits
from luthier.tools.training.hosted.price import forecast
from luthier.tools.training.hosted.profiles import AZURE as PROFILE
from luthier.tools.training.hosted.profiles import Account
from luthier.tools.training.hosted_plan import HostedPlan
from luthier.tools.training.objection import Objection
from luthier.tools.training.plan import Estimate, Plan
from luthier.tools.wording import size
from luthier.tools.workspace import Workspace

TIERS = {
    "Standard": mark("in the region of your resource; your rows stay there"),
    "DataZoneStandard": mark("anywhere in the data zone, which is the United States"),
    "GlobalStandard": mark(
        "wherever Azure has capacity, 10 to 30% cheaper; rows and weights are copied there"
    ),
    "developerTier": mark(
        "on idle capacity anywhere, half of the global price; it may be interrupted and goes on later"
    ),
}


def azure_part(hosted: HostedPlan) -> AzurePlan:
    """What the plan and the environment say of the resource."""
    azure = hosted.azure or AzurePlan()
    if hosted.base_url and not azure.endpoint:
        parts = urlsplit(hosted.base_url)
        azure = azure.model_copy(update={"endpoint": f"{parts.scheme}://{parts.netloc}"})
    return filled(azure)


def jobs_endpoint(hosted: HostedPlan) -> EndpointModel:
    """The resource as it is asked for files and jobs.

    Raises:
        LuthierError: its address is not known (``azure.no_endpoint``).
    """
    azure = azure_part(hosted)
    if not azure.endpoint:
        raise LuthierError(
            _("The address of your Azure resource is not known."),
            remedy=_(
                "Set AZURE_OPENAI_ENDPOINT (such as https://NAME.openai.azure.com) and "
                "AZURE_OPENAI_API_KEY in the environment, then open Luthier again."
            ),
            code="azure.no_endpoint",
        )
    return EndpointModel(
        base_url=azure.jobs_url,
        model=hosted.model or PROFILE.model,
        provider=PROFILE.name,
        key_variable=PROFILE.key_variable,
        api_version=azure.jobs_version,
    )


def base_of(hosted: HostedPlan) -> EndpointModel | None:
    """The untuned model's deployment; None where there can be none."""
    azure, jobs = azure_part(hosted), jobs_endpoint(hosted)
    name = base_deployment_name(azure, jobs.model)
    return deployed_at(jobs, azure, name) if name else None


def deployed_at(jobs: EndpointModel, azure: AzurePlan, name: str) -> EndpointModel:
    """A deployment of the resource, as it is asked to chat."""
    place = {"base_url": azure.chat_url(name), "api_version": azure.chat_version}
    return jobs.model_copy(update={"model": name, **place})


_SHORT = {"regional": "Standard", "global": "GlobalStandard", "datazone": "DataZoneStandard"}
_SPELLINGS = _SHORT | {"developer": "developerTier"} | {name.lower(): name for name in TIERS}


def tier_of(hosted: HostedPlan) -> str:
    """The kind of training: the wanted one, else in the region where the model can be trained there."""
    if hosted.tier:
        return _SPELLINGS.get(re.sub(r"[\s_-]", "", hosted.tier).lower(), hosted.tier)
    known = tunable_model(hosted.model or PROFILE.model)
    return known.tiers[0] if known and known.tiers else "Standard"


def check_azure(workspace: Workspace, plan: Plan) -> tuple[Objection, ...]:
    """Everything that speaks against this plan at Azure, what stops it first."""
    found = list(_about(plan.hosted))
    if azure_part(plan.hosted).endpoint:
        found += check_hosted(workspace, at_profile(plan))
    return tuple(sorted(found, key=lambda one: not one.stops))


def _about(hosted: HostedPlan) -> Iterator[Objection]:
    try:
        jobs_endpoint(hosted)
    except LuthierError as error:
        yield Objection(error.code, error.what, error.remedy)
    tier, azure = tier_of(hosted), azure_part(hosted)
    if tier not in TIERS:
        yield Objection(
            "unknown_tier",
            _("Luthier knows no training tier called “{name}” at Azure.", name=tier),
            _("Known are: {names}. It is sent as it is; Azure decides.", names=", ".join(TIERS)),
            stops=False,
        )
    if "." in hosted.suffix:
        yield Objection(
            "suffix_with_dot",
            _("At Azure the suffix may have no dot."),
            _("Choose another one, of at most {n} characters.", n=LONGEST_SUFFIX),
        )
    known = tunable_model(hosted.model or PROFILE.model)
    if known is None:
        return
    if tier in TIERS and tier not in known.tiers:
        yield Objection(
            "tier_unavailable",
            _(
                "{model} was not offered in the tier {tier} on {read}.",
                model=known.name,
                tier=tier,
                read=known.read,
            ),
            _("It takes: {names}.", names=", ".join(known.tiers)),
            stops=False,
        )
    if hosted.method not in known.methods:
        yield Objection(
            "method_unavailable",
            _(
                "{model} could not be tuned in the way “{method}” on {read}.",
                model=known.name,
                method=hosted.method,
                read=known.read,
            ),
            _("It takes: {names}.", names=", ".join(known.methods)),
            stops=False,
        )
    region = azure.region.lower().replace(" ", "")
    if region and tier == "Standard" and region not in known.regions:
        yield Objection(
            "region_unavailable",
            _(
                "{model} could not be trained in {region} on {read}.",
                model=known.name,
                region=azure.region,
                read=known.read,
            ),
            _("Regions: {names}; or the tier GlobalStandard.", names=", ".join(known.regions)),
            stops=False,
        )


def notice(hosted: HostedPlan) -> str:
    """What is known of the end of the model's training for new customers; empty where nothing is."""
    known = tunable_model(hosted.model or PROFILE.model)
    if known is None or not known.until:
        return ""
    if date.fromisoformat(known.until) > datetime.now(UTC).date():
        return ""
    return _(
        "Azure trains {model} only for those who did so before {day} (read {read}). Newcomers have the "
        "open models there, such as gpt-oss-20b, without data residency; or this computer. If your "
        "resource still has access, Luthier serves you all the same.",
        model=known.name,
        day=known.until,
        read=known.read,
    )


def at_profile(plan: Plan) -> Plan:
    """The plan with the profile's name, by which the common rules find Azure's limits."""
    azure = azure_part(plan.hosted)
    update = {"provider": PROFILE.name, "base_url": azure.jobs_url if azure.endpoint else ""}
    return plan.model_copy(update={"hosted": plan.hosted.model_copy(update=update)})


def _details(workspace: Workspace, plan: Plan, _estimate: Estimate | None) -> Details:
    """Destination, rows, price and duration, and what the deployment will cost afterwards."""
    hosted, azure = plan.hosted, azure_part(plan.hosted)
    info = load_dataset(workspace, plan.data.dataset_id)
    expected = forecast(workspace, at_profile(plan))
    tier, closing = tier_of(hosted), notice(hosted)
    rows = _(
        "{train} training and {validation} validation rows, {size}; the {test} test rows stay here "
        "and are sent one by one as questions in the evaluation",
        train=info.train,
        validation=info.validation,
        test=info.test,
        size=size(size_of_splits(workspace, plan)),
    )
    return (
        (_("Where"), f"Azure OpenAI ({jobs_endpoint(hosted).host})"),
        (_("Model"), f"{jobs_endpoint(hosted).model}, {hosted.method}"),
        *(((_("Graded by"), grader_words(plan)),) if hosted.grader else ()),
        (_("Trained"), f"{tier}: {_(TIERS[tier])}" if tier in TIERS else tier),
        (_("What leaves this computer"), rows),
        (_("Price of the training"), expected.price_in_words()),
        (_("Time"), expected.time_in_words()),
        (
            _("Afterwards"),
            _(
                "to answer, the model has to be deployed, which is asked about then: {price}",
                price=price_words(hosting_price(azure.sku)),
            ),
        ),
        *(((_("Please note"), closing),) if closing else ()),
    )


def _prepared(_workspace: Workspace, plan: Plan) -> Plan:
    """The plan with resource, model and tier written out, so that it can be repeated."""
    hosted = plan.hosted
    update = {
        "provider": PROFILE.name,
        "model": jobs_endpoint(hosted).model,
        "tier": tier_of(hosted),
        "azure": azure_part(hosted),
        "grader": grader_of(plan),
    }
    return plan.model_copy(update={"hosted": hosted.model_copy(update=update)})


def _deployments(
    workspace: Workspace,
    plan: Plan,
    session_id: str,
    train_job: str,
    training: Mapping[str, Any] | None,
) -> tuple[Deployment, ...]:
    """The untuned model's deployment before the training, the tuned one's afterwards."""
    if training is not None:
        return proposed(workspace, plan, session_id, train_job, training)
    azure, model = azure_part(plan.hosted), jobs_endpoint(plan.hosted).model
    if azure.base_deployment or not base_deployment_name(azure, model):
        return ()
    return (base_proposed(workspace, plan.hosted, session_id),)


AZURE = Backend(
    name="azure",
    label=mark("Azure OpenAI"),
    changes=Changes(
        price=mark(
            "Azure charges for each token trained, then by the hour while the model is deployed, and "
            "for each answer."
        ),
        time=mark("minutes to hours in Azure's queue; this computer may sleep meanwhile."),
        privacy=mark("your training and validation rows are sent to your own resource at Azure."),
        export=mark("no weights: the model answers at Azure alone, as long as it is deployed."),
    ),
    worker="luthier.tools.azure.tuning:run",
    effect=lambda _plan: Effect.MONEY,
    title=lambda _plan: _("Send your rows to Azure and start a training there that costs money"),
    details=_details,
    check=check_azure,
    prepared=_prepared,
    key_variables=lambda plan: variables_for(jobs_endpoint(plan.hosted)),
    base=base_of,
    account=lambda hosted: Account(PROFILE, jobs_endpoint(hosted)),
    deploying=Deploying(
        wanted=_deployments,
        price=lambda plan: price_words(hosting_price(azure_part(plan.hosted).sku)),
        keys=KEY_VARIABLES,
        times_deleted=times_deleted,
        take_down=take_down,
        reminder=reminder,
    ),
    notice=notice,
    remote=True,
)
