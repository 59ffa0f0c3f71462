"""A disk that fills up while a checkpoint is saved: plain words, nothing lost, and on it goes."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from luthier.tools.jobs import supervisor
from luthier.tools.jobs.folder import read_job
from luthier.tools.jobs.follow import EventReader
from luthier.tools.jobs.model import Job, JobState, NoticeEvent
from luthier.tools.jobs.store import read_result
from luthier.tools.jobs.wait import rests
from luthier.tools.training.checkpoints import COMPLETE, newest_complete
from luthier.tools.training.plan import Plan
from luthier.tools.workspace import Workspace, open_workspace

pytestmark = [pytest.mark.training, pytest.mark.timeout(300)]

LARGEST = 100_000
"""Bytes that a file may have where no disk can be filled; the optimiser's state has more."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MB where the tests may make one, else a folder like any other."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(place)]
    made = shutil.which("mount") and subprocess.run(mount, capture_output=True).returncode == 0
    yield place
    if made:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def run_out_of_room(disk: Path, worker: int) -> Callable[[], object]:
    """Leave no room for another checkpoint; what is returned makes room again."""
    if not disk.is_mount():
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (LARGEST, LARGEST))
        return lambda: None
    hog = disk / "somebody-elses"
    with hog.open("wb", buffering=0) as stream:
        for size in (1 << 20, 1 << 12):
            try:
                while True:
                    stream.write(bytes(size))
            except OSError:
                continue
    return hog.unlink


def until(job: Job, reached: Callable[[], object]) -> None:
    """By the job's folder alone: on a full disk the database cannot be opened."""
    deadline = time.monotonic() + 150
    while not reached():
        assert time.monotonic() < deadline, (Path(job.folder) / "worker.log").read_text()
        time.sleep(0.005)


def test_a_full_disk_stops_a_job_that_goes_on_when_there_is_room(
    disk: Path, training_home: Workspace, base_plan: Plan
) -> None:
    not_needed = shutil.ignore_patterns("jobs", "models")
    shutil.copytree(training_home.home, disk / "home", ignore=not_needed)
    home = open_workspace(disk / "home")
    payload = {"plan": base_plan.model_dump(mode="json"), "checkpoint_seconds": 0}
    job = supervisor.launch(
        home,
        kind="train",
        session_id="s",
        title="Training",
        payload=payload,
        idempotency_key="k",
    )
    folder = Path(job.folder)
    until(job, lambda: list((folder / "output").glob(f"checkpoint-*/{COMPLETE}")))
    make_room = run_out_of_room(disk, read_job(folder).status.worker_pid)
    until(job, lambda: rests(read_job(folder)))

    stopped = read_job(folder).status
    assert stopped.state is JobState.FAILED
    assert stopped.error is not None
    assert stopped.error["code"] == "job.disk_full"
    assert stopped.error["what"] == "The disk is full."
    assert "then resume" in stopped.error["remedy"]
    assert stopped.error["place"] == str(folder)
    output = folder / "output"
    fingerprint = json.loads((output / "run.json").read_text())["fingerprint"]
    newest = newest_complete(output, fingerprint)
    assert newest is not None
    assert all((one / COMPLETE).exists() for one in output.glob("checkpoint-*"))

    make_room()
    supervisor.resume(home, job.id)
    until(job, lambda: rests(read_job(folder)))
    result = read_result(home, job.id)
    steps = [entry["step"] for entry in result["history"] if "loss" in entry]
    assert steps == list(range(1, result["steps"] + 1))
    step = newest.name.rpartition("-")[2]
    events = EventReader(folder).read_new()
    notices = [event.text for event in events if isinstance(event, NoticeEvent)]
    assert f"Going on from the checkpoint at step {step}." in notices
