"""A plan run at Azure without a chat: both models deployed and compared, what costs taken down."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from fakes.provider.server import MODEL, Provider

from luthier.tools.azure.deployments import Deployment, delete, keep, list_deployments
from luthier.tools.azure.for_runs import times_deleted
from luthier.tools.data.model import Mapping
from luthier.tools.data.prepare import prepare_dataset
from luthier.tools.run import RunEvent, run_plan
from luthier.tools.training.hosted_plan import HostedPlan
from luthier.tools.training.plan import DataPlan, EvaluationPlan, ModelPlan, Plan
from luthier.tools.training.plan_file import save_plan
from luthier.tools.workspace import Workspace
from luthier.tui.cli import cli


@pytest.fixture
def plan(workspace: Workspace, tmp_path: Path, tiny_model: Path) -> Plan:
    """A label task of sixty rows, for this computer as it stands in the file."""
    path = tmp_path / "mail.csv"
    rows = [f"{kind} {n * 7919 % 997},{kind}" for n in range(30) for kind in ("one", "two")]
    path.write_text("\n".join(["message,kind", *rows]), encoding="utf-8")
    mapping = Mapping(prompt=("message",), completion="kind")
    info = prepare_dataset(workspace, path, mapping, leave_out_unusable=True)
    return Plan(
        name="mail",
        task=info.task,
        data=DataPlan(
            dataset_id=info.id,
            path=info.source_path,
            sha256=info.source_sha256,
            mapping=info.mapping,
        ),
        model=ModelPlan(id=str(tiny_model)),
        evaluation=EvaluationPlan(metric="exact_match", max_new_tokens=4, arms=("base", "tuned")),
    )


@pytest.fixture
def there(plan: Plan, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """The same plan at Azure, whose control plane is the provider's stand-in."""
    monkeypatch.setenv("AZURE_MANAGEMENT_ENDPOINT", provider.url)
    return plan.model_copy(update={"backend": "azure", "hosted": HostedPlan(model=MODEL, epochs=2)})


def interrupted(workspace: Workspace, plan: Plan, *at: str) -> None:
    """Run the plan until Ctrl-C at the event of this stage and kind."""

    def interrupt(event: RunEvent) -> None:
        if (event.stage, event.kind) == at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_plan(workspace, plan, listen=interrupt)


@pytest.mark.training
def test_one_flag_takes_a_plan_to_a_verdict_and_leaves_nothing_that_costs(
    workspace: Workspace, provider: Provider, there: Plan
) -> None:
    heard: list[RunEvent] = []
    outcome = run_plan(workspace, there, listen=heard.append)
    assert outcome.evaluation.verdict is not None
    assert {arm.arm for arm in outcome.evaluation.arms} == {"base", "tuned"}
    assert provider.count("deployments") == 2
    assert provider.azure.removed == [outcome.training["awaits_deployment"]["deployment"]]
    assert [one.is_base for one in list_deployments(workspace, running=True)] == [True]
    assert any("costs nothing any more" in event.text for event in heard)


@pytest.mark.training
def test_where_the_comparison_fails_it_is_said_what_goes_on_costing(
    workspace: Workspace, provider: Provider, there: Plan
) -> None:
    heard: list[RunEvent] = []

    def listen(event: RunEvent) -> None:
        heard.append(event)
        if (event.stage, event.kind) == ("evaluate", "begin"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_plan(workspace, there, listen=listen)
    running = [one for one in list_deployments(workspace, running=True) if not one.is_base]
    assert len(running) == 1
    assert running[0].name in heard[-1].text
    outcome = run_plan(workspace, there, listen=heard.append)
    assert outcome.evaluation.verdict is not None
    assert provider.azure.removed == [running[0].name], "it went on with the same deployment"


@pytest.mark.training
def test_a_comparison_that_ended_unwatched_is_taken_in_and_pays_for_no_second_training(
    workspace: Workspace, provider: Provider, there: Plan
) -> None:
    interrupted(workspace, there, "evaluate", "done")
    outcome = run_plan(workspace, there)
    assert outcome.report.html.is_file()
    assert (provider.count("creations"), provider.count("deployments")) == (1, 2)
    assert len(provider.azure.removed) == 1
    assert [one.is_base for one in list_deployments(workspace, running=True)] == [True]


@pytest.mark.training
def test_nothing_is_deployed_for_a_measurement_that_is_there(
    workspace: Workspace, provider: Provider, there: Plan
) -> None:
    interrupted(workspace, there, "train", "begin")
    [base] = list_deployments(workspace, running=True)
    delete(workspace, base)
    begun: list[str] = []
    overtaking: list[str] = []

    def listen(event: RunEvent) -> None:
        if event.kind == "begin":
            begun.append(event.stage)
        if (event.stage, event.kind) == ("train", "done"):
            other = run_plan(workspace, there)  # the same run in another window comes to its end
            overtaking.append(other.run_id)

    outcome = run_plan(workspace, there, listen=listen)
    assert overtaking == [outcome.run_id]
    assert outcome.evaluation.verdict is not None
    assert "deploy" not in begun
    assert provider.count("deployments") == 3, "the base, then both for the comparison"
    assert [one.is_base for one in list_deployments(workspace, running=True)] == [True]


def test_a_deployment_is_made_anew_once_it_was_deleted_or_has_ended(
    workspace: Workspace, deployment: Deployment
) -> None:
    def kept(number: int, **update: object) -> None:
        keep(workspace, deployment.model_copy(update={"id": f"made-{number}", **update}))

    now, long_ago = datetime.now(UTC).isoformat(), "2026-01-01T00:00:00+00:00"
    kept(1, state="ready", created_at=now)
    kept(2, state="failed", created_at=long_ago)
    kept(3, state="deleted", created_at=now, name="another")
    assert times_deleted(workspace, deployment) == 0
    kept(4, state="deleted", created_at=long_ago)
    kept(5, state="ready", created_at=long_ago, sku="developertier")
    kept(6, state="ready", created_at=now, sku="developertier")
    assert times_deleted(workspace, deployment) == 2


def test_what_will_be_deployed_and_its_price_is_said_before_the_yes(
    workspace: Workspace,
    provider: Provider,
    plan: Plan,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LUTHIER_HOME", str(workspace.home))
    save_plan(plan, tmp_path / "plan.yaml")
    words = ["run", str(tmp_path / "plan.yaml"), "--backend", "azure"]
    done = CliRunner().invoke(cli, words, input="n\n")
    assert getattr(done.exception, "code", "") == "cli.declined", done.output
    for part in ("1.70 US dollars", "1,241 a month", "deleted then", "deploy both models"):
        assert part in " ".join(done.output.split()), done.output
    assert (provider.count("uploads"), provider.count("deployments")) == (0, 0)
