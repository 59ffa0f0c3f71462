"""A plan file run without a chat, twice in two homes, by the real script and real workers."""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from luthier.tools.data.inspect import inspect_file
from luthier.tools.data.prepare import prepare_dataset
from luthier.tools.files import read_json
from luthier.tools.jobs.model import JobState
from luthier.tools.jobs.store import list_jobs
from luthier.tools.training.material import Material, load_material
from luthier.tools.training.plan import (
    DataPlan,
    EvaluationPlan,
    LoraPlan,
    ModelPlan,
    Plan,
    TrainPlan,
)
from luthier.tools.training.plan_file import load_plan, save_plan
from luthier.tools.workspace import Workspace, open_workspace
from luthier.tui.exit_codes import FAILED, INTERRUPTED, NEGATIVE, OK

pytestmark = [pytest.mark.training, pytest.mark.timeout(600)]

SCRIPT = Path(sys.executable).with_name("luthier")


@pytest.fixture
def plan_file(tmp_path: Path, tiny_model: Path) -> Path:
    """A small plan beside its data file, made in a home that is then forgotten."""
    chance = random.Random(5)
    source = tmp_path / "mail.csv"
    with source.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["message", "kind"])
        for number in range(60):
            kind = "spam" if number % 2 else "ham"
            words = chance.sample(
                ["prize", "money", "pills"] if number % 2 else ["lunch", "tea", "call"], 2
            )
            writer.writerow([f"{' '.join(words)} {number * 7919 % 1000}", kind])
    inspection = inspect_file(source)
    workspace = open_workspace(tmp_path / "first home")
    dataset = prepare_dataset(workspace, source, inspection.mapping, leave_out_unusable=False)
    plan = Plan(
        name="mail",
        task=inspection.task,
        data=DataPlan(
            dataset_id=dataset.id,
            path=str(source),
            sha256=inspection.sha256,
            mapping=inspection.mapping,
        ),
        model=ModelPlan(id=str(tiny_model)),
        lora=LoraPlan(rank=4, alpha=8),
        train=TrainPlan(epochs=2, batch_size=8, learning_rate=5e-3, max_length=128),
        evaluation=EvaluationPlan(metric="exact_match", max_new_tokens=8),
    )
    path = tmp_path / "plan.yaml"
    save_plan(plan, path)
    return path


def luthier(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(SCRIPT), "--home", str(home), *arguments],
        capture_output=True,
        text=True,
        timeout=500,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "NO_COLOR": "1"},
    )


