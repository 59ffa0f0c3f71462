"""A training whose saved weights are broken or change nothing never counts as finished."""

from __future__ import annotations

import json
import math
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from peft import PeftModel
from safetensors.torch import load_file, save_file

from luthier.tools.jobs.folder import Outcome
from luthier.tools.jobs.worker_main import run_job
from luthier.tools.training.plan import Plan
from luthier.tools.training.verify import WEIGHTS

if TYPE_CHECKING:
    from conftest import JobMaker, TrainingJob

pytestmark = pytest.mark.training


@pytest.fixture(autouse=True)
def usual_signals() -> Iterator[None]:
    """A worker takes SIGTERM for a request; this process shall not keep that."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def short(plan: Plan, **values: Any) -> Plan:
    """The plan with one pass over the rows."""
    train = plan.train.model_copy(update={"epochs": 1, **values})
    return plan.model_copy(update={"train": train})


def refused(job: TrainingJob) -> dict[str, str]:
    """Why the job failed; it left no result that anything could take for a tuned model."""
    outcome = run_job(job.folder, 1)
    kept = Outcome.model_validate_json((job.folder / "outcome.json").read_text())
    assert outcome == kept
    assert outcome.state == "failed"
    assert not (job.folder / "result.json").exists()
    assert outcome.error is not None
    assert "not counted as finished" in outcome.error["remedy"]
    return outcome.error


@pytest.mark.parametrize("method", ["lora", "full"])
def test_steps_too_small_to_change_an_answer_are_no_training(
    make_job: JobMaker, base_plan: Plan, method: str
) -> None:
    plan = short(base_plan, learning_rate=1e-12).model_copy(update={"method": method})
    error = refused(make_job(plan))
    assert error["code"] == "training.no_effect"
    assert "exactly what the base model says" in error["what"]


@pytest.mark.parametrize(
    ("factor", "code", "words"),
    [
        (0.0, "all_zero", "does nothing"),
        (1e-12, "no_effect", "exactly what the base model says"),
        (1e30, "output_not_finite", "tuned model is broken"),
        (math.nan, "not_finite", "saved weights are broken"),
    ],
)
def test_weights_that_reached_the_disk_broken_are_noticed(
    make_job: JobMaker,
    base_plan: Plan,
    monkeypatch: pytest.MonkeyPatch,
    factor: float,
    code: str,
    words: str,
) -> None:
    """Training goes well; what lies on the disk afterwards is another adapter than was trained."""
    save = PeftModel.save_pretrained

    def save_damaged(model: Any, folder: Path, *args: Any, **settings: Any) -> None:
        save(model, folder, *args, **settings)
        weights = load_file(Path(folder) / WEIGHTS)
        ups = {name: value * factor for name, value in weights.items() if ".lora_B." in name}
        save_file(weights | ups, Path(folder) / WEIGHTS)

    monkeypatch.setattr(PeftModel, "save_pretrained", save_damaged)
    error = refused(make_job(short(base_plan)))
    assert error["code"] == f"training.{code}"
    assert words in error["what"]
    assert json.dumps(error)
