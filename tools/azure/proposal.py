"""What has to be deployed for a tuned model to answer at Azure: itself, and its base to compare with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from luthier.tools.azure.deployments import Deployment, list_deployments
from luthier.tools.azure.plan import (
    AzurePlan,
    checkpoint_name,
    deployment_name,
    filled,
    needs_account,
)
from luthier.tools.errors import LuthierError
from luthier.tools.identifiers import new_id
from luthier.tools.language import _
from luthier.tools.training.hosted.profiles import AZURE as PROFILE
from luthier.tools.training.hosted_plan import HostedPlan
from luthier.tools.training.plan import Plan
from luthier.tools.workspace import Workspace

_BASE_SKUS = {
    "standard": "Standard",
    "globalstandard": "GlobalStandard",
    "datazonestandard": "DataZoneStandard",
    "developertier": "GlobalStandard",
}
_DATED = re.compile(r"(?P<name>.+)-(?P<version>\d{4}-\d{2}-\d{2})")


def azure_of(plan: Plan) -> AzurePlan:
    """The plan's part on Azure, with what the environment knows."""
    return filled(plan.hosted.azure or AzurePlan())


def base_deployment_name(azure: AzurePlan, model: str) -> str:
    """The deployment by which the untuned model is asked; empty where none can be made.

    Azure wants a model's version besides its name, which only the dated names say.
    """
    if azure.base_deployment:
        return azure.base_deployment
    found = _DATED.fullmatch(model)
    return f"luthier-base-{found['name'].replace('.', '-')}" if found else ""


def base_proposed(workspace: Workspace, hosted: HostedPlan, session_id: str) -> Deployment:
    """The untuned model's deployment, to be made or found before anything is compared.

    Raises:
        LuthierError: it is not known where to deploy (``azure.no_account``), or the model's name has no
            version, which Azure wants (``azure.no_version``).
    """
    azure = filled(hosted.azure or AzurePlan())
    problem = needs_account(azure)
    if problem:
        raise problem
    found = _DATED.fullmatch(hosted.model or PROFILE.model)
    if not found:
        raise LuthierError(
            _("Luthier cannot deploy {model} by itself.", model=hosted.model),
            why=_("Azure wants its version besides its name, and the name has none."),
            remedy=_(
                "Deploy it in the Azure portal and name the deployment in the plan: "
                "hosted.azure.base_deployment."
            ),
            code="azure.no_version",
        )
    name = base_deployment_name(azure, found.string)
    running = list_deployments(workspace, running=True)
    there = [one for one in running if (one.account, one.name) == (azure.account_name, name)]
    wanted = Deployment(
        id=new_id(),
        session_id=session_id,
        train_job="",
        name=name,
        model=found["name"],
        version=found["version"],
        is_base=True,
        sku=_BASE_SKUS[azure.sku],
        capacity=azure.capacity,
        subscription=azure.subscription,
        resource_group=azure.resource_group,
        account=azure.account_name,
        management_url=azure.management_url,
    )
    return there[0] if there else wanted


def proposed(
    workspace: Workspace,
    plan: Plan,
    session_id: str,
    train_job: str,
    training: Mapping[str, Any],
    step: int = 0,
) -> tuple[Deployment, ...]:
    """The deployments that are still to be made, the tuned model's first.

    ``step`` asks for the checkpoint of that step instead of the model that the training ended with.

    Raises:
        LuthierError: the subscription, resource group or resource is not known (``azure.no_account``),
            or there is no such checkpoint (``azure.no_checkpoint``).
    """
    azure = azure_of(plan)
    problem = needs_account(azure)
    if problem:
        raise problem
    wanted = training["awaits_deployment"]
    common: dict[str, Any] = {
        "session_id": session_id,
        "train_job": train_job,
        "capacity": azure.capacity,
        "subscription": azure.subscription,
        "resource_group": azure.resource_group,
        "account": azure.account_name,
        "management_url": azure.management_url,
    }
    known = {(one.account, one.name): one for one in list_deployments(workspace, running=True)}
    name, model = deployment_name(azure.deployment, plan.name, train_job), wanted["model"]
    if step:
        name, model = checkpoint_name(name, step), _checkpoint(training, step)
    tuned = Deployment(
        **common,
        id=new_id(),
        name=name,
        model=model,
        version="1",
        sku=azure.sku,
    )
    found = [known.get((tuned.account, tuned.name), tuned)]
    base = _DATED.fullmatch(wanted["base"])
    name = base_deployment_name(azure, wanted["base"])
    if base and not azure.base_deployment and (tuned.account, name) not in known:
        found.append(
            Deployment(
                **common,
                id=new_id(),
                name=name,
                model=base["name"],
                version=base["version"],
                is_base=True,
                sku=_BASE_SKUS[azure.sku],
            )
        )
    return tuple(found)


def _checkpoint(training: Mapping[str, Any], step: int) -> str:
    """The id by which Azure deploys a checkpoint."""
    kept = {one["step"]: str(one["model"]) for one in training.get("checkpoints") or ()}
    if step in kept:
        return kept[step]
    listed = ", ".join(map(str, sorted(kept)))
    raise LuthierError(
        _("This training has no checkpoint at step {step}.", step=step),
        why=_("Azure keeps those of the last passes only."),
        remedy=_("Checkpoints that are there: {listed}.", listed=listed or _("none")),
        code="azure.no_checkpoint",
    )
