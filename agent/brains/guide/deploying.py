"""The guide where a tuned model has to be deployed before it answers: Azure."""

from __future__ import annotations

from luthier.agent.brains.guide.questions_elsewhere import endpoint
from luthier.agent.brains.guide.reply import Reply, ask, call, say
from luthier.agent.brains.guide.situation import Result
from luthier.tools.facts import Facts
from luthier.tools.language import _

TOOL_NAMES = frozenset(
    {"deploy_base", "deploy_tuned", "show_deployments", "check_deployment", "delete_deployment"}
)


def base_step(facts: Facts) -> Reply | None:
    """Make the untuned model answer where it is to be compared; None where it does already."""
    azure = facts.hosted.azure if facts.hosted else None
    if facts.backend != "azure" or facts.base_deployed or (azure and azure.base_deployment):
        return None
    if facts.base_job:
        return say("")
    if facts.has("deploy.declined"):
        return say(
            _(
                "The untuned model is not deployed, so nothing can be compared at Azure. Say “deploy it "
                "at azure” to go on, or “train it on this computer”."
            )
        )
    return call(
        "deploy_base",
        _(
            "You want to train at Azure, so the comparison has to be with the untuned model **there**. "
            "For that it has to be deployed, too; that costs nothing by the hour."
        ),
    )


def deploy_step(facts: Facts) -> Reply | None:
    """Ask for the deployment that the comparison needs; None where there is none to ask for."""
    training = facts.training or {}
    if facts.evaluation is not None:
        return None
    if training.get("awaits_endpoint") and not facts.has("endpoint.ready"):
        return _endpoint_step(facts)
    if not training.get("awaits_deployment"):
        return None
    if facts.deployed is None:
        if facts.deploy_job:
            return say("")
        if facts.has("deploy.declined"):
            return say(_("The tuned model is not deployed. Say “deploy it at azure” to go on."))
        return call(
            "deploy_tuned",
            _(
                "At Azure a tuned model answers only once it is **deployed**, and a deployment costs by "
                "the hour until it is deleted. To compare it with the alternatives it has to be there "
                "for a while; you can delete it right after the verdict."
            ),
        )
    if facts.deployed.get("deleted"):
        return say(
            _(
                "The deployment is gone, so the tuned model cannot be asked. Say “deploy it at azure”."
            )
        )
    return None


def _endpoint_step(facts: Facts) -> Reply:
    """Wait for the user, who alone can start what the tuned model answers by."""
    if facts.has("endpoint.later"):
        return say(
            _(
                "The tuned model does not answer yet. Once you have started its endpoint at the "
                "provider, say “it answers as NAME”, or “go on” where it has its own name."
            )
        )
    return ask(endpoint(facts), _(str((facts.training or {})["awaits_endpoint"])))


def started_words() -> str:
    """What to say while Azure makes the deployment."""
    return _(
        "Azure makes the deployment now; that takes some minutes. I go on as soon as it answers. "
        "“Cancel” removes it again."
    )


def deployed_words(facts: Facts) -> str:
    """That it answers, and how to end what it costs."""
    if facts.deployed is None:
        return _("The untuned model answers at Azure.")
    return _(
        "**{name}** answers. It costs by the hour from now on: “delete the deployment” ends that at "
        "any time, and I remind you when you open a session.",
        name=(facts.deployed or {}).get("name", ""),
    )


def deleted_words(result: Result) -> str:
    """That it costs nothing any more."""
    return _(
        "**{name}** is deleted and costs nothing any more. The tuned model stays at Azure; “deploy it at "
        "azure” makes it answer again.",
        name=result.data.get("name", ""),
    )


def ended(state: str, words: str) -> Reply:
    """A deployment that did not come to be."""
    if state == "cancelled":
        return say(
            _("The deployment is cancelled and removed. Say “deploy it at azure” to try again.")
        )
    return say(f"{words}\n\n" + _("Say “deploy it at azure” to try again."))
