"""How the provider trains: with Luthier's own local training as a job, or by a script of steps.

Nothing here runs by itself: :meth:`look` says how far a run has come, so that a job advances because
its training did.
"""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from luthier.tools.data.held_out import held_out_rows
from luthier.tools.data.model import DatasetInfo, Mapping, Row, Task
from luthier.tools.data.store import INFO
from luthier.tools.files import read_json, write_json
from luthier.tools.identifiers import new_id
from luthier.tools.jobs import supervisor
from luthier.tools.jobs.follow import EventReader
from luthier.tools.jobs.model import JobState, MetricsEvent
from luthier.tools.jobs.store import get_job, read_result
from luthier.tools.training.plan import (
    DataPlan,
    EvaluationPlan,
    LoraPlan,
    ModelPlan,
    Plan,
    TrainPlan,
)
from luthier.tools.workspace import Workspace, open_workspace


@dataclass
class Run:
    """How far a training has come. ``metrics`` are new since the last look, in OpenAI's names."""

    state: str
    metrics: list[dict[str, float]] = field(default_factory=list)
    adapter: str | None = None
    checkpoints: dict[int, str | None] = field(default_factory=dict)
    trained_tokens: int = 0
    seconds_left: float | None = None
    error: str = ""


@dataclass(frozen=True)
class Order:
    """What to train: lines in OpenAI's format, and settings."""

    training: bytes
    validation: bytes
    epochs: int
    batch_size: int
    multiplier: float
    seed: int


class Trainer(Protocol):
    """Where the runs are."""

    def start(self, order: Order) -> str:
        """Begin a training; returns the run's id."""

    def look(self, run: str) -> Run:
        """How far it is: queued, running, paused, cancelled, failed or succeeded."""

    def steer(self, run: str, action: str) -> None:
        """Pause, resume or cancel."""


class ScriptedTrainer:
    """Advances one step a look and learns nothing: for tests of everything but the learning."""

    def __init__(self, steps: int = 3) -> None:
        self.steps = steps
        self._runs: dict[str, dict[str, Any]] = {}

    def start(self, order: Order) -> str:
        """Begin; the first look finds it queued."""
        run = f"run-{len(self._runs)}"
        tokens = len(order.training.split()) * order.epochs
        self._runs[run] = {"step": -1, "state": "running", "tokens": tokens}
        return run

    def look(self, run: str) -> Run:
        """The next step."""
        found = self._runs[run]
        if found["state"] != "running":
            return Run(found["state"])
        found["step"] += 1
        step = found["step"]
        if step == 0:
            return Run("queued")
        metrics = [{"step": step, "train_loss": 2.0 / step, "valid_loss": 2.2 / step}]
        metrics[0]["train_mean_token_accuracy"] = 1 - 0.5 / step
        metrics[0]["total_steps"] = self.steps
        if step < self.steps:
            return Run("running", metrics, checkpoints={step: "scripted"}, seconds_left=60.0)
        done = Run("succeeded", metrics, "scripted", {step: "scripted"})
        done.trained_tokens = found["tokens"]
        return done

    def steer(self, run: str, action: str) -> None:
        """Take effect at once."""
        states = {"pause": "paused", "resume": "running", "cancel": "cancelled"}
        self._runs[run]["state"] = states[action]


_STATES = {
    JobState.QUEUED: "queued",
    JobState.PAUSED: "paused",
    JobState.CANCELLED: "cancelled",
    JobState.SUCCEEDED: "succeeded",
    JobState.FAILED: "failed",
    JobState.LOST: "failed",
}


