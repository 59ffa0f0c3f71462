"""Together's addresses over the same files, jobs and models: other paths, other fields, other words."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from fakes.provider.dataplane import DataPlane
from fakes.provider.state import StoredFile, StoredJob
from fakes.provider.wire import Answer, Refused, Request

PREFIX = "/together/v1"
_WORDS = {
    "validating_files": "pending",
    "succeeded": "completed",
    "failed": "error",
}
_FIELDS = {
    "model",
    "training_file",
    "validation_file",
    "suffix",
    "n_epochs",
    "n_evals",
    "n_checkpoints",
    "batch_size",
    "learning_rate",
    "random_seed",
    "training_method",
    "training_type",
}


class Together:
    """What lies below ``/together/v1``; OpenAI's own addresses for jobs do not exist there.

    Lists have no pages and take no notice of ``after``; a client that pages would never end.
    """

    def __init__(self, plane: DataPlane) -> None:
        self.plane = plane
        self.asked: list[dict[str, Any]] = []

    def answer(self, request: Request) -> Answer:
        """The answer to a request."""
        path = request.path.removeprefix(PREFIX)
        if path == "/files/upload":
            return self._upload(request)
        if path == "/files":
            files = reversed(self.plane.store.files.values())
            return Answer({"data": [_file(one) for one in files]})
        if path == "/chat/completions" or path.endswith("/content"):
            return self.plane.answer(request, path)
        if found := re.fullmatch(r"/files/([^/]+)", path):
            answer = self.plane.answer(request, path)
            name = found[1]
            stored = self.plane.store.files.get(name)
            return Answer(_file(stored)) if stored else answer
        if path == "/fine-tunes":
            return self._create(request) if request.method == "POST" else self._jobs()
        if found := re.fullmatch(r"/fine-tunes/([^/]+)(?:/(\w+))?", path):
            return self._one(request, found[1], found[2] or "")
        raise Refused(404, f"Unknown path {path}")

    def _upload(self, request: Request) -> Answer:
        parts = request.parts()
        if {"purpose", "file_name", "file"} - set(parts):
            raise Refused(400, "purpose, file_name and file are required")
        self.plane.answer(request, "/files")
        stored = list(self.plane.store.files.values())[-1]
        stored.filename = parts["file_name"][1].decode()
        return Answer(_file(stored))

    def _create(self, request: Request) -> Answer:
        asked = request.json()
        if strange := set(asked) - _FIELDS:
            raise Refused(400, f"Unknown fields: {sorted(strange)}")
        self.asked.append(asked)
        kind = {"sft": "supervised", "dpo": "dpo"}[asked["training_method"]["method"]]
        told = {
            "model": asked["model"],
            "training_file": asked["training_file"],
            "validation_file": asked.get("validation_file"),
            "suffix": asked.get("suffix"),
            "seed": asked.get("random_seed"),
            "method": {
                "type": kind,
                kind: {"hyperparameters": {"n_epochs": asked.get("n_epochs", 1)}},
            },
        }
        if told["model"] not in self.plane.models:
            raise Refused(404, f"The model {told['model']} cannot be tuned.", "model_not_available")
        job = self.plane.keeper.create(told)
        self.plane.store.counted["creations"] = self.plane.store.counted.get("creations", 0) + 1
        return Answer(self._form(job))

    def _jobs(self) -> Answer:
        return Answer({"data": [self._form(job) for job in self.plane.store.jobs.values()]})

    def _one(self, request: Request, name: str, what: str) -> Answer:
        job = self.plane.store.jobs.get(name.replace("ft-", "ftjob-", 1))
        if job is None:
            raise Refused(404, f"Job {name} not found")
        if request.method == "DELETE":
            self.plane.store.models.pop(job.fine_tuned_model or "", None)
            del self.plane.store.jobs[job.id]
            return Answer({"message": "Fine-tune job deleted"})
        if what == "cancel" and request.method == "POST":
            self.plane.keeper.steer(job, "cancel")
        elif what == "events":
            return Answer({"data": [_event(one) for one in job.events if one["type"] != "metrics"]})
        elif what == "metrics":
            return Answer({"metrics": _metrics(job)})
        elif what == "checkpoints":
            return Answer({"data": [_checkpoint(one) for one in job.checkpoints]})
        elif what:
            raise Refused(404, f"Unknown path {request.path}")
        else:
            self.plane.keeper.advance(job)
        return Answer(self._form(job) | {"events": [_event(one) for one in job.events]})

    def _form(self, job: StoredJob) -> dict[str, Any]:
        name = job.fine_tuned_model
        if name and name.startswith("ft:"):
            model = self.plane.store.models.pop(name)
            name = f"loopback/{job.request['model']}:{job.request['suffix']}:{_id(job)}"
            self.plane.store.models[name] = replace(model, id=name)
            job.fine_tuned_model = name
        return {
            "id": _id(job),
            "status": _WORDS.get(job.status, job.status),
            "user_id": "loopback",
            "created_at": _time(job.created_at),
            "updated_at": _time(job.finished_at or self.plane.keeper.now()),
            "model": job.request["model"],
            "model_output_name": name,
            "training_file": job.request["training_file"],
            "validation_file": job.request.get("validation_file"),
            "n_epochs": job.hyperparameters.get("n_epochs"),
            "token_count": job.trained_tokens,
            "total_price": 1_500_000_000 if name else 0,
        }


def _id(job: StoredJob) -> str:
    return job.id.replace("ftjob-", "ft-", 1)


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def _file(stored: StoredFile) -> dict[str, Any]:
    return {
        "id": stored.id,
        "object": "file",
        "created_at": stored.created_at,
        "filename": stored.filename,
        "bytes": len(stored.content),
        "purpose": stored.purpose,
        "Processed": stored.status == "processed",
        "FileType": "jsonl",
        "LineCount": stored.content.count(b"\n"),
    }


def _event(event: dict[str, Any]) -> dict[str, Any]:
    return {
        "object": "fine-tune-event",
        "created_at": _time(event["created_at"]),
        "message": event["message"],
        "type": "job_error" if event["level"] == "error" else "job_start",
        "level": f"legacy_i{event['level']}" if event["level"] == "error" else "info",
    }


def _metrics(job: StoredJob) -> list[dict[str, float]]:
    found: list[dict[str, float]] = []
    for event in job.events:
        data = event["data"]
        for theirs, ours in (("train/loss", "train_loss"), ("eval/loss", "valid_loss")):
            if ours in data:
                found.append({"train/global_step": data["step"], theirs: data[ours]})
    return found


def _checkpoint(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "checkpoint_type": f"Intermediate (step {one['step_number']})",
        "created_at": _time(one["created_at"]),
        "path": "s3://nowhere",
        "step": one["step_number"],
        "object_name": one["fine_tuned_model_checkpoint"],
    }
