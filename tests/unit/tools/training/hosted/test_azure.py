"""The backend for Azure OpenAI: tiers, the byte-order mark, its limits, and what it leaves to deploy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openai
import pytest
from click.testing import CliRunner
from fakes.provider.server import Provider

from luthier.tools.azure.deployments import keep
from luthier.tools.azure.plan import AzurePlan
from luthier.tools.azure.proposal import proposed
from luthier.tools.azure.token import SignIn
from luthier.tools.azure.tuning import run
from luthier.tools.catalog.alternatives import Compare
from luthier.tools.catalog.base import ToolContext
from luthier.tools.catalog.deployments import DeployTuned, approve_deploying
from luthier.tools.catalog.hosted import DeleteHosted, ListHosted, delete_hosted, list_hosted
from luthier.tools.catalog.registry import TOOLS
from luthier.tools.effects import Effect
from luthier.tools.endpoints.client import open_client
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.arms.other_model import find_model
from luthier.tools.facts import Facts
from luthier.tools.files import write_json
from luthier.tools.jobs.context import JobContext
from luthier.tools.jobs.folder import write_status
from luthier.tools.jobs.model import JobState, JobStatus
from luthier.tools.training.backends import backend_of
from luthier.tools.training.backends.azure import AZURE, base_of, tier_of
from luthier.tools.training.hosted_plan import HostedPlan
from luthier.tools.training.plan import Plan
from luthier.tools.training.tuned_model import tuned_model
from luthier.tools.workspace import Workspace
from luthier.tui.cli import cli


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
    assert [one["step"] for one in result["checkpoints"]] == [1, 2, 3]
    assert result["checkpoints"][1]["model"].startswith("ftchkpt-")
    assert result["checkpoints"][1]["endpoint"]["model"] == f"{awaits['deployment']}-step-2"
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


@pytest.mark.parametrize("wanted", [None, True, False])
def test_the_file_begins_with_a_mark_unless_the_plan_says_otherwise(
    workspace: Workspace,
    provider: Provider,
    azure_plan: Plan,
    attempt: Callable[..., JobContext],
    *,
    wanted: bool | None,
) -> None:
    plan = backend_of("azure").prepared(workspace, hosted(azure_plan, byte_order_mark=wanted))
    run(attempt(plan))
    marked = [one.content.startswith(b"\xef\xbb\xbf{") for one in provider.store.files.values()]
    assert marked[:2] == [wanted is not False] * 2


def test_a_checkpoint_is_an_arm_once_it_is_deployed(
    workspace: Workspace, provider: Provider, azure_plan: Plan, attempt: Callable[..., JobContext]
) -> None:
    context = attempt(backend_of("azure").prepared(workspace, azure_plan))
    result = run(context)
    write_json(context.folder / "result.json", result)
    write_status(context.folder, JobStatus(state=JobState.SUCCEEDED))
    for name in ("job1:2", "job1"):
        with pytest.raises(LuthierError) as caught:
            find_model(workspace, name)
        assert caught.value.code == "azure.not_deployed"
    assert "--step 2" in deployed_command(workspace, "job1:2")

    assert find_model(workspace, "job1:2", answering=False), "its answers may be kept"
    facts = Facts(plan=azure_plan, backend="azure", training=result, train_job="job1")
    session = ToolContext(workspace, "s", facts)
    with pytest.raises(LuthierError, match="not deployed"):
        TOOLS["compare_alternatives"].approval(session, Compare(models=(":2",)))  # type: ignore[misc]
    approval = approve_deploying(session, DeployTuned(step=2))
    details = dict(approval.details)
    assert details["Name"].endswith("-step-2")
    assert details["Model"].startswith("ftchkpt-")
    assert "1.70 US dollars" in details["Price"]
    with pytest.raises(LuthierError, match="step 9") as caught:
        approve_deploying(session, DeployTuned(step=9))
    assert "1, 2, 3" in caught.value.remedy

    [wanted, *_base] = proposed(workspace, azure_plan, "s", "job1", result, 2)
    keep(workspace, wanted.model_copy(update={"state": "ready"}))
    provider.store.deployments[wanted.name] = {
        "properties": {"provisioningState": "Succeeded", "model": {"name": wanted.model}}
    }
    _job, model = find_model(workspace, "job1:2")
    assert isinstance(model, EndpointModel)
    client, _secret = open_client(model)
    question = [{"role": "user", "content": "one two"}]
    with client:
        said = client.chat.completions.create(model=model.model, messages=question)  # type: ignore[arg-type]
    assert said.choices[0].message.content == "one"


def deployed_command(workspace: Workspace, name: str) -> str:
    """The way out that is offered for a model that is not deployed."""
    with pytest.raises(LuthierError) as caught:
        find_model(workspace, name)
    return caught.value.remedy


@pytest.mark.parametrize("way", ["variable", "az"])
def test_a_sign_in_does_in_place_of_a_key(
    workspace: Workspace,
    provider: Provider,
    azure_plan: Plan,
    attempt: Callable[..., JobContext],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    way: str,
) -> None:
    for name in ("AZURE_OPENAI_API_KEY", "LUTHIER_API_KEY"):
        monkeypatch.delenv(name)
    if way == "variable":
        monkeypatch.setenv("AZURE_OPENAI_AD_TOKEN", provider.token)
        assert "AZURE_OPENAI_AD_TOKEN" in AZURE.key_variables(azure_plan)
    else:
        program = tmp_path / "az"
        program.write_text(
            f'#!/bin/sh\n[ "$4" = https://cognitiveservices.azure.com ] && echo {provider.token}\n'
        )
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    result = run(attempt(backend_of("azure").prepared(workspace, azure_plan)))
    assert result["awaits_deployment"]["model"]
    assert provider.token not in str(result)


def test_without_key_and_sign_in_it_says_how_to_get_either(
    workspace: Workspace, azure_plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AZURE_OPENAI_API_KEY", "LUTHIER_API_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", "https://mine.openai.azure.com")
    [missing] = [one for one in AZURE.check(workspace, azure_plan) if one.code == "missing_key"]
    assert "AZURE_OPENAI_API_KEY" in missing.remedy
    assert "az login" in missing.remedy
    with pytest.raises(LuthierError, match="not signed in") as caught:
        SignIn()()
    assert "Foundry User" in caught.value.remedy


def test_what_is_at_the_resource_is_listed_and_deleted(
    workspace: Workspace, provider: Provider, azure_plan: Plan, attempt: Callable[..., JobContext]
) -> None:
    run(attempt(backend_of("azure").prepared(workspace, azure_plan)))
    [job] = provider.store.jobs.values()
    context = ToolContext(workspace, "s", Facts(plan=azure_plan, backend="azure", train_job="job1"))
    listed = list_hosted(context, ListHosted(what="jobs"))
    assert "Azure OpenAI" in listed.summary
    assert job.id in str(listed.views)
    delete_hosted(context, DeleteHosted())
    assert job.request["training_file"] not in provider.store.files
    told = CliRunner().invoke(cli, ["hosted", "jobs", "--provider", "azure", "--json"])
    assert job.id in told.output, told.output


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
    assert codes(workspace, hosted(azure_plan, tier="Cheap")) == {"unknown_tier": False}
    assert tier_of(HostedPlan(tier="data zone")) == "DataZoneStandard"
    assert tier_of(HostedPlan(tier="developer")) == "developerTier"
    assert tier_of(HostedPlan(model="gpt-oss-20b")) == "GlobalStandard"
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
