"""The same worker at a provider whose jobs are called otherwise: Together's fine-tuning."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from click.testing import CliRunner
from fakes.provider.faults import Fault
from fakes.provider.server import Provider

from luthier.tools.catalog.base import ToolContext
from luthier.tools.catalog.hosted import NameEndpoint, name_endpoint
from luthier.tools.endpoints.client import open_client
from luthier.tools.errors import LuthierError
from luthier.tools.facts import Facts
from luthier.tools.files import write_json
from luthier.tools.jobs.context import JobContext, JobStopped
from luthier.tools.jobs.folder import write_status
from luthier.tools.jobs.follow import EventReader
from luthier.tools.jobs.history import JobHistory
from luthier.tools.jobs.model import JobState, JobStatus
from luthier.tools.jobs.store import read_result
from luthier.tools.training.hosted.check import check_hosted
from luthier.tools.training.hosted.errands import (
    cancel_there,
    delete_there,
    files_there,
    is_ours,
    jobs_there,
)
from luthier.tools.training.hosted.profiles import account_of, profile_of
from luthier.tools.training.hosted.record import load_record
from luthier.tools.training.hosted.worker import run
from luthier.tools.training.hosted_plan import HostedPlan, WandbPlan
from luthier.tools.training.plan import Plan
from luthier.tools.training.tuned_model import tuned_model
from luthier.tools.workspace import Workspace
from luthier.tui.cli import cli

Attempt = Callable[..., JobContext]
CREATE = ("POST", r"/fine-tunes$")


@pytest.fixture
def there(plan: Plan, provider: Provider) -> Plan:
    """The plan at Together."""
    hosted = plan.hosted.model_copy(
        update={"provider": "together", "base_url": provider.together_url}
    )
    return plan.model_copy(update={"hosted": hosted})


def test_a_plan_becomes_a_model_that_answers(
    provider: Provider, there: Plan, attempt: Attempt
) -> None:
    there.hosted.learning_rate_multiplier, there.hosted.seed = 2, 7
    context = attempt(there)
    result = run(context)
    tuned = tuned_model(context.folder, result)
    assert tuned.endpoint is not None
    client, _secret = open_client(tuned.endpoint)
    with client:
        said = client.chat.completions.create(
            model=tuned.endpoint.model, messages=[{"role": "user", "content": "one two"}]
        )
    assert said.choices[0].message.content == "one"  # the tuned one's answer, not the base's
    assert tuned.endpoint.model.startswith("loopback/gpt-4.1-mini-2025-04-14:tickets-lu-job1:ft-")
    assert tuned.checkpoints
    assert (result["provider"], result["dollars"]) == ("together", 1.5)
    asked = provider.together.asked[0]
    assert asked["training_method"] == {"method": "sft", "train_on_inputs": "auto"}
    assert (asked["n_epochs"], asked["learning_rate"], asked["random_seed"]) == (2, 2e-5, 7)
    assert asked["n_evals"] == 3
    assert not {"metadata", "method", "hyperparameters", "seed"} & set(asked)
    seen = JobHistory().add(EventReader(str(context.folder)).read_new())
    assert [one.step for one in seen.metrics] == sorted(one.step for one in seen.metrics)
    assert seen.best_validation_loss is not None
    assert any("dedicated endpoint" in one.text for one in seen.notices)


def test_the_endpoint_it_answers_by_is_noted_under_its_own_name(
    workspace: Workspace, there: Plan, attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = attempt(there)
    result = run(context)
    assert "dedicated endpoint" in result["awaits_endpoint"]
    write_json(context.folder / "result.json", result)
    write_status(context.folder, JobStatus(state=JobState.SUCCEEDED))
    facts = Facts(plan=there, backend="openai", training=result, train_job="job1")
    session = ToolContext(workspace, "s", facts)
    named = name_endpoint(session, NameEndpoint(name="me/my-endpoint-7"))
    assert "awaits_endpoint" not in named.facts["training"]
    found = tuned_model(context.folder, read_result(workspace, "job1"))
    assert found.endpoint is not None
    assert found.endpoint.model == "me/my-endpoint-7"
    monkeypatch.setenv("LUTHIER_HOME", str(workspace.home))
    done = CliRunner().invoke(cli, ["hosted", "answers", "job1", "me/another"])
    assert done.exit_code == 0, done.output
    assert read_result(workspace, "job1")["endpoint"]["model"] == "me/another"


def test_a_lost_answer_makes_no_second_job_and_a_second_attempt_sends_nothing(
    provider: Provider, there: Plan, attempt: Attempt
) -> None:
    provider.faults.append(Fault(CREATE, drop="after"))
    context = attempt(there)
    run(context)
    record = load_record(context.output)
    record.job_id = ""
    record.save(context.output)
    run(attempt(there))
    assert (provider.count("uploads"), provider.count("creations")) == (2, 1)


def test_a_job_is_cancelled_and_cannot_be_paused(
    provider: Provider, there: Plan, attempt: Attempt
) -> None:
    provider.keeper.holds = {"running"}
    context = attempt(there)

    def wait_and_ask() -> None:
        while load_record(context.output).status != "running":
            time.sleep(0.02)
        write_json(context.folder / "control.json", {"request": "cancel"})

    threading.Thread(target=wait_and_ask, daemon=True).start()
    with pytest.raises(JobStopped):
        run(context)
    [job] = provider.store.jobs.values()
    assert job.status == "cancelled"
    assert not profile_of(there.hosted).pauses


def test_a_failure_there_is_told_in_its_own_words(
    provider: Provider, there: Plan, attempt: Attempt
) -> None:
    provider.keeper.moderation.code = "billing"
    provider.keeper.moderation.message = "Your billing limit was reached."
    with pytest.raises(LuthierError, match="credit") as caught:
        run(attempt(there))
    assert "billing limit" in caught.value.why


def test_what_is_there_is_listed_cancelled_and_deleted(
    provider: Provider, there: Plan, attempt: Attempt
) -> None:
    run(attempt(there))
    account = account_of(there.hosted)
    [job] = jobs_there(account)
    assert is_ours(job)
    assert job.status == "succeeded"
    with pytest.raises(LuthierError, match="ended"):
        cancel_there(account, job.id)
    files = files_there(account)
    assert len(files) == 2
    delete_there(account, files[0].id)
    delete_there(account, job.tuned_model)
    assert len(files_there(account)) == 1
    assert jobs_there(account) == []
    assert job.tuned_model not in provider.store.models


def test_its_limits_and_its_addresses_are_known(workspace: Workspace, there: Plan) -> None:
    there.hosted.method = "reinforcement"
    there.hosted.wandb = WandbPlan(project="tickets")
    codes = {one.code for one in check_hosted(workspace, there)}
    assert {"unsupported_method", "unsupported_integration"} <= codes
    for host in ("api.together.ai", "api.together.xyz"):
        found = profile_of(HostedPlan(base_url=f"https://{host}/v1"))
        assert (found.name, found.key_variable) == ("together", "TOGETHER_API_KEY")
