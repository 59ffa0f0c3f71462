"""A plan moved to a provider in one call: what changes, what is asked, and money each time anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fakes.provider.server import Provider

from luthier.tools.catalog.base import ToolContext
from luthier.tools.catalog.base_elsewhere import approve_asking, is_here
from luthier.tools.catalog.hosted import DeleteHosted, ListHosted, approve_deletion, list_hosted
from luthier.tools.catalog.launch import LaunchTraining, approve_training
from luthier.tools.catalog.registry import TOOLS
from luthier.tools.catalog.where import ChooseBackend, choose_backend
from luthier.tools.data.model import DatasetInfo
from luthier.tools.errors import LuthierError
from luthier.tools.facts import Facts, apply_changes
from luthier.tools.jobs.context import JobContext
from luthier.tools.training.hosted.worker import run
from luthier.tools.training.hosted_plan import HostedPlan
from luthier.tools.training.plan import Plan
from luthier.tools.views import Callout, Table
from luthier.tools.workspace import Workspace

Attempt = Callable[..., JobContext]


@pytest.fixture
def facts(plan: Plan, dataset: DatasetInfo, tiny_model: Path) -> dict[str, Any]:
    """A session whose plan is for this computer."""
    here = plan.model_copy(update={"backend": "local", "hosted": HostedPlan()})
    settled = Facts(plan=here, dataset=dataset, baseline_job="b", model_id=str(tiny_model))
    return settled.model_dump(mode="json")


def choose(workspace: Workspace, facts: dict[str, Any], **arguments: Any) -> tuple[Any, Facts]:
    context = ToolContext(workspace, "s", Facts.model_validate({**facts, "baseline_job": ""}))
    outcome = choose_backend(context, ChooseBackend(**arguments))
    return outcome, Facts.model_validate(apply_changes(facts, outcome.facts))


def test_what_changes_is_said_and_the_closing_before_all_else(
    workspace: Workspace, facts: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    outcome, after = choose(workspace, facts, backend="openai")
    assert isinstance(outcome.views[0], Callout)
    assert "2027-01-06" in outcome.views[0].lines[0]
    table = outcome.views[-1]
    assert isinstance(table, Table)
    assert [row[0] for row in table.rows] == ["Price", "Time", "Privacy", "What you can take away"]
    assert after.plan is not None
    assert (after.plan.backend, after.estimate, after.baseline_job) == ("openai", None, "")
    assert not after.is_measured_here


def test_a_provider_that_goes_on_has_nothing_to_say(
    workspace: Workspace, facts: dict[str, Any]
) -> None:
    outcome, after = choose(workspace, facts, backend="openai", provider="nebius")
    assert outcome.data["notice"] == ""
    assert after.plan is not None
    assert after.plan.hosted.provider == "nebius"


def test_a_place_or_a_value_that_does_not_exist_is_refused(
    workspace: Workspace, facts: dict[str, Any]
) -> None:
    with pytest.raises(LuthierError, match="no place to train"):
        choose(workspace, facts, backend="moon")
    with pytest.raises(LuthierError) as caught:
        choose(workspace, facts, backend="openai", settings={"epochs": 900})
    assert caught.value.code == "plan.bad_value"


def test_money_is_asked_about_each_time_and_says_what_leaves_this_computer(
    workspace: Workspace, facts: dict[str, Any], provider: Provider
) -> None:
    _outcome, after = choose(workspace, facts, backend="openai", base_url=provider.base_url)
    context = ToolContext(workspace, "s", after)
    for approval in (
        approve_training(context, LaunchTraining()),
        approve_asking(context, "run_baselines"),
    ):
        assert approval.effect == "money"
        assert approval.lasting is None
        details = dict(approval.details)
        assert "rows" in details["What leaves this computer"]
        assert "Price" in details
    tool = TOOLS["run_baselines"]
    assert tool.asks_first(context, tool.arguments())
    here = ToolContext(workspace, "s", Facts.model_validate(facts))
    assert not tool.asks_first(here, tool.arguments())
    assert is_here(Facts.model_validate(facts))


def test_jobs_of_others_are_listed_and_followed(
    workspace: Workspace, plan: Plan, provider: Provider, attempt: Attempt, dataset: DatasetInfo
) -> None:
    run(attempt(plan))
    there = next(iter(provider.store.jobs))
    result = run(attempt(plan, "job2", adopt=there))
    assert result["provider_job"] == there
    assert provider.count("creations") == 1
    context = ToolContext(workspace, "s", Facts(plan=plan, dataset=dataset, train_job="job1"))
    listed = list_hosted(context, ListHosted(what="jobs"))
    assert there in str(listed.views)
    doomed = approve_deletion(context, DeleteHosted())
    assert doomed.effect == "deletes"
    assert "file-" in dict(doomed.details)["What"]
