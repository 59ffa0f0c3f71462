"""A plan trained by AutoTrain: judged by what it left, ended whole, begun again where it was cut off."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from fakes.autotrain import place_stand_in

from luthier.tools.errors import LuthierError
from luthier.tools.jobs.model import NoticeEvent, ProgressEvent
from luthier.tools.training.autotrain.environment import environment_folder, remove_environment
from luthier.tools.training.autotrain.worker import run
from luthier.tools.training.backends import backend_of
from luthier.tools.training.plan import Plan
from luthier.tools.training.tuned_model import tuned_model
from luthier.tools.workspace import Workspace

Place = Callable[[str], Path]
JobMaker = Callable[..., Any]

pytestmark = [pytest.mark.training, pytest.mark.timeout(300)]


@pytest.fixture
def plan(base_plan: Plan) -> Plan:
    """The small plan, for AutoTrain."""
    return base_plan.model_copy(update={"backend": "autotrain"})


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the stand-in trained, once for all tests."""
    return tmp_path_factory.mktemp("trained") / "kept"


@pytest.fixture
def autotrain(training_home: Workspace, kept: Path) -> Iterator[Place]:
    """Put a stand-in that behaves in that way in place of the environment."""
    yield lambda mode: place_stand_in(environment_folder(training_home), mode, kept)
    remove_environment(training_home)


def test_a_training_leaves_an_adapter_like_any_other_and_its_curve(
    make_job: JobMaker, plan: Plan, autotrain: Place
) -> None:
    autotrain("works")
    job = make_job(plan)
    result = job.run_here(run)
    assert tuned_model(job.folder, result).adapter is not None
    assert result["best_validation_loss"] < result["base_validation_loss"]
    assert result["checks"]["largest_lora_b"] > 0
    assert result["checks"]["output_change"] > 0
    assert result["steps"] == 20
    metrics = job.metrics()
    assert [event.step for event in metrics] == list(range(1, 21))
    assert metrics[-1].total_steps == 20
    assert metrics[-1].loss < metrics[0].loss
    labels = [event.label for event in job.events if isinstance(event, ProgressEvent)]
    assert "AutoTrain loads the model" in labels
    assert "AutoTrain saves the adapter" in labels
    assert not (job.folder / "output" / "autotrain").exists(), "the copy of the model is gone"
    left = {path.name for path in (job.folder / "output").iterdir()}
    assert left == {"adapter", "autotrain.log", "autotrain-finished.json"}


@pytest.mark.parametrize(
    ("mode", "code", "words"),
    [
        ("fails", "autotrain.failed", "packing the dataset"),
        ("nothing", "autotrain.nothing_left", "exit code 0"),
        ("nan", "training.not_finite", "not all finite"),
        ("untrained", "training.all_zero", "zero"),
    ],
)
def test_exit_code_0_means_nothing(
    make_job: JobMaker, plan: Plan, autotrain: Place, mode: str, code: str, words: str
) -> None:
    autotrain(mode)
    job = make_job(plan)
    with pytest.raises(LuthierError) as caught:
        job.run_here(run)
    assert caught.value.code == code
    assert words in caught.value.why
    assert caught.value.remedy
    assert not (job.folder / "result.json").exists()


def test_a_table_that_peft_put_beside_the_adapter_is_left_out(
    make_job: JobMaker, plan: Plan, autotrain: Place
) -> None:
    from safetensors.torch import load_file

    autotrain("table")
    job = make_job(plan)
    job.run_here(run)
    names = load_file(Path(job.result["adapter"]) / "adapter_model.safetensors")
    assert all(".lora_" in name for name in names)


def test_cancelling_ends_every_process(make_job: JobMaker, plan: Plan, autotrain: Place) -> None:
    autotrain("waits")
    job = make_job(plan)
    job.start()
    child = _wait_for_child(job.folder)
    (job.folder / "control.json").write_text('{"request": "cancel"}')
    assert job.wait()["state"] == "cancelled"
    assert not psutil.pid_exists(child)
    assert not (job.folder / "output" / "autotrain-process.json").exists()


def test_after_a_kill_the_old_process_is_ended_and_the_training_begins_again(
    make_job: JobMaker, plan: Plan, autotrain: Place
) -> None:
    autotrain("waits")
    job = make_job(plan)
    job.start()
    child = _wait_for_child(job.folder)
    job.process.kill()
    job.process.wait()
    assert psutil.pid_exists(child), "the worker alone was killed"
    autotrain("works")
    job.run_here(run)
    assert not psutil.pid_exists(child)
    job.metrics()  # which reads all events
    notices = [event.text for event in job.events if isinstance(event, NoticeEvent)]
    assert any("begins again" in text for text in notices)


def test_what_autotrain_had_finished_is_not_trained_again(
    make_job: JobMaker, plan: Plan, autotrain: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    from luthier.tools.training.autotrain import worker

    autotrain("works")
    job = make_job(plan)
    original = worker.take_adapter

    def cut_off(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(worker, "take_adapter", cut_off)
    with pytest.raises(KeyboardInterrupt):
        job.run_here(worker.run)
    autotrain("fails")
    monkeypatch.setattr(worker, "take_adapter", original)
    assert job.run_here(worker.run)["steps"] == 20


def test_a_loss_that_is_no_number_stops_it(
    make_job: JobMaker, plan: Plan, autotrain: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    from luthier.tools.training.autotrain import worker

    autotrain("waits")
    monkeypatch.setattr(
        worker, "read_line", lambda line: worker.Step(0.5, float("nan")) if "loss" in line else None
    )
    job = make_job(plan)
    with pytest.raises(LuthierError) as caught:
        job.run_here(worker.run)
    assert caught.value.code == "training.not_finite"
    child = json.loads((job.folder / "output" / "autotrain" / "child.json").read_text())
    assert not psutil.pid_exists(child)


def test_without_its_environment_the_way_to_it_is_told(
    make_job: JobMaker, plan: Plan, training_home: Workspace
) -> None:
    found = backend_of("autotrain").check(training_home, plan)
    assert [one.code for one in found] == ["autotrain.missing"]
    with pytest.raises(LuthierError) as caught:
        make_job(plan).run_here(run)
    assert caught.value.code == "autotrain.missing"
    assert "luthier autotrain install" in caught.value.remedy


def test_the_backend_says_what_changes_and_takes_what_autotrain_can(
    training_home: Workspace, plan: Plan
) -> None:
    backend = backend_of("autotrain")
    assert not backend.pausable
    plan = plan.model_copy(deep=True)
    plan.train.epochs = 2.5
    prepared = backend.prepared(training_home, plan)
    assert prepared.train.epochs in (2.0, 3.0)
    assert prepared.train.patience == 0
    half = plan.model_copy(deep=True)
    half.lora.layers = "upper_half"
    assert "autotrain.layers" in [one.code for one in backend.check(training_home, half)]
    assert dict(backend.changes.in_words())["Privacy"]


def _wait_for_child(folder: Path) -> int:
    place = folder / "output" / "autotrain" / "child.json"
    end = time.monotonic() + 120
    while time.monotonic() < end:
        try:
            return int(json.loads(place.read_text()))
        except (FileNotFoundError, ValueError):
            time.sleep(0.1)
    raise AssertionError("AutoTrain's stand-in never trained")
