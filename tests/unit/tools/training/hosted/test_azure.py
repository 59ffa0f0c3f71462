"""The backend for Azure OpenAI: tiers, the byte-order mark, its limits, and what it leaves to deploy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openai
import pytest
from fakes.provider.server import Provider

from luthier.tools.azure.plan import AzurePlan
from luthier.tools.azure.tuning import run
from luthier.tools.effects import Effect
from luthier.tools.endpoints.client import open_client
from luthier.tools.jobs.context import JobContext
from luthier.tools.training.backends import backend_of
from luthier.tools.training.backends.azure import AZURE, base_of
from luthier.tools.training.hosted_plan import HostedPlan
from luthier.tools.training.plan import Plan
from luthier.tools.training.tuned_model import tuned_model
from luthier.tools.workspace import Workspace


@pytest.fixture
def azure_plan(plan: Plan, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """The same data at a resource of Azure's."""
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", provider.url)
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", provider.key)
    monkeypatch.setenv("AZURE_SUBSCRIPTION_ID", provider.azure.subscription)
    monkeypatch.setenv("AZURE_RESOURCE_GROUP", provider.azure.group)
    hosted = HostedPlan(epochs=2, suffix="tickets", azure=AzurePlan())
    return plan.model_copy(update={"backend": "azure", "hosted": hosted})


def hosted(plan: Plan, **values: object) -> Plan:
    """The plan with other settings there."""
    return plan.model_copy(update={"hosted": plan.hosted.model_copy(update=values)})


def codes(workspace: Workspace, plan: Plan) -> dict[str, bool]:
    return {one.code: one.stops for one in AZURE.check(workspace, plan)}


@pytest.mark.parametrize("version", ["2025-04-01-preview", "v1"])
def test_a_training_leaves_a_model_that_waits_for_its_deployment(
    workspace: Workspace,
    provider: Provider,
    azure_plan: Plan,
    attempt: Callable[..., JobContext],
    version: str,
) -> None:
    plan = hosted(azure_plan, azure=AzurePlan(api_version=version), tier="GlobalStandard")
    plan = backend_of("azure").prepared(workspace, plan)
    provider.azure.needs_mark = True
    context = attempt(hosted(plan, byte_order_mark=True))
    result = run(context)

    [job] = provider.store.jobs.values()
    assert job.request["trainingType"] == "GlobalStandard"
    assert job.request["suffix"] == "tickets"
    assert "integrations" not in job.request
    awaits = result["awaits_deployment"]
    assert awaits["model"] == f"{plan.hosted.model}.ft-0001-tickets"
    assert result["checkpoints"] == []
    table = next(Path(name) for name in result["files"])
    assert table.name.endswith("results.csv")
    assert "validation_mean_token_accuracy" in table.read_text()

    endpoint = tuned_model(context.folder, result).endpoint
    assert endpoint is not None
    assert endpoint.model == awaits["deployment"]
    client, _secret = open_client(endpoint, retries=0)
    question = [{"role": "user", "content": "one two"}]
    with client, pytest.raises(openai.NotFoundError, match="API deployment"):
        client.chat.completions.create(model=endpoint.model, messages=question)  # type: ignore[arg-type]
    provider.store.deployments[endpoint.model] = {
        "properties": {"provisioningState": "Succeeded", "model": {"name": awaits["model"]}}
    }
    client, _secret = open_client(endpoint, retries=0)
    with client:
        said = client.chat.completions.create(model=endpoint.model, messages=question)  # type: ignore[arg-type]
    assert said.choices[0].message.content == "one"


def test_the_approval_names_price_by_hour_and_month_before_the_yes(
    workspace: Workspace, azure_plan: Plan
) -> None:
    details = dict(AZURE.details(workspace, AZURE.prepared(workspace, azure_plan), None))
    assert AZURE.effect(azure_plan) is Effect.MONEY
    assert "1.70 US dollars for every hour" in details["Afterwards"]
    assert "1,241 a month" in details["Afterwards"]
    assert "your rows stay there" in details["Trained"]
    assert "only for those who did so before 2026-10-14" in details["Please note"]
    assert AZURE.key_variables(azure_plan)[0] == "AZURE_OPENAI_API_KEY"


def test_what_azure_would_refuse_is_found_before_anything_is_sent(
    workspace: Workspace, azure_plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert codes(workspace, azure_plan) == {}
    assert codes(workspace, hosted(azure_plan, suffix="x" * 19)) == {"suffix_too_long": True}
    assert codes(workspace, hosted(azure_plan, suffix="v1.2")) == {"suffix_with_dot": True}
    assert codes(workspace, hosted(azure_plan, tier="Cheap")) == {"unknown_tier": True}
    there = hosted(azure_plan, model="gpt-oss-20b", tier="developerTier", method="dpo")
    found = codes(workspace, there)
    assert not found["tier_unavailable"]
    assert not found["method_unavailable"]
    far = hosted(azure_plan, azure=AzurePlan(region="West Europe"))
    assert codes(workspace, far) == {"region_unavailable": False}
    monkeypatch.delenv("AZURE_OPENAI_ENDPOINT")
    assert codes(workspace, azure_plan) == {"azure.no_endpoint": True}


def test_the_untuned_model_is_asked_by_a_deployment_of_its_own(azure_plan: Plan) -> None:
    base = base_of(azure_plan.hosted)
    assert base is not None
    assert base.model == "luthier-base-gpt-4-1-mini"
    named = azure_plan.hosted.model_copy(
        update={"azure": AzurePlan(base_deployment="mini", api_version="v1")}
    )
    base = base_of(named)
    assert base is not None
    assert base.model == "mini"
    assert base.base_url.endswith("/openai/v1")
    assert base_of(HostedPlan(model="gpt-oss-20b")) is None  # its version is not known
