"""``luthier run`` with another place to train: its flags, the notice, and a plan taken to its verdict."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from fakes.provider.server import MODEL, Provider

from luthier.tools.data.model import Mapping
from luthier.tools.data.prepare import prepare_dataset
from luthier.tools.errors import LuthierError
from luthier.tools.training.hosted_plan import HostedPlan
from luthier.tools.training.plan import DataPlan, EvaluationPlan, ModelPlan, Plan
from luthier.tools.training.plan_file import save_plan
from luthier.tools.workspace import Workspace
from luthier.tui.cli import cli

CLOSING = "from 2027-01-06 nobody can"
NEBIUS = "https://api.tokenfactory.nebius.com/v1"
GATEWAY = "https://gateway.example.com/v1"


@pytest.fixture
def plan(
    workspace: Workspace, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> Plan:
    """A label task of sixty rows, for this computer as it stands in the file."""
    monkeypatch.setenv("LUTHIER_HOME", str(workspace.home))
    for name in ("OPENAI_API_KEY", "NEBIUS_API_KEY", "TOGETHER_API_KEY", "LUTHIER_API_KEY"):
        monkeypatch.setenv(name, "sk-nothing-is-sent-with-this-one")
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    path = tmp_path / "mail.csv"
    rows = [f"{kind} {n * 7919 % 997},{kind}" for n in range(30) for kind in ("one", "two")]
    path.write_text("\n".join(["message,kind", *rows]), encoding="utf-8")
    mapping = Mapping(prompt=("message",), completion="kind")
    info = prepare_dataset(workspace, path, mapping, leave_out_unusable=True)
    data = DataPlan(
        dataset_id=info.id, path=str(path), sha256=info.source_sha256, mapping=info.mapping
    )
    return Plan(
        name="mail",
        task=info.task,
        data=data,
        model=ModelPlan(id=str(tiny_model)),
        evaluation=EvaluationPlan(metric="exact_match", max_new_tokens=4, arms=("base", "tuned")),
    )


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Plan]:
    """The plans that would have been run."""
    plans: list[Plan] = []

    def note(_workspace: Workspace, plan: Plan, **_more: object) -> None:
        plans.append(plan)
        raise LuthierError("Nothing runs here.", code="run.nothing")

    monkeypatch.setattr("luthier.tools.run.run_plan", note)
    return plans


def run(plan: Plan, folder: Path, *words: str, said: str = "") -> Result:
    save_plan(plan, folder / "plan.yaml")
    return CliRunner().invoke(cli, ["run", str(folder / "plan.yaml"), *words], input=said)


def code_of(done: Result) -> str:
    return str(getattr(done.exception, "code", ""))


@pytest.mark.parametrize(
    ("words", "backend", "expected", "closes"),
    [
        (["--backend", "openai"], "openai", {}, True),
        (
            ["--backend", "openai", "--provider-model", "gpt-4o-2024-08-06"],
            "openai",
            {"model": "gpt-4o-2024-08-06"},
            True,
        ),
        (["--provider", "nebius"], "openai", {"provider": "nebius"}, False),
        (["--backend", "openai", "--base-url", NEBIUS], "openai", {"base_url": NEBIUS}, False),
        (
            ["--provider", "other", "--base-url", GATEWAY, "--provider-model", "some/model"],
            "openai",
            {"provider": "other", "base_url": GATEWAY, "model": "some/model"},
            False,
        ),
        (["--backend", "local"], "local", {}, False),
    ],
)
def test_the_flags_say_where_and_the_end_of_openais_tuning_is_said_to_whom_it_concerns(
    plan: Plan,
    started: list[Plan],
    tmp_path: Path,
    words: list[str],
    backend: str,
    expected: dict[str, str],
    closes: bool,
) -> None:
    done = run(plan, tmp_path, *words, "--yes")
    assert code_of(done) == "run.nothing", done.output
    [there] = started
    assert there.backend == backend
    assert there.hosted == HostedPlan(**expected)
    assert (CLOSING in " ".join(done.output.split())) is closes, done.output


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["--backend", "openai"], ["OpenAI (api.openai.com)", "gpt-4o-mini-2024-07-18"]),
        (["--provider", "nebius"], ["Nebius Token Factory (api.tokenfactory.nebius.com)"]),
        (
            ["--base-url", GATEWAY, "--provider-model", "some/model"],
            ["gateway.example.com", "some/model, supervised", "unknown: no price of this model"],
        ),
    ],
)
def test_nothing_is_started_before_a_yes_that_names_the_place(
    plan: Plan, started: list[Plan], tmp_path: Path, words: list[str], shown: list[str]
) -> None:
    done = run(plan, tmp_path, *words, said="n\n")
    assert code_of(done) == "cli.declined", done.output
    text = " ".join(done.output.split())
    assert not [part for part in (*shown, "What leaves this computer") if part not in text], text
    assert started == []


def test_autotrain_is_named_by_the_same_flag_and_says_what_it_lacks(
    plan: Plan, started: list[Plan], tmp_path: Path
) -> None:
    done = run(plan, tmp_path, "--backend", "autotrain", "--yes")
    assert code_of(done) == "run.autotrain.missing"
    assert isinstance(done.exception, LuthierError)
    assert "luthier autotrain" in done.exception.remedy
    assert started == []


def test_a_place_that_does_not_exist_is_named_with_those_that_do(
    plan: Plan, started: list[Plan], tmp_path: Path
) -> None:
    done = run(plan, tmp_path, "--backend", "moon", "--yes")
    assert code_of(done) == "plan.unknown_backend"
    assert isinstance(done.exception, LuthierError)
    assert "local, openai, azure, autotrain" in done.exception.remedy


def test_a_model_folder_that_is_gone_is_missed_only_where_it_would_be_asked(
    plan: Plan, started: list[Plan], tmp_path: Path
) -> None:
    plan.model.id = str(tmp_path / "moved away")
    for words in ([], ["--backend", "autotrain"]):
        assert code_of(run(plan, tmp_path, *words, "--yes")) == "model.not_found"
    done = run(plan, tmp_path, "--backend", "openai", "--yes")
    assert code_of(done) == "run.nothing", done.output
    assert len(started) == 1


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """One whose trainings follow a script; its tuned model says the first word."""
    monkeypatch.setenv("LUTHIER_POLL_SECONDS", "0.02")
    with Provider() as found:
        yield found


@pytest.mark.training
def test_one_flag_takes_a_plan_to_a_verdict_also_where_its_own_model_is_gone(
    starter_workspace: Workspace,
    provider: Provider,
    plan: Plan,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LUTHIER_API_KEY", provider.key)
    plan.model.id = str(tmp_path / "moved away")
    words = ["--base-url", provider.base_url, "--provider-model", MODEL, "--yes", "--json"]
    done = run(plan, tmp_path, "--backend", "openai", *words)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    outcome = json.loads(done.stdout)
    assert outcome["evaluation"]["verdict"]["decision"]
    scores = {one["arm"]: one["metrics"]["exact_match"] for one in outcome["evaluation"]["arms"]}
    assert scores["tuned"] > scores["base"]
    assert (provider.count("uploads"), provider.count("creations")) == (2, 1)
    assert "the starter model takes its place" in " ".join(done.stderr.split())
