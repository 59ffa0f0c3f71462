"""Deployments at Azure: made once, watched, priced, remembered, deleted; and every refusal in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from fakes.provider.faults import ANY, Fault
from fakes.provider.server import Provider
from fakes.remote_jobs import kill_worker, until
from fakes.tuned import TunedHome

from luthier.tools.azure import deploy_worker
from luthier.tools.azure.control import ControlPlane
from luthier.tools.azure.deployments import (
    Deployment,
    delete,
    find_deployment,
    keep,
    list_deployments,
    refresh,
)
from luthier.tools.azure.plan import AzurePlan, deployment_name, filled, needs_account
from luthier.tools.azure.tables import hosting_price, price_words, tunable_model
from luthier.tools.azure.token import management_token
from luthier.tools.azure.views import deployments_table, reminder
from luthier.tools.errors import LuthierError
from luthier.tools.jobs.context import JobContext, JobStopped, StopRequest
from luthier.tools.jobs.model import Job, JobState
from luthier.tools.jobs.store import get_job
from luthier.tools.jobs.supervisor import launch, request_cancel
from luthier.tools.jobs.wait import wait_for
from luthier.tools.workspace import Workspace


@pytest.fixture
def home(workspace: Workspace, tmp_path: Path) -> TunedHome:
    return TunedHome(workspace, None, tmp_path)  # type: ignore[arg-type]


def deploy(home: TunedHome, *wanted: Deployment) -> list[Deployment]:
    """Run the worker here."""
    context = home.context("deploy", {"deployments": [one.model_dump() for one in wanted]})
    try:
        made = deploy_worker.run(context)["deployments"]
        return [Deployment.model_validate(one) for one in made]
    finally:
        context.close()


def test_a_deployment_is_made_watched_remembered_and_deleted(
    home: TunedHome, provider: Provider, deployment: Deployment
) -> None:
    provider.azure.looks_to_deploy = 4
    base = deployment.model_copy(
        update={
            "id": "B",
            "name": "luthier-base",
            "model": "gpt-4.1-mini",
            "version": "2025-04-14",
            "is_base": True,
        }
    )
    made = deploy(home, deployment, base)
    assert [one.state for one in made] == ["ready", "ready"]
    assert provider.count("deployments") == 2
    assert made[0].created_at

    words = reminder(home.workspace)
    assert "mail-1" in words
    assert "luthier-base" not in words  # costs by the token alone
    assert "1.70 US dollars an hour, about 1,241 a month" in words
    assert find_deployment(home.workspace).name == "mail-1"

    gone = delete(home.workspace, find_deployment(home.workspace, "MAIL-1"))
    assert gone.state == "deleted"
    assert provider.azure.removed == ["mail-1"]
    assert reminder(home.workspace) == ""
    with pytest.raises(LuthierError, match="called “mail-1”"):
        find_deployment(home.workspace, "mail-1")


def test_a_job_in_a_process_of_its_own_is_given_the_token_and_no_other_key(
    workspace: Workspace, provider: Provider, deployment: Deployment
) -> None:
    job = start(workspace, deployment)
    ended = wait_for(workspace, job.id, lambda _job, _events: None)
    assert ended.status.state.value == "succeeded", ended.status.error
    assert provider.store.deployments["mail-1"]["properties"]["provisioningState"] == "Succeeded"
    folder = Path(get_job(workspace, job.id).folder)
    texts = "".join(path.read_text() for path in folder.glob("*.json*"))
    assert provider.token not in texts


def start(workspace: Workspace, deployment: Deployment) -> Job:
    """The deployment as a job with a runner and a worker of its own."""
    return launch(
        workspace,
        kind="deploy",
        session_id="s",
        title="Deploying",
        payload={"deployments": [deployment.model_dump(mode="json")]},
        idempotency_key="k",
        keys=("AZURE_MANAGEMENT_TOKEN",),
        remote=True,
    )


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_while_deploying_it_is_there_once(
    workspace: Workspace,
    provider: Provider,
    deployment: Deployment,
    when: Literal["before", "after"],
) -> None:
    fault = Fault(ANY, hold=when, method="PUT")
    provider.faults.append(fault)
    job = start(workspace, deployment)
    assert fault.reached.wait(60)
    kill_worker(workspace, job)
    fault.gate.set()
    ended = wait_for(workspace, job.id, lambda _job, _events: None)
    assert ended.status.state is JobState.SUCCEEDED, ended.status.error
    assert provider.count("deployments") == 1
    assert [one.name for one in list_deployments(workspace, running=True)] == ["mail-1"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_while_taking_a_deployment_back_it_is_gone_and_costs_nothing(
    workspace: Workspace,
    provider: Provider,
    deployment: Deployment,
    when: Literal["before", "after"],
) -> None:
    provider.azure.looks_to_deploy = 10_000
    fault = Fault(ANY, hold=when, drop="before" if when == "before" else "", method="DELETE")
    provider.faults.append(fault)
    job = start(workspace, deployment)
    until(lambda: "mail-1" in provider.store.deployments)
    request_cancel(workspace, job.id)
    assert fault.reached.wait(60)
    kill_worker(workspace, job)
    fault.gate.set()
    until(lambda: get_job(workspace, job.id).status.state is JobState.CANCELLED)
    assert provider.store.deployments == {}
    assert list_deployments(workspace, running=True) == []
    assert reminder(workspace) == ""


class Stopping(JobContext):
    """Asked to stop at the second progress."""

    wish: StopRequest = "cancel"
    heard = 0

    @property
    def stop_request(self) -> StopRequest | None:
        return self.wish if self.heard > 1 else None

    def progress(self, *args: object, **more: object) -> None:
        self.heard += 1


@pytest.mark.parametrize(("wish", "left"), [("cancel", 0), ("pause", 1)])
def test_cancelling_removes_what_was_made_and_pausing_only_looks_away(
    home: TunedHome, provider: Provider, deployment: Deployment, wish: StopRequest, left: int
) -> None:
    provider.azure.looks_to_deploy = 10_000
    plain = home.context("deploy", {"deployments": [deployment.model_dump()]})
    context = Stopping(home.workspace, plain.spec, plain.folder)
    context.wish = wish
    plain.close()
    with pytest.raises(JobStopped):
        deploy_worker.run(context)
    context.close()
    assert len(provider.store.deployments) == left
    assert len(list_deployments(home.workspace, running=True)) == left


def test_a_second_attempt_goes_on_with_what_the_first_one_asked_for(
    home: TunedHome, provider: Provider, deployment: Deployment
) -> None:
    """The worker was killed after the record and the call, before the answer."""
    keep(home.workspace, deployment.model_copy(update={"created_at": "2026-11-01T00:00:00+00:00"}))
    with ControlPlane(deployment.place) as plane:
        plane.deploy("mail-1", deployment.model, "1", "standard", 1)
    [made] = deploy(home, deployment)
    assert made.created_at == "2026-11-01T00:00:00+00:00"
    assert provider.count("deployments") == 1
    assert provider.requests["PUT", f"{deployment.place.path}/deployments/mail-1"] == 1


def test_a_name_that_somebody_else_uses_is_never_replaced(
    home: TunedHome, provider: Provider, deployment: Deployment
) -> None:
    with ControlPlane(deployment.place) as plane:
        plane.deploy("mail-1", "gpt-4.1-mini", "2025-04-14", "standard", 1)
    with pytest.raises(LuthierError) as caught:
        deploy(home, deployment)
    assert caught.value.code == "azure.name_taken"
    assert provider.store.deployments["mail-1"]["properties"]["model"]["name"] == "gpt-4.1-mini"
    assert list_deployments(home.workspace) == []


def test_a_deployment_that_fails_at_azure_is_said_and_can_be_deleted(
    home: TunedHome, provider: Provider, deployment: Deployment
) -> None:
    provider.azure.fate = "Failed"
    with pytest.raises(LuthierError) as caught:
        deploy(home, deployment)
    assert caught.value.code == "azure.failed"
    assert delete(home.workspace, find_deployment(home.workspace)).state == "deleted"


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (Fault(ANY, 401, "ExpiredAuthenticationToken"), "azure.401", "az login"),
        (Fault(ANY, 403, "AuthorizationFailed"), "azure.403", "Foundry Owner"),
        (Fault(ANY, 404, "ResourceNotFound", times=9, method="PUT"), "azure.404", "resource group"),
        (
            Fault(ANY, 400, "InsufficientQuota", "no quota", method="PUT"),
            "azure.400",
            "more quota",
        ),
        (Fault(ANY, 503, times=99), "azure.503", "portal"),
        (Fault(ANY, drop="before", times=99), "azure.unreachable", "6 times"),
    ],
    ids=["signed out", "no role", "no resource", "quota", "down", "unreachable"],
)
def test_every_refusal_has_a_reason_and_a_way_on(
    home: TunedHome,
    provider: Provider,
    deployment: Deployment,
    monkeypatch: pytest.MonkeyPatch,
    fault: Fault,
    code: str,
    words: str,
) -> None:
    monkeypatch.setattr("luthier.tools.azure.control.time.sleep", lambda _seconds: None)
    fault.met = 0
    provider.faults.append(fault)
    plane = ControlPlane(deployment.place, sleep=lambda _seconds: None)
    with plane, pytest.raises(LuthierError) as caught:
        plane.deploy("mail-1", deployment.model, "1", "standard", 1)
    assert caught.value.code == code
    assert words in caught.value.as_text()
    assert provider.token not in caught.value.as_text()


def test_a_busy_control_plane_is_asked_again_and_a_lost_answer_makes_no_second_deployment(
    home: TunedHome, provider: Provider, deployment: Deployment
) -> None:
    waits: list[float] = []
    provider.faults += [
        Fault(ANY, 429, headers={"retry-after": "7"}),
        Fault(ANY, 409, "Conflict"),
        Fault(ANY, drop="after", method="PUT"),
    ]
    with ControlPlane(deployment.place, sleep=waits.append) as plane:
        plane.deploy("mail-1", deployment.model, "1", "standard", 1)
    assert waits[0] == 7
    assert len(waits) == 3
    assert provider.count("deployments") == 1


def test_what_azure_removed_by_itself_is_no_longer_reminded_of(
    workspace: Workspace, provider: Provider, deployment: Deployment
) -> None:
    yesterday = (datetime.now(UTC) - timedelta(hours=30)).isoformat(timespec="seconds")
    old = deployment.model_copy(
        update={"sku": "developertier", "created_at": yesterday, "state": "ready"}
    )
    keep(workspace, old)
    assert list_deployments(workspace, running=True) == []
    standard = keep(workspace, old.model_copy(update={"id": "S", "sku": "standard"}))
    row = deployments_table([standard]).rows[0]
    assert row[3:] == ("1.70", "1,241", "51.00")
    assert refresh(workspace, standard).state == "deleted"  # Azure does not know it


def test_what_the_environment_knows_fills_the_plan(provider: Provider) -> None:
    plan = filled(AzurePlan())
    assert plan.endpoint == provider.url
    assert needs_account(plan) is None
    missing = needs_account(filled(AzurePlan(), {}))
    assert missing is not None
    assert "AZURE_SUBSCRIPTION_ID" in missing.as_text()
    assert filled(AzurePlan(subscription="mine")).subscription == "mine"
    dated = AzurePlan(endpoint="https://mine.openai.azure.com/")
    assert dated.account_name == "mine"
    assert dated.jobs_url == "https://mine.openai.azure.com/openai"
    assert dated.chat_url("mail") == "https://mine.openai.azure.com/openai/deployments/mail"
    v1 = dated.model_copy(update={"api_version": "v1"})
    assert (v1.jobs_url, v1.jobs_version) == ("https://mine.openai.azure.com/openai/v1", "")
    assert deployment_name("", "my mail: spam", "01ABCDEF") == "my-mail-spam-abcdef"


def test_without_a_sign_in_it_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("AZURE_MANAGEMENT_TOKEN", raising=False)
    with pytest.raises(LuthierError) as caught:
        management_token("https://management.azure.com")
    assert caught.value.code == "azure.no_token"
    assert "az login" in caught.value.as_text()


def test_azures_own_command_line_is_asked_for_a_token(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "az"
    program.write_text('#!/bin/sh\n[ "$4" = https://management.azure.com ] && echo secret-token\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.delenv("AZURE_MANAGEMENT_TOKEN", raising=False)
    token = management_token("https://management.azure.com")
    assert token.get_secret_value() == "secret-token"
    assert "secret" not in repr(token)


def test_every_line_of_the_tables_has_its_day_and_source() -> None:
    price = hosting_price("standard")
    assert price is not None
    assert "1,241 a month" in price_words(price)
    assert "24 hours" in price_words(hosting_price("developertier"))
    assert "not known" in price_words(hosting_price("provisioned"))
    model = tunable_model("gpt-4.1-mini")
    assert model is not None
    assert model.tiers == ("Standard", "GlobalStandard", "DataZoneStandard", "developerTier")
    assert model.until == "2026-10-14"
    assert "https://" in model.source
    assert tunable_model("gpt-oss-20b").tiers == ("GlobalStandard", "DataZoneStandard")  # type: ignore[union-attr]
    assert tunable_model("gpt-oss-120b").tiers == ("GlobalStandard",)  # type: ignore[union-attr]
