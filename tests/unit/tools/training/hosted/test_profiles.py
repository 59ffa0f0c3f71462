"""What is different at a provider whose profile says so: Nebius, and one that nobody here knows."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from fakes.provider.server import Provider

from luthier.tools.files import write_json
from luthier.tools.jobs.context import JobContext, JobStopped
from luthier.tools.jobs.follow import EventReader
from luthier.tools.jobs.history import JobHistory
from luthier.tools.training.backends import backend_of
from luthier.tools.training.hosted.check import check_hosted
from luthier.tools.training.hosted.profiles import profile_of
from luthier.tools.training.hosted.record import load_record
from luthier.tools.training.hosted.worker import run
from luthier.tools.training.hosted_plan import HostedPlan
from luthier.tools.training.plan import Plan
from luthier.tools.workspace import Workspace

Attempt = Callable[..., JobContext]
NEBIUS = "https://api.tokenfactory.nebius.com/v1"


def at(plan: Plan, provider: str, **settings: object) -> Plan:
    """The plan at another provider, which is the stand-in all the same."""
    hosted = plan.hosted.model_copy(update={"provider": provider, **settings})
    return plan.model_copy(update={"hosted": hosted})


def test_nebius_is_asked_in_the_older_form_and_tagged(
    provider: Provider, plan: Plan, attempt: Attempt
) -> None:
    result = run(attempt(at(plan, "nebius", batch_size=4, seed=7)))
    [job] = provider.store.jobs.values()
    training, validation = result["uploaded"]
    assert job.request == {
        "model": "gpt-4.1-mini-2025-04-14",
        "training_file": training,
        "validation_file": validation,
        "hyperparameters": {"n_epochs": 2, "batch_size": 4},
        "suffix": "tickets",
        "seed": 7,
        "metadata": {"luthier": "job1", "plan": "tickets"},
    }
    assert (result["provider"], result["endpoint"]["provider"]) == ("nebius", "nebius")


def test_nebius_cannot_pause_which_is_said_and_resuming_only_looks_again(
    provider: Provider, plan: Plan, attempt: Attempt
) -> None:
    provider.keeper.holds = {"running"}
    there = at(plan, "nebius")
    context = attempt(there)

    def ask() -> None:
        while load_record(context.output).status != "running":
            time.sleep(0.02)
        write_json(context.folder / "control.json", {"request": "pause"})

    threading.Thread(target=ask, daemon=True).start()
    with pytest.raises(JobStopped):
        run(context)
    [job] = provider.store.jobs.values()
    assert job.status == "running"
    said = JobHistory().add(EventReader(str(context.folder)).read_new()).notices
    assert "cannot pause: the training goes on there" in said[-1].text
    provider.keeper.holds = set()
    assert run(attempt(there))["endpoint"]["model"].startswith("ft:")
    assert provider.count("creations") == 1
    assert ("POST", f"/v1/fine_tuning/jobs/{job.id}/resume") not in provider.requests


def test_its_limits_address_and_key_are_its_own(workspace: Workspace, plan: Plan) -> None:
    codes = {one.code for one in check_hosted(workspace, at(plan, "nebius", method="dpo"))}
    assert "unsupported_method" in codes
    for hosted in (HostedPlan(provider="nebius"), HostedPlan(base_url=NEBIUS)):
        found = profile_of(hosted)
        assert (found.name, found.base_url) == ("nebius", NEBIUS)
        assert found.key_variable == "NEBIUS_API_KEY"
        assert found.file_bytes == 5 * 1024**3
        assert found.fewest_rows == 1
        assert backend_of("openai").notice(hosted) == ""


def test_an_address_that_nobody_knows_has_the_most_careful_profile(
    workspace: Workspace, plan: Plan
) -> None:
    found = profile_of(HostedPlan(base_url="https://gateway.example.com/v1", model="m"))
    assert (found.name, found.label) == ("other", "gateway.example.com")
    assert (found.pauses, found.fewest_rows, found.file_bytes) == (False, 1, 0)
    assert found.key_variable == "LUTHIER_API_KEY"
    codes = {one.code for one in check_hosted(workspace, at(plan, "other", method="reinforcement"))}
    assert "unsupported_method" in codes
