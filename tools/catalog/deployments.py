"""Tools for a tuned model that answers at Azure: deploy it, see what it costs, delete it."""

from __future__ import annotations

from pydantic import BaseModel, Field

from luthier.tools.azure.control import VERSION
from luthier.tools.azure.deployments import (
    Deployment,
    delete,
    find_deployment,
    list_deployments,
    refresh,
)
from luthier.tools.azure.proposal import base_proposed, proposed
from luthier.tools.azure.tables import hosting_price, price_words
from luthier.tools.azure.token import KEY_VARIABLES
from luthier.tools.azure.views import deployments_table
from luthier.tools.catalog.base import NoArguments, Outcome, Tool, ToolContext
from luthier.tools.catalog.jobs import start_job
from luthier.tools.catalog.plan import not_yet, plan_of
from luthier.tools.effects import Effect
from luthier.tools.language import _, mark, plural
from luthier.tools.questions import Approval
from luthier.tools.training.hosted_plan import HostedPlan
from luthier.tools.views import JobView


class DeployTuned(BaseModel):
    """Which model of the training."""

    step: int = Field(
        default=0, ge=0, description="of a checkpoint; 0: the model that the training ended with"
    )


def deploy_tuned(context: ToolContext, arguments: DeployTuned) -> Outcome:
    """Start the job that deploys the tuned model and watches until it answers."""
    wanted = _wanted(context, arguments)
    job = start_job(
        context,
        "deploy",
        _("Deploying {name}", name=wanted[0].name),
        {"deployments": [one.model_dump(mode="json") for one in wanted]},
        keys=KEY_VARIABLES,
        remote=True,
    )
    return Outcome(
        _("Azure is asked for the deployment {name}.", name=wanted[0].name),
        facts={"checkpoint_job" if arguments.step else "deploy_job": job.id},
        views=(JobView(job_id=job.id),),
        data={"job_id": job.id},
    )


def approve_deploying(context: ToolContext, arguments: DeployTuned) -> Approval:
    """What a deployment means: where, at what price by the hour and by the month, and until when."""
    wanted = _wanted(context, arguments)
    tuned = wanted[0]
    base = next((one for one in wanted if one.is_base), None)
    details = [
        (_("Where"), f"{tuned.account} ({tuned.resource_group})"),
        (_("Model"), tuned.model),
        (_("Name"), tuned.name),
        (_("Kind"), f"{tuned.sku}, {VERSION}"),
        (_("Price"), price_words(hosting_price(tuned.sku))),
        (_("Questions"), _("cost what the base model's cost, besides")),
        (_("Runs"), _("until you delete it: “delete the deployment”")),
    ]
    if base:
        details.append(
            (
                _("Besides"),
                _(
                    "{name}, the untuned model, to compare with: no hourly price, only its tokens",
                    name=base.name,
                ),
            )
        )
    details.append((_("Privacy"), _privacy(tuned.sku)))
    return Approval(
        tool="deploy_tuned",
        effect=Effect.MONEY,
        title=_("Deploy the tuned model at Azure"),
        details=tuple(details),
    )


def _privacy(sku: str) -> str:
    if sku == "standard":
        return _("questions are answered in the region of your resource")
    if sku == "datazonestandard":
        return _("questions are answered within the data zone, which is the United States")
    return _("questions may be answered in any region of Azure: no data residency")


def _wanted(context: ToolContext, arguments: DeployTuned) -> tuple[Deployment, ...]:
    facts = context.facts
    if not (facts.training or {}).get("awaits_deployment"):
        raise not_yet(
            _("There is nothing to deploy at Azure."),
            _("Tune a model at Azure first: “train it at azure”."),
        )
    return proposed(
        context.workspace,
        plan_of(context),
        context.session_id,
        facts.train_job,
        facts.training or {},
        arguments.step,
    )


def deploy_base(context: ToolContext, _arguments: NoArguments) -> Outcome:
    """Start the job that makes the untuned model answer at Azure, or finds that it does."""
    wanted = _base(context)
    job = start_job(
        context,
        "deploy",
        _("Deploying {name}", name=wanted.name),
        {"deployments": [wanted.model_dump(mode="json")]},
        keys=KEY_VARIABLES,
        remote=True,
    )
    return Outcome(
        _("Azure is asked for the deployment {name}.", name=wanted.name),
        facts={"base_job": job.id},
        views=(JobView(job_id=job.id),),
        data={"job_id": job.id},
    )


