"""A disk that fills up while a checkpoint is saved: plain words, nothing lost, and on it goes."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from luthier.tools.jobs import supervisor
from luthier.tools.jobs.follow import EventReader
from luthier.tools.jobs.model import Job, JobEvent, JobState, NoticeEvent
from luthier.tools.jobs.store import read_result
from luthier.tools.jobs.wait import wait_for
from luthier.tools.training.checkpoints import COMPLETE, newest_complete
from luthier.tools.training.plan import Plan
from luthier.tools.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from conftest import JobMaker, TrainingJob

pytestmark = [pytest.mark.training, pytest.mark.timeout(300)]


def losses(result: dict[str, Any]) -> dict[int, float]:
    """Loss by step."""
    return {entry["step"]: entry["loss"] for entry in result["history"] if "loss" in entry}


def wait_for_checkpoint(folder: Path) -> None:
    deadline = time.monotonic() + 120
    while not list((folder / "output").glob(f"checkpoint-*/{COMPLETE}")):
        assert time.monotonic() < deadline, (folder / "worker.log").read_text()
        time.sleep(0.005)


def kept_step(folder: Path) -> int:
    """The step of the newest complete checkpoint; no torn one takes up room."""
    output = folder / "output"
    fingerprint = json.loads((output / "run.json").read_text())["fingerprint"]
    newest = newest_complete(output, fingerprint)
    assert newest is not None
    assert all((one / COMPLETE).exists() for one in output.glob("checkpoint-*"))
    return int(newest.name.rpartition("-")[2])


def hear(_job: Job, _events: list[JobEvent]) -> None:
    """Nobody has to hear what the job reports."""


def notices(folder: Path) -> list[str]:
    return [
        event.text for event in EventReader(folder).read_new() if isinstance(event, NoticeEvent)
    ]


def test_what_the_system_refuses_to_write_is_told_and_the_job_goes_on_later(
    make_job: JobMaker, base_plan: Plan, finished: TrainingJob
) -> None:
    """No file may grow beyond 100 kB any more: the optimiser's state is larger."""
    job = make_job(base_plan, checkpoint_seconds=0)
    job.start()
    wait_for_checkpoint(job.folder)
    assert job.process is not None
    resource.prlimit(job.process.pid, resource.RLIMIT_FSIZE, (100_000, 100_000))
    outcome = job.wait()
    assert outcome["state"] == "failed"
    assert outcome["error"]["code"] == "job.disk_full"
    step = kept_step(job.folder)
    assert job.run()["state"] == "succeeded"
    assert losses(job.result) == pytest.approx(losses(finished.result), rel=1e-4)
    assert f"Going on from the checkpoint at step {step}." in notices(job.folder)


@pytest.fixture
def small_home(tmp_path: Path, training_home: Workspace) -> Iterator[Workspace]:
    """A home with the data sets of the room's tests on a disk of 8 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root can make a small disk to fill")
    shutil.copytree(
        training_home.home, disk / "home", ignore=shutil.ignore_patterns("jobs", "models")
    )
    yield open_workspace(disk / "home")
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def fill(disk: Path) -> Path:
    """A file that takes all the room there is."""
    hog = disk / "somebody-elses"
    with hog.open("wb", buffering=0) as stream:
        for size in (1 << 20, 1 << 12):
            try:
                while True:
                    stream.write(bytes(size))
            except OSError:
                continue
    return hog


def test_a_full_disk_stops_a_job_that_its_keeper_resumes_when_there_is_room(
    small_home: Workspace, base_plan: Plan, finished: TrainingJob
) -> None:
    payload = {"plan": base_plan.model_dump(mode="json"), "checkpoint_seconds": 0}
    job = supervisor.launch(
        small_home,
        kind="train",
        session_id="s",
        title="Training",
        payload=payload,
        idempotency_key="k",
    )
    folder = Path(job.folder)
    wait_for_checkpoint(folder)
    hog = fill(small_home.home.parent)
    stopped: Job = wait_for(small_home, job.id, hear)
    assert stopped.status.state is JobState.FAILED
    error = stopped.status.error or {}
    assert error["code"] == "job.disk_full"
    assert error["what"] == "The disk is full."
    assert "resume" in error["remedy"]
    assert str(folder) in error["place"]
    step = kept_step(folder)
    hog.unlink()
    supervisor.resume(small_home, job.id)
    assert wait_for(small_home, job.id, hear).status.state is JobState.SUCCEEDED
    result = read_result(small_home, job.id)
    assert losses(result) == pytest.approx(losses(finished.result), rel=1e-4)
    assert f"Going on from the checkpoint at step {step}." in notices(folder)