def interrupt_while_measuring(home: Path, plan_file: Path) -> None:
    """Begin the run and press Ctrl-C once its first job is at work; the job goes on."""
    workspace = open_workspace(home)
    begun = subprocess.Popen(
        [str(SCRIPT), "--home", str(home), "run", str(plan_file), "--yes"],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not any(job.status.state is JobState.RUNNING for job in list_jobs(workspace)):
        assert begun.poll() is None
        time.sleep(0.05)
    begun.send_signal(signal.SIGINT)
    _, words = begun.communicate(timeout=30)
    assert begun.returncode == INTERRUPTED
    assert "run on" in words
    assert "Traceback" not in words


def rows(workspace: Workspace, outcome: dict[str, Any]) -> dict[str, bytes]:
    folder = workspace.datasets / outcome["dataset"]["id"]
    return {
        name: (folder / f"{name}.jsonl").read_bytes() for name in ("train", "validation", "test")
    }


def trained_text(workspace: Workspace, outcome: dict[str, Any]) -> Material:
    """The tokens that the run's training read, with which of them it learned."""
    return load_material(workspace, load_plan(Path(outcome["report"]["plan"])))


def tokens_trained(workspace: Workspace) -> tuple[str, int]:
    """What the training's own record says: a hash of plan, model and rows, and tokens read."""
    job = next(job for job in list_jobs(workspace) if job.spec.kind == "train")
    record = read_json(Path(job.folder) / "output" / "run.json")
    return record["fingerprint"], record["tokens"]


def test_a_plan_gives_the_same_run_again(plan_file: Path, tmp_path: Path) -> None:
    outcomes, splits = [], []
    interrupt_while_measuring(tmp_path / "two", plan_file)
    for name in ("one", "two"):
        done = luthier(tmp_path / name, "run", str(plan_file), "--yes", "--json")
        assert done.returncode in (OK, NEGATIVE), done.stderr
        outcomes.append(json.loads(done.stdout))
        splits.append(rows(open_workspace(tmp_path / name), outcomes[-1]))
        assert "Tuning" in done.stderr
    first, second = outcomes

    assert splits[0] == splits[1]
    assert first["dataset"]["id"] == second["dataset"]["id"]
    homes = [open_workspace(tmp_path / name) for name in ("one", "two")]
    text, again = (trained_text(*one) for one in zip(homes, outcomes, strict=True))
    assert text.train == again.train
    assert text.validation == again.validation
    assert text.tokens > len(text.train) > 0
    passes = load_plan(plan_file).train.epochs
    assert [tokens_trained(home) for home in homes] == 2 * [
        (text.fingerprint, passes * text.tokens)
    ]
    for arm, other in zip(first["evaluation"]["arms"], second["evaluation"]["arms"], strict=True):
        assert arm["arm"] == other["arm"]
        assert arm["metrics"]["exact_match"] == pytest.approx(
            other["metrics"]["exact_match"], abs=0.2
        )
        assert arm["prompt_tokens"] == other["prompt_tokens"]
    assert first["training"]["history"][0]["loss"] == pytest.approx(
        second["training"]["history"][0]["loss"], rel=1e-3
    ), "the first step is computed from the same text before anything was learned"
    assert first["training"]["best_validation_loss"] == pytest.approx(
        second["training"]["best_validation_loss"], rel=0.02
    )
    assert Path(first["report"]["html"]).is_file()
    assert Path(first["report"]["plan"]).is_file()

    assert len(list_jobs(open_workspace(tmp_path / "two"))) == 3
    home = tmp_path / "one"
    shown = luthier(home, "eval", "show", first["evaluation"]["id"])
    assert shown.returncode == OK
    assert first["evaluation"]["verdict"]["sentence"].split()[0] in shown.stdout
    assert {job.spec.kind for job in list_jobs(open_workspace(home))} == {
        "baseline",
        "train",
        "evaluate",
    }


def test_a_changed_or_missing_file_is_refused_before_any_work(
    plan_file: Path, tmp_path: Path
) -> None:
    source = plan_file.with_name("mail.csv")
    source.write_text(source.read_text() + "one more,ham\n")
    changed = luthier(tmp_path / "home", "run", str(plan_file), "--yes")
    assert changed.returncode == FAILED
    assert "not the one that the plan was made with" in changed.stderr

    source.unlink()
    for agreed in (["--yes"], []):
        missing = luthier(tmp_path / "home", "run", str(plan_file), *agreed)
        assert missing.returncode == FAILED
        assert "--data FILE" in missing.stderr
        assert "Run this plan" not in missing.stderr
    assert list_jobs(open_workspace(tmp_path / "home")) == []


def test_a_missing_model_folder_is_told_before_the_question(
    plan_file: Path, tmp_path: Path
) -> None:
    plan = load_plan(plan_file)
    plan.model.id = str(tmp_path / "gone" / "model")
    save_plan(plan, plan_file)
    done = luthier(tmp_path / "home", "run", str(plan_file))
    assert done.returncode == FAILED
    assert plan.model.id in done.stderr
    assert "Run this plan" not in done.stderr
    assert list_jobs(open_workspace(tmp_path / "home")) == []


def test_a_run_asks_first(plan_file: Path, tmp_path: Path) -> None:
    done = luthier(tmp_path / "home", "run", str(plan_file))
    assert done.returncode == FAILED
    assert "--yes" in done.stderr
    assert "Run this plan on this computer?" in done.stderr
    assert list_jobs(open_workspace(tmp_path / "home")) == []
