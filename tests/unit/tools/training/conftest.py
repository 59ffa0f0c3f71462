"""A prepared data set, a tiny model and real worker processes for the training room's tests."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import to_jsonable_python

from luthier.tools.data.prepare import prepare_dataset
from luthier.tools.jobs.context import JobContext, StopRequest
from luthier.tools.jobs.follow import EventReader
from luthier.tools.jobs.model import JobEvent, JobSpec, MetricsEvent
from luthier.tools.models.reference import resolve_model
from luthier.tools.training.plan import (
    DataPlan,
    EvaluationPlan,
    LoraPlan,
    ModelPlan,
    Plan,
    TrainPlan,
)
from luthier.tools.training.worker import run
from luthier.tools.workspace import Workspace, open_workspace

THINGS = ("lamp", "chair", "table", "parcel", "phone", "clock", "shelf", "mirror", "sofa", "vase")
CITIES = ("Paris", "Rome", "Cairo", "Lima", "Oslo", "Delhi")
Worker = Callable[[JobContext], dict[str, Any]]
WORKER = [sys.executable, "-P", "-m", "luthier.tools.jobs.worker_main"]


class StoppingContext(JobContext):
    """A job whose user asks to stop once a step was reported."""

    request: StopRequest | None = None
    at_step = 0
    reached = False

    @property
    def stop_request(self) -> StopRequest | None:
        """The request, once it is made."""
        return self.request if self.reached else None

    def emit(self, event: JobEvent) -> None:
        """Report, and notice when the step is reached."""
        super().emit(event)
        if isinstance(event, MetricsEvent) and event.step >= self.at_step > 0:
            self.reached = True


@dataclass
class TrainingJob:
    """A job folder and its worker process, without a supervisor."""

    folder: Path
    attempt: int = 0
    process: subprocess.Popen[bytes] | None = None
    _reader: EventReader = field(init=False)
    events: list[JobEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._reader = EventReader(self.folder)

    def start(self) -> None:
        """Start the next attempt."""
        self.attempt += 1
        (self.folder / "control.json").unlink(missing_ok=True)
        with (self.folder / "worker.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*WORKER, str(self.folder), str(self.attempt)], stdout=log, stderr=log
            )

    def run_here(
        self, worker: Worker, request: StopRequest | None = None, at_step: int = 0
    ) -> dict[str, Any]:
        """Run the next attempt in this process, asking to stop once ``at_step`` was reported."""
        self.attempt += 1
        spec = JobSpec.model_validate_json((self.folder / "spec.json").read_text())
        home = Workspace(self.folder.parent.parent)
        context = StoppingContext(home, spec, self.folder, self.attempt)
        context.request, context.at_step = request, at_step
        try:
            result = worker(context)
        finally:
            context.close()
        (self.folder / "result.json").write_text(json.dumps(to_jsonable_python(result)))
        return self.result

    def wait(self) -> dict[str, Any]:
        """Wait for the worker's end; its outcome."""
        assert self.process is not None
        self.process.wait(timeout=120)
        outcome: dict[str, Any] = json.loads((self.folder / "outcome.json").read_text())
        return outcome

    def run(self) -> dict[str, Any]:
        """Start an attempt and wait for its outcome."""
        self.start()
        return self.wait()

    def follow(self) -> Iterator[JobEvent]:
        """Events as they come, until the worker has ended."""
        assert self.process is not None
        while True:
            ended = self.process.poll() is not None
            fresh = self._reader.read_new()
            self.events += fresh
            yield from fresh
            if ended:
                return
            try:
                self.process.wait(timeout=0.02)
            except subprocess.TimeoutExpired:
                continue

    def metrics(self) -> list[MetricsEvent]:
        """All metrics reported so far, over all attempts."""
        self.events += self._reader.read_new()
        return [event for event in self.events if isinstance(event, MetricsEvent)]

    @property
    def result(self) -> dict[str, Any]:
        """What the worker returned."""
        result: dict[str, Any] = json.loads((self.folder / "result.json").read_text())
        return result


@pytest.fixture(scope="session")
def training_home(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """One home for the room's tests."""
    return open_workspace(tmp_path_factory.mktemp("training") / "home")


@pytest.fixture(scope="session")
def base_plan(
    training_home: Workspace, tiny_model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Plan:
    """A small plan on real, frozen splits and the tiny model: 20 to 30 steps."""
    path = tmp_path_factory.mktemp("source") / "requests.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["message", "answer"])
        for number, thing in enumerate(THINGS):
            for place, city in enumerate(CITIES):
                answer = {"product": thing, "city": city}
                words = f"number {number * 6 + place} " * (1 + place % 3)
                writer.writerow(
                    [f"the {thing} to {city} please, {words}", json.dumps(answer)],
                )
    info = prepare_dataset(
        training_home, path, None, leave_out_unusable=True, fractions=(0.7, 0.2, 0.1)
    )
    reference = resolve_model(training_home, str(tiny_model))
    return Plan(
        name="tiny",
        task=info.task,
        data=DataPlan(
            dataset_id=info.id,
            path=info.source_path,
            sha256=info.source_sha256,
            mapping=info.mapping,
            fractions=info.fractions,
            seed=info.seed,
        ),
        model=ModelPlan(id=str(tiny_model), revision=reference.revision),
        lora=LoraPlan(rank=8, alpha=16),
        train=TrainPlan(
            epochs=3, batch_size=8, learning_rate=1e-2, max_length=128, patience=0, seed=5
        ),
        evaluation=EvaluationPlan(metric="exact_match", max_rows=10),
    )


class JobMaker:
    """Makes job folders and ends their workers after the test."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._jobs: list[TrainingJob] = []

    def __call__(self, plan: Plan, kind: str = "train", **payload: Any) -> TrainingJob:
        name = uuid.uuid4().hex
        folder = self._workspace.jobs / name
        folder.mkdir()
        spec = JobSpec.model_validate(
            {
                "id": name,
                "kind": kind,
                "session_id": "test",
                "title": "test",
                "payload": {"plan": plan.model_dump(mode="json"), **payload},
                "idempotency_key": name,
                "created_at": "",
            }
        )
        (folder / "spec.json").write_text(spec.model_dump_json())
        self._jobs.append(TrainingJob(folder))
        return self._jobs[-1]

    def close(self) -> None:
        """Kill what still runs."""
        for job in self._jobs:
            if job.process and job.process.poll() is None:
                job.process.kill()
                job.process.wait()


@pytest.fixture
def make_job(training_home: Workspace) -> Iterator[JobMaker]:
    """Make a job from a plan: ``make_job(plan)``, ``make_job(plan, kind="preflight")``."""
    maker = JobMaker(training_home)
    yield maker
    maker.close()


@pytest.fixture(scope="session")
def finished(training_home: Workspace, base_plan: Plan) -> TrainingJob:
    """The base plan trained to its end without interruption, once for all tests."""
    job = JobMaker(training_home)(base_plan)
    outcome = job.run()
    assert outcome["state"] == "succeeded", outcome
    return job


@pytest.fixture(scope="session")
def unwatched(training_home: Workspace, base_plan: Plan) -> TrainingJob:
    """The same training, at whose answers there was no time to look."""
    job = JobMaker(training_home)(base_plan, look_share=1e-6)
    job.run_here(run)
    return job