def approve_base(context: ToolContext, _arguments: NoArguments) -> Approval:
    """What deploying the untuned model means."""
    wanted = _base(context)
    return Approval(
        tool="deploy_base",
        effect=Effect.MONEY,
        title=_("Deploy the untuned model at Azure, to compare with"),
        details=(
            (_("Where"), f"{wanted.account} ({wanted.resource_group})"),
            (_("Model"), f"{wanted.model} ({wanted.version})"),
            (_("Name"), wanted.name),
            (_("Price"), _("none by the hour; its answers cost by the token")),
            (_("Runs"), _("until you delete it: “delete the deployment {name}”", name=wanted.name)),
            (_("Privacy"), _privacy(wanted.sku.lower())),
        ),
    )


def _base(context: ToolContext) -> Deployment:
    hosted = context.facts.hosted or HostedPlan()
    return base_proposed(context.workspace, hosted, context.session_id)


class WhichDeployment(BaseModel):
    """A deployment that Luthier made; empty means the only one."""

    deployment: str = Field(default="", description="its name, or the end of its id")


def show_deployments(context: ToolContext, _arguments: NoArguments) -> Outcome:
    """Show what is deployed at Azure and what it costs, from Luthier's own records."""
    found = list_deployments(context.workspace)
    running = [one for one in found if not one.is_over]
    return Outcome(
        plural("{n} deployment runs.", "{n} deployments run.", len(running))
        if running
        else _("Luthier knows of no deployment at Azure."),
        views=(deployments_table(running or found),) if found else (),
        data={"running": [one.name for one in running]},
    )


def delete_deployment(context: ToolContext, arguments: WhichDeployment) -> Outcome:
    """Delete a deployment at Azure; the tuned model stays and can be deployed again."""
    found = find_deployment(context.workspace, arguments.deployment)
    gone = delete(context.workspace, found)
    ours = context.facts.deployed is not None and found.train_job == context.facts.train_job
    return Outcome(
        _("The deployment {name} is deleted; it costs nothing any more.", name=gone.name),
        facts={"deployed": {"deleted": True}} if ours and not gone.is_base else {},
        data={"name": gone.name},
    )


def approve_deleting(context: ToolContext, arguments: WhichDeployment) -> Approval:
    """What deleting a deployment means."""
    found = find_deployment(context.workspace, arguments.deployment)
    return Approval(
        tool="delete_deployment",
        effect=Effect.DELETES,
        title=_("Delete the deployment {name} at Azure", name=found.name),
        details=(
            (_("Where"), f"{found.account} ({found.resource_group})"),
            (_("Model"), _("{model}: stays at Azure and can be deployed again", model=found.model)),
            (
                _("Price until now"),
                price_words(hosting_price(found.sku)) if not found.is_base else "0",
            ),
            (_("Afterwards"), _("programs that ask it get an error at once")),
        ),
    )


def check_deployment(context: ToolContext, arguments: WhichDeployment) -> Outcome:
    """Ask Azure whether a deployment still exists and answers."""
    found = refresh(context.workspace, find_deployment(context.workspace, arguments.deployment))
    return Outcome(
        _("Azure was asked for {name}.", name=found.name),
        views=(deployments_table([found]),),
        data={"name": found.name, "state": found.state},
    )


TOOLS = (
    Tool(
        name="deploy_base",
        description="Make the untuned model answer at Azure, before the alternatives are measured "
        "there. It costs by the token; the user is asked first.",
        arguments=NoArguments,
        run=deploy_base,
        effect=Effect.MONEY,
        approval=approve_base,
        label=mark("Deploying the untuned model"),
        repeatable=True,
    ),
    Tool(
        name="deploy_tuned",
        description="Deploy the model that was tuned at Azure, or a checkpoint of it, so that it "
        "answers. It costs by the hour; the user is asked first.",
        arguments=DeployTuned,
        run=deploy_tuned,
        effect=Effect.MONEY,
        approval=approve_deploying,
        label=mark("Deploying at Azure"),
        repeatable=True,
    ),
    Tool(
        name="show_deployments",
        description="Show what is deployed at Azure, with its price by the hour and so far.",
        arguments=NoArguments,
        run=show_deployments,
        effect=Effect.READS,
        label=mark("Looking at the deployments"),
    ),
    Tool(
        name="check_deployment",
        description="Ask Azure whether a deployment still exists and answers.",
        arguments=WhichDeployment,
        run=check_deployment,
        effect=Effect.WRITES_HOME,
        label=mark("Asking Azure"),
    ),
    Tool(
        name="delete_deployment",
        description="Delete a deployment at Azure, so that it costs nothing any more. The user is "
        "asked first; the tuned model stays.",
        arguments=WhichDeployment,
        run=delete_deployment,
        effect=Effect.DELETES,
        approval=approve_deleting,
        label=mark("Deleting the deployment"),
        repeatable=True,
    ),
)
