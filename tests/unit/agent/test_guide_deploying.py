"""The guide where a model has to be deployed before it answers: when it asks, and what it understands."""

from __future__ import annotations

from typing import Any

import pytest

from luthier.agent.act import ASK_USER
from luthier.agent.brains.guide.deploying import base_step, deploy_step
from luthier.agent.brains.guide.policy import respond
from luthier.agent.brains.guide.reply import Reply
from luthier.agent.brains.guide.situation import Result, Said, Situation
from luthier.agent.brains.guide.understand import read_intent
from luthier.tools.azure.plan import AzurePlan
from luthier.tools.facts import Facts, apply_changes
from luthier.tools.training.hosted_plan import HostedPlan

ENDPOINT = {"base_url": "https://api.together.ai/v1", "model": "me/tuned"}
TRAINED = {"awaits_deployment": {"model": "m.ft-1", "base": "m", "deployment": "mail-1"}}


def tuned(**more: Any) -> Facts:
    """Facts of a session whose model was tuned at Azure."""
    return Facts(training=TRAINED, train_job="t", backend="azure", **more)


def said(facts: Facts, text: str) -> Reply:
    return respond(Situation(facts, Said(text)))


def test_the_untuned_model_is_deployed_before_anything_is_compared_there() -> None:
    asked = base_step(Facts(backend="azure", hosted=HostedPlan()))
    assert asked is not None
    assert asked.tool == "deploy_base"
    assert base_step(Facts(backend="azure", base_deployed="luthier-base")) is None
    assert base_step(Facts(backend="openai", hosted=HostedPlan())) is None
    named = HostedPlan(azure=AzurePlan(base_deployment="mine"))
    assert base_step(Facts(backend="azure", hosted=named)) is None
    declined = base_step(Facts(backend="azure", settled=("deploy.declined",)))
    assert declined is not None
    assert not declined.tool
    assert "train it on this computer" in declined.text


def test_the_tuned_model_is_deployed_before_it_is_measured() -> None:
    asked = deploy_step(tuned())
    assert asked is not None
    assert asked.tool == "deploy_tuned"
    assert "by the hour" in asked.text
    waits = deploy_step(tuned(deploy_job="d"))
    assert waits is not None
    assert not waits.tool
    assert deploy_step(tuned(deployed={"name": "mail-1"})) is None
    assert deploy_step(Facts(training={"adapter": "here"})) is None
    gone = deploy_step(tuned(deployed={"deleted": True}))
    assert gone is not None
    assert "deploy it at azure" in gone.text


def test_a_no_is_kept_until_the_user_says_otherwise() -> None:
    refused = Result("deploy_tuned", {}, False, "", {"declined": True})
    assert respond(Situation(tuned(), refused)).arguments == {"decision": "deploy.declined"}
    declined = tuned(settled=("deploy.declined",))
    again = deploy_step(declined)
    assert again is not None
    assert not again.tool
    assert said(declined, "deploy it at azure").tool == "deploy_tuned"
    assert said(declined, "deploy it").tool == "deploy_tuned"


@pytest.mark.parametrize(
    ("text", "tool", "name"),
    [
        ("delete the deployment", "delete_deployment", ""),
        ("please delete the deployment mail-1 now", "delete_deployment", "mail-1"),
        ("undeploy it", "delete_deployment", ""),
        ("احذف النشر", "delete_deployment", ""),
        ("check the deployment", "check_deployment", ""),
        ("show the deployments", "show_deployments", None),
        ("what is deployed at azure?", "show_deployments", None),
        ("انشره على azure", "deploy_tuned", None),
    ],
)
def test_what_is_said_of_deployments_is_understood(text: str, tool: str, name: str | None) -> None:
    wish = read_intent(text).hosting
    assert wish is not None
    assert wish.tool == tool
    assert wish.arguments.get("deployment") == name


def test_a_model_that_waits_for_an_endpoint_is_not_measured_before_it_answers() -> None:
    waits = {"endpoint": ENDPOINT, "awaits_endpoint": "Start a dedicated endpoint there."}
    facts = Facts(training=waits, train_job="t", backend="openai", hosted=HostedPlan())
    asked = deploy_step(facts)
    assert asked is not None
    assert asked.tool == ASK_USER
    assert (asked.arguments or {})["id"] == "endpoint"
    assert "dedicated endpoint" in asked.text
    later = deploy_step(facts.model_copy(update={"settled": ("endpoint.later",)}))
    assert later is not None
    assert "it answers as NAME" in later.text
    assert deploy_step(facts.model_copy(update={"settled": ("endpoint.ready",)})) is None
    named = said(facts, "it answers as me/my-endpoint-7")
    assert (named.tool, named.arguments) == ("name_endpoint", {"name": "me/my-endpoint-7"})


def test_a_checkpoint_is_deployed_and_compared_by_its_step() -> None:
    deployed = said(tuned(deployed={"name": "mail-1"}), "deploy checkpoint 3 at azure")
    assert (deployed.tool, deployed.arguments) == ("deploy_tuned", {"step": 3})
    before = tuned(deployed={"name": "mail-1"}, checkpoint_job="c").model_dump(mode="json")
    assert Facts.model_validate(before).open_jobs() == ("c",)
    for text, models in (("compare with checkpoint 3", [":3"]), ("test all checkpoints", [":all"])):
        wish = read_intent(text).alternatives
        assert wish is not None
        assert wish.measuring == ("compare_alternatives", {"models": models})


def test_what_speaks_against_a_training_elsewhere_has_ways_out_of_its_own() -> None:
    error = {"what": "No key.", "remedy": "Set it.", "code": "launch.blocked"}
    refused = Result("launch_training", {}, False, "", {"error": error})
    asked = respond(Situation(Facts(backend="openai", hosted=HostedPlan()), refused))
    ways = [choice["id"] for choice in (asked.arguments or {})["choices"]]
    assert ways == ["again", "local", "data", "later"]


def test_another_training_drops_the_deployment_of_the_old_one() -> None:
    before = tuned(deployed={"name": "mail-1"}, deploy_job="d").model_dump(mode="json")
    after = apply_changes(before, {"train_job": "other"})
    assert {"deployed", "deploy_job", "training"}.isdisjoint(after)
