"""A real training in a real process: learning, interruptions, and what is left behind."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from luthier.tools.errors import LuthierError
from luthier.tools.jobs.context import JobStopped
from luthier.tools.jobs.model import MetricsEvent, NoticeEvent
from luthier.tools.training import worker
from luthier.tools.training.loss import trained_token_loss
from luthier.tools.training.plan import Plan
from luthier.tools.training.plan_file import load_plan

if TYPE_CHECKING:
    from conftest import JobMaker, TrainingJob


def with_train(plan: Plan, **values: Any) -> Plan:
    """The plan with other training values."""
    return plan.model_copy(update={"train": plan.train.model_copy(update=values)})


pytestmark = pytest.mark.training


def losses(result: dict[str, Any], kind: str = "loss") -> dict[int, float]:
    """Loss by step from a result's history."""
    return {entry["step"]: entry[kind] for entry in result["history"] if kind in entry}


def until_step(job: TrainingJob, step: int) -> None:
    """Follow the job until it reported ``step``."""
    for event in job.follow():
        if isinstance(event, MetricsEvent) and event.step >= step and event.loss is not None:
            return
    raise AssertionError("the worker ended before: " + (job.folder / "worker.log").read_text())


def test_learns_and_reports(finished: TrainingJob, base_plan: Plan) -> None:
    result = finished.result
    assert result["best_validation_loss"] < 0.8 * result["base_validation_loss"]
    trained = losses(result)
    assert trained[result["steps"]] < 0.8 * trained[1]
    assert sorted(trained) == list(range(1, result["steps"] + 1))
    checks = losses(result, "validation_loss")
    assert min(checks, key=checks.__getitem__) == result["best_step"]
    assert result["tokens_per_second"] > 0
    metrics = finished.metrics()
    assert metrics[0].step == 0
    assert metrics[0].validation_loss == pytest.approx(result["base_validation_loss"])
    last = metrics[-1]
    assert (last.total_epochs, last.epoch) == (base_plan.train.epochs, base_plan.train.epochs)