class LuthierTrainer:
    """Trains for real: every run is a job of Luthier's in a home of the provider's own."""

    def __init__(self, home: Path, model: str, *, learning_rate: float, max_length: int) -> None:
        self.workspace = open_workspace(home)
        self.model = model
        self._rate = learning_rate
        self._length = max_length
        self._readers: dict[str, EventReader] = {}
        self._adapters = home / "checkpoints of jobs"

    def start(self, order: Order) -> str:
        """Write the lines down as a data set and launch the training."""
        info = _write_rows(self.workspace, _rows(self.workspace, order))
        plan = Plan(
            name="hosted",
            task=info.task,
            data=DataPlan(dataset_id=info.id, path="", sha256="", mapping=info.mapping),
            model=ModelPlan(id=self.model),
            lora=LoraPlan(rank=16, alpha=32),
            train=TrainPlan(
                epochs=order.epochs,
                batch_size=order.batch_size,
                learning_rate=min(1.0, self._rate * order.multiplier),
                max_length=self._length,
                patience=0,
                evaluations_per_epoch=1,
                seed=order.seed,
            ),
            evaluation=EvaluationPlan(metric="exact_match"),
        )
        job = supervisor.launch(
            self.workspace,
            kind="train",
            session_id="provider",
            title="hosted training",
            payload={"plan": plan.model_dump(mode="json"), "checkpoint_seconds": 2.0},
            idempotency_key=new_id(),
        )
        self._readers[job.id] = EventReader(job.folder)
        return job.id

    def look(self, run: str) -> Run:
        """What the job has reported since, and the checkpoints that are there now."""
        job = supervisor.reconcile_job(self.workspace, get_job(self.workspace, run))
        events = self._readers[run].read_new()
        metrics = [_metrics(event) for event in events if isinstance(event, MetricsEvent)]
        found = Run(_STATES.get(job.status.state, "running"), metrics)
        output = Path(job.folder) / "output"
        self._keep_checkpoints(run, output)
        found.checkpoints = {
            int(folder.name): str(folder) for folder in (self._adapters / run).glob("*")
        }
        newest = next((e for e in reversed(events) if isinstance(e, MetricsEvent)), None)
        found.seconds_left = newest.seconds_left if newest else None
        if found.state == "succeeded":
            result = read_result(self.workspace, run)
            found.adapter = str(Path(job.folder) / result["adapter"])
            found.checkpoints[int(result["steps"])] = found.adapter
            found.trained_tokens = int((read_json(output / "run.json") or {}).get("tokens", 0))
        elif found.state == "failed":
            found.error = (job.status.error or {}).get("what", "The training failed.")
        return found

    def steer(self, run: str, action: str) -> None:
        """Pass the wish on to the job."""
        act = {
            "pause": supervisor.request_pause,
            "resume": supervisor.resume,
            "cancel": supervisor.request_cancel,
        }
        act[action](self.workspace, run)

    def close(self) -> None:
        """Cancel what still runs."""
        supervisor_jobs = [get_job(self.workspace, run) for run in self._readers]
        for job in supervisor_jobs:
            if not job.status.state.is_final and job.status.state is not JobState.PAUSED:
                supervisor.request_cancel(self.workspace, job.id)

    def _keep_checkpoints(self, run: str, output: Path) -> None:
        """Copy complete checkpoints before the training replaces them by newer ones."""
        for mark in output.glob("checkpoint-*/complete.json"):
            target = self._adapters / run / mark.parent.name.removeprefix("checkpoint-")
            if target.is_dir():
                continue
            fresh = target.with_name(f".{target.name}")
            fresh.mkdir(parents=True, exist_ok=True)
            try:
                for name in ("adapter_model.safetensors", "adapter_config.json"):
                    shutil.copy2(mark.parent / name, fresh / name)
            except FileNotFoundError:  # just replaced by a newer one
                shutil.rmtree(fresh)
                continue
            fresh.rename(target)


def _metrics(event: MetricsEvent) -> dict[str, float]:
    """A step in OpenAI's names; accuracy is not measured here, so none is told."""
    known = {
        "step": event.step,
        "total_steps": event.total_steps,
        "train_loss": event.loss,
        "valid_loss": event.validation_loss,
        "full_valid_loss": event.validation_loss,
    }
    return {
        name: value for name, value in known.items() if value is not None and math.isfinite(value)
    }


def _rows(workspace: Workspace, order: Order) -> dict[str, list[Row]]:
    sides: dict[str, list[Row]] = {"train": [], "validation": [], "test": []}
    for side, content in (("train", order.training), ("validation", order.validation)):
        if content:
            path = workspace.home / f"{side}-{new_id()}.jsonl"
            path.write_bytes(as_conversations(content))
            sides[side] = list(held_out_rows(path))
            path.unlink()
    return sides


def as_conversations(content: bytes) -> bytes:
    """Lines with ``messages``; of a pair of answers the preferred one is learned."""
    lines = []
    for line in content.decode("utf-8-sig").splitlines():
        row = json.loads(line)
        if "input" in row:
            row = {"messages": [*row["input"]["messages"], *row["preferred_output"]]}
        lines.append(json.dumps(row, ensure_ascii=False))
    return "\n".join(lines).encode()


def _write_rows(workspace: Workspace, sides: dict[str, list[Row]]) -> DatasetInfo:
    identity = new_id().lower()
    folder = workspace.datasets / identity
    folder.mkdir()
    for side, rows in sides.items():
        lines = "".join(f"{row.model_dump_json()}\n" for row in rows)
        (folder / f"{side}.jsonl").write_text(lines, encoding="utf-8")
    info = DatasetInfo(
        id=identity,
        name="upload",
        source_path="",
        source_sha256="",
        mapping=Mapping(messages="messages"),
        task=Task(kind="text"),
        seed=13,
        fractions=(1.0, 0.0, 0.0),
        rows_in=len(sides["train"]),
        left_out=0,
        duplicates=0,
        train=len(sides["train"]),
        validation=len(sides["validation"]),
        test=0,
    )
    write_json(folder / INFO, info.model_dump(mode="json"))
    return info
