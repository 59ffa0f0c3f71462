"""The life of a fine-tuning job: one step further at every look, as far as its training has come."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fakes.provider.state import Store, StoredFile, StoredJob, TunedModel
from fakes.provider.training import Order, Run, Trainer

FEWEST = 10
MODERATED = (
    "The job failed due to an unsafe training file. This training file was blocked because too many "
    "examples were flagged as containing content that violates our usage policies."
)


@dataclass
class Moderation:
    """What the provider decides against a job after its training: a code and words, or nothing."""

    code: str = ""
    message: str = MODERATED


@dataclass
class Keeper:
    """Brings jobs forward. ``holds`` are statuses in which a job stays until they are taken out."""

    store: Store
    trainer: Trainer
    now: Callable[[], int]
    auto_epochs: int = 3
    azure: bool = False
    holds: set[str] = field(default_factory=set)
    moderation: Moderation = field(default_factory=Moderation)

    def create(self, request: dict[str, Any]) -> StoredJob:
        """A job as it was asked for; its files are looked at later."""
        job = StoredJob(
            id=self.store.new_id("ftjob"),
            created_at=self.now(),
            request=request,
            seed=int(request.get("seed") or 13),
        )
        job.hyperparameters = {
            name: value for name, value in self._settings(request).items() if value is not None
        }
        self.store.jobs[job.id] = job
        job.say(self.now(), f"Created fine-tuning job: {job.id}")
        job.say(self.now(), f"Validating training file: {request['training_file']}")
        return job

    def advance(self, job: StoredJob) -> None:
        """At most one status further."""
        if job.ended or job.status in self.holds or job.status == "paused":
            return
        if job.status == "validating_files":
            self._validate(job)
            return
        run = self.trainer.look(job.run)
        self._take_metrics(job, run)
        if job.status == "pausing":
            if run.state == "paused":
                self._enter(job, "paused", "Fine-tuning job paused")
        elif run.state == "failed":
            self._fail(job, "server_error", run.error)
        elif job.status == "queued":
            if run.state != "queued":
                self._enter(job, "running", "Fine-tuning job started")
        elif run.state == "succeeded":
            self._finish(job, run)

    def steer(self, job: StoredJob, action: str) -> None:
        """Pause, resume or cancel; a job that has ended is left alone."""
        if action == "resume":
            if job.status == "paused":
                if job.run:
                    self.trainer.steer(job.run, "resume")
                self._enter(job, "queued", "Fine-tuning job resumed")
            return
        if job.run and job.status != "paused":
            self.trainer.steer(job.run, action)
        if action == "cancel":
            job.finished_at = self.now()
            self._enter(job, "cancelled", "Fine-tuning job cancelled")
        elif job.run:
            self._enter(job, "pausing", "Pausing the fine-tuning job")
        else:
            self._enter(job, "paused", "Fine-tuning job paused")

    def _enter(self, job: StoredJob, status: str, message: str) -> None:
        job.status = status
        job.say(self.now(), message)

    def _settings(self, request: dict[str, Any]) -> dict[str, Any]:
        method = request.get("method") or {}
        kind = method.get("type", "supervised")
        given = (method.get(kind) or {}).get("hyperparameters") or {}
        given = given or request.get("hyperparameters") or {}
        asked = {"n_epochs": "auto", "batch_size": "auto", "learning_rate_multiplier": "auto"}
        return asked | {name: value for name, value in given.items() if name in asked}

    def _validate(self, job: StoredJob) -> None:
        request = job.request
        for param in ("training_file", "validation_file"):
            if not request.get(param):
                continue
            problem = _problem_of(self.store.files[request[param]], param == "training_file")
            if problem:
                self._fail(job, problem[0], problem[1], param)
                return
        settings = job.hyperparameters
        auto = {
            "n_epochs": self.auto_epochs,
            "batch_size": 4,
            "learning_rate_multiplier": 1.0,
        }
        job.hyperparameters = {
            name: auto[name] if value == "auto" else value for name, value in settings.items()
        }
        validation = request.get("validation_file")
        order = Order(
            training=self.store.files[request["training_file"]].content,
            validation=self.store.files[validation].content if validation else b"",
            epochs=int(job.hyperparameters["n_epochs"]),
            batch_size=int(job.hyperparameters["batch_size"]),
            multiplier=float(job.hyperparameters["learning_rate_multiplier"]),
            seed=job.seed,
        )
        job.run = self.trainer.start(order)
        self._enter(job, "queued", "Files validated, moving job to queued state")

    def _fail(self, job: StoredJob, code: str, message: str, param: str | None = None) -> None:
        job.error = {"code": code, "message": message, "param": param}
        job.finished_at = self.now()
        job.status = "failed"
        job.say(self.now(), message, "error")

    def _take_metrics(self, job: StoredJob, run: Run) -> None:
        graded = (job.request.get("method") or {}).get("type") == "reinforcement"
        for one in map(_rewarded, run.metrics) if graded else run.metrics:
            step, total = int(one["step"]), int(one.get("total_steps", 0))
            words = ", ".join(
                f"{name}={value:.2f}"
                for name, value in one.items()
                if name in ("train_loss", "valid_loss")
            )
            words = words.replace("train_loss", "training loss")
            words = words.replace("valid_loss", "validation loss")
            job.say(self.now(), f"Step {step}/{total}: {words}", data=dict(one))
        if run.seconds_left is not None:
            job.estimated_finish = self.now() + int(run.seconds_left)
        known = {one["step_number"] for one in job.checkpoints}
        for step, adapter in sorted(run.checkpoints.items()):
            if step not in known:
                self._checkpoint(job, step, adapter)

    def _checkpoint(self, job: StoredJob, step: int, adapter: str | None) -> None:
        name = f"{self._model_name(job)}:ckpt-step-{step}"
        known = f"{'ftchkpt' if self.azure else 'ftckpt'}-{job.id[6:]}-{step}"
        for one in (name, known) if self.azure else (name,):  # Azure deploys it by its id
            self.store.models[one] = TunedModel(one, job.request["model"], self.now(), adapter)
        metrics = {"step": step}
        for event in job.events:
            if event["type"] == "metrics" and event["data"]["step"] <= step:
                metrics |= event["data"] | {"step": step}
        metrics.pop("total_steps", None)
        job.checkpoints.append(
            {
                "id": known,
                "object": "fine_tuning.job.checkpoint",
                "created_at": self.now(),
                "fine_tuned_model_checkpoint": name,
                "fine_tuning_job_id": job.id,
                "metrics": metrics,
                "step_number": step,
            }
        )

    def _model_name(self, job: StoredJob) -> str:
        suffix = str(job.request.get("suffix") or "")
        if self.azure:
            return f"{job.request['model']}.ft-{job.id[6:]}" + (f"-{suffix}" if suffix else "")
        return f"ft:{job.request['model'].rpartition('/')[2]}:loopback:{suffix}:{job.id[6:]}"

    def _finish(self, job: StoredJob, run: Run) -> None:
        if self.moderation.code:
            self._fail(job, self.moderation.code, self.moderation.message, "training_file")
            return
        name = self._model_name(job)
        self.store.models[name] = TunedModel(name, job.request["model"], self.now(), run.adapter)
        job.fine_tuned_model = name
        job.trained_tokens = run.trained_tokens
        job.finished_at = self.now()
        job.estimated_finish = None
        result = StoredFile(
            id=self.store.new_id("file"),
            filename="results.csv" if self.azure else "step_metrics.csv",
            purpose="fine-tune-results",
            content=self._results(job),
            created_at=self.now(),
            status="processed",
        )
        self.store.files[result.id] = result
        job.result_files = [result.id]
        job.say(self.now(), f"New fine-tuned model created: {name}")
        self._enter(job, "succeeded", "The job has successfully completed")

    def _results(self, job: StoredJob) -> bytes:
        names = [
            "step",
            "train_loss",
            "train_mean_token_accuracy",
            "valid_loss",
            "valid_mean_token_accuracy",
            "full_valid_loss",
            "full_valid_mean_token_accuracy",
        ]
        azures = {"valid_mean_token_accuracy": "validation_mean_token_accuracy"}
        renamed = azures if self.azure else {}
        stream = io.StringIO()
        writer = csv.DictWriter(
            stream, [renamed.get(name, name) for name in names], lineterminator="\n"
        )
        writer.writeheader()
        for event in job.events:
            if event["type"] == "metrics":
                row = {name: event["data"].get(name, "") for name in names}
                writer.writerow({renamed.get(n, n): value for n, value in row.items()})
        return stream.getvalue().encode()


def _rewarded(metrics: dict[str, float]) -> dict[str, float]:
    """The figures of a step as a training by reinforcement has them."""
    step = metrics["step"]
    kept = {name: metrics[name] for name in ("step", "total_steps") if name in metrics}
    better = 1 - 1 / (step + 1)
    return kept | {"train_reward_mean": better, "valid_reward_mean": better - 0.1}


def _problem_of(file: StoredFile, needs_ten: bool) -> tuple[str, str] | None:
    """What is wrong with a file's lines, as the API words it."""
    which = "training" if needs_ten else "validation"
    count = 0
    for number, line in enumerate(file.content.decode("utf-8-sig").splitlines(), 1):
        try:
            row = json.loads(line)
            ok = isinstance(row, dict) and ("messages" in row or "input" in row)
        except ValueError:
            ok = False
        if not ok:
            return (
                f"invalid_{which}_file",
                f"The job failed due to an invalid {which} file. Invalid file format. "
                f"Line {number}, message: missing key 'messages'.",
            )
        count += 1
    if needs_ten and count < FEWEST:
        return (
            "invalid_n_examples",
            f"{which.capitalize()} file has {count} example(s), but must have at least "
            f"{FEWEST} examples",
        )
    return None