def test_the_adapter_folder_has_what_hosting_needs(
    finished: TrainingJob, base_plan: Plan, tiny_model: Path
) -> None:
    adapter = Path(finished.result["adapter"])
    config = json.loads((adapter / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == str(tiny_model)
    assert (config["r"], config["lora_alpha"]) == (base_plan.lora.rank, base_plan.lora.alpha)
    weights = load_file(adapter / "adapter_model.safetensors")
    assert any(abs(value).max() > 0 for name, value in weights.items() if "lora_B" in name)
    for name in ("tokenizer.json", "chat_template.jinja"):
        if (tiny_model / name).is_file():
            assert (adapter / name).read_bytes() == (tiny_model / name).read_bytes()
    assert load_plan(adapter / "plan.yaml") == base_plan
    assert not list(adapter.parent.glob("checkpoint-*"))


def test_pause_and_resume_ends_like_an_uninterrupted_run(
    make_job: JobMaker, base_plan: Plan, finished: TrainingJob
) -> None:
    job = make_job(base_plan)
    with pytest.raises(JobStopped) as stopped:
        job.run_here(worker.run, "pause", at_step=4)
    assert stopped.value.request == "pause"
    result = job.run_here(worker.run)
    assert losses(result) == pytest.approx(losses(finished.result), rel=1e-4)
    assert losses(result, "validation_loss") == pytest.approx(
        losses(finished.result, "validation_loss"), rel=1e-4
    )
    assert result["best_step"] == finished.result["best_step"]


def test_kill_resumes_from_the_newest_complete_checkpoint(
    make_job: JobMaker, base_plan: Plan, finished: TrainingJob
) -> None:
    job = make_job(base_plan, checkpoint_seconds=0)
    job.start()
    until_step(job, 8)
    assert job.process is not None
    job.process.send_signal(signal.SIGKILL)
    job.process.wait()
    assert list((job.folder / "output").glob("checkpoint-*/complete.json"))
    torn = job.folder / "output" / "checkpoint-999"
    torn.mkdir()
    (torn / "adapter_model.safetensors").write_bytes(b"torn")
    assert job.run()["state"] == "succeeded"
    assert losses(job.result) == pytest.approx(losses(finished.result), rel=1e-4)
    steps = [event.step for event in job.metrics() if event.loss is not None]
    assert len(steps) == len(set(steps))
    assert steps == sorted(steps)
    notices = [event.text for event in job.events if isinstance(event, NoticeEvent)]
    assert any("Going on from the checkpoint at step" in text for text in notices)
    assert tokens_seen(job) == tokens_seen(finished), "what the killed attempt did counts as well"


def tokens_seen(job: TrainingJob) -> int:
    return int(json.loads((job.folder / "output" / "run.json").read_text())["tokens"])


def test_cancel_is_honoured(make_job: JobMaker, base_plan: Plan) -> None:
    with pytest.raises(JobStopped) as stopped:
        make_job(base_plan).run_here(worker.run, "cancel", at_step=2)
    assert stopped.value.request == "cancel"


def test_a_checkpoint_of_another_plan_is_not_used(make_job: JobMaker, base_plan: Plan) -> None:
    job = make_job(base_plan)
    with pytest.raises(JobStopped):
        job.run_here(worker.run, "pause", at_step=3)
    changed = with_train(base_plan, epochs=1, seed=6)
    spec = json.loads((job.folder / "spec.json").read_text())
    spec["payload"]["plan"] = changed.model_dump(mode="json")
    (job.folder / "spec.json").write_text(json.dumps(spec))
    assert min(losses(job.run_here(worker.run))) == 1


def test_stops_early_and_keeps_the_best(make_job: JobMaker, base_plan: Plan) -> None:
    plan = with_train(base_plan, epochs=40, patience=2, learning_rate=3e-2, evaluations_per_epoch=1)
    result = make_job(plan).run_here(worker.run)
    assert "did not fall" in result["stopped_early"]
    checks = losses(result, "validation_loss")
    assert result["best_validation_loss"] == min(checks.values())
    assert result["steps"] > result["best_step"]


def altered_model(source: Path, folder: Path, factor: float) -> Path:
    """A copy of a model whose last norm is multiplied by ``factor``."""
    shutil.copytree(source, folder)
    weights = load_file(folder / "model.safetensors")
    weights["model.norm.weight"] = weights["model.norm.weight"] * np.float32(factor)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def with_model(plan: Plan, folder: Path) -> Plan:
    """The plan with another base model."""
    return plan.model_copy(update={"model": plan.model.model_copy(update={"id": str(folder)})})


@pytest.mark.parametrize(
    ("factor", "code"), [(1.3, "training.diverged"), (float("nan"), "training.not_finite")]
)
def test_a_training_that_goes_wrong_fails_and_names_a_lower_rate(
    make_job: JobMaker, base_plan: Plan, monkeypatch: pytest.MonkeyPatch, factor: float, code: str
) -> None:
    size = {"of loss": 1.0}

    def growing_loss(*args: Any) -> Any:
        if torch.is_grad_enabled():
            size["of loss"] *= factor
        return trained_token_loss(*args) * size["of loss"]

    monkeypatch.setattr("luthier.tools.training.trainer.trained_token_loss", growing_loss)
    job = make_job(base_plan)
    with pytest.raises(LuthierError) as failure:
        job.run_here(worker.run)
    assert failure.value.code == code
    assert "Lower the learning rate from 0.01 to 0.0025" in failure.value.remedy
    assert not (job.folder / "output" / "adapter").exists()


def test_a_broken_base_model_is_named_as_the_cause(
    make_job: JobMaker, base_plan: Plan, tiny_model: Path, tmp_path: Path
) -> None:
    broken = with_model(base_plan, altered_model(tiny_model, tmp_path / "broken", float("nan")))
    with pytest.raises(LuthierError) as failure:
        make_job(broken).run_here(worker.run)
    assert failure.value.code == "model.damaged"


def test_upper_half_trains_only_upper_layers(make_job: JobMaker, base_plan: Plan) -> None:
    lora = base_plan.lora.model_copy(update={"layers": "upper_half"})
    result = make_job(base_plan.model_copy(update={"lora": lora})).run_here(worker.run)
    weights = load_file(Path(result["adapter"]) / "adapter_model.safetensors")
    assert {name.split(".layers.")[1].split(".")[0] for name in weights} == {"1"}
    assert result["best_validation_loss"] < result["base_validation_loss"]
