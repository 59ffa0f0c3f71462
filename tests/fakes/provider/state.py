"""What a provider keeps: files, jobs with their events and checkpoints, models, and their JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

ENDED = ("succeeded", "failed", "cancelled")


@dataclass
class StoredFile:
    """An uploaded file, or one with results that the provider wrote."""

    id: str
    filename: str
    purpose: str
    content: bytes
    created_at: int
    status: str = "uploaded"
    status_details: str | None = None
    reads: int = 0

    def form(self) -> dict[str, Any]:
        """As the API shows it."""
        form = {
            "id": self.id,
            "object": "file",
            "bytes": len(self.content),
            "created_at": self.created_at,
            "filename": self.filename,
            "purpose": self.purpose,
            "status": self.status,
        }
        return form | ({"status_details": self.status_details} if self.status_details else {})


@dataclass
class TunedModel:
    """A model that a job left behind: its base and the adapter on it (None: nothing learned)."""

    id: str
    base: str
    created: int
    adapter: str | None


@dataclass
class StoredJob:
    """A fine-tuning job; ``run`` names its training where one was started."""

    id: str
    created_at: int
    request: dict[str, Any]
    seed: int
    status: str = "validating_files"
    run: str = ""
    fine_tuned_model: str | None = None
    finished_at: int | None = None
    trained_tokens: int | None = None
    estimated_finish: int | None = None
    error: dict[str, Any] | None = None
    result_files: list[str] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    checkpoints: list[dict[str, Any]] = field(default_factory=list)
    hyperparameters: dict[str, Any] = field(default_factory=dict)

    @property
    def ended(self) -> bool:
        """Whether nothing will change any more."""
        return self.status in ENDED

    def form(self) -> dict[str, Any]:
        """As the API shows it."""
        request = self.request
        form = {
            "id": self.id,
            "object": "fine_tuning.job",
            "created_at": self.created_at,
            "error": self.error,
            "estimated_finish": self.estimated_finish,
            "fine_tuned_model": self.fine_tuned_model,
            "finished_at": self.finished_at,
            "hyperparameters": self.hyperparameters,
            "integrations": request.get("integrations") or [],
            "metadata": request.get("metadata") or {},
            "model": request["model"],
            "organization_id": "org-loopback",
            "result_files": self.result_files,
            "seed": self.seed,
            "status": self.status,
            "trained_tokens": self.trained_tokens,
            "training_file": request["training_file"],
            "validation_file": request.get("validation_file"),
        }
        return form | ({"method": request["method"]} if request.get("method") else {})

    def say(
        self, at: int, message: str, level: str = "info", data: dict[str, Any] | None = None
    ) -> None:
        """Add an event; with ``data`` it is one of metrics."""
        event: dict[str, Any] = {
            "id": f"ftevent-{self.id[6:]}-{len(self.events)}",
            "object": "fine_tuning.job.event",
            "created_at": at,
            "level": level,
            "message": message,
            "type": "metrics" if data else "message",
            "data": data or {},
        }
        self.events.append(event)


@dataclass
class Store:
    """Everything the provider keeps, by id, in the order it came."""

    files: dict[str, StoredFile] = field(default_factory=dict)
    jobs: dict[str, StoredJob] = field(default_factory=dict)
    models: dict[str, TunedModel] = field(default_factory=dict)
    deployments: dict[str, dict[str, Any]] = field(default_factory=dict)
    counted: dict[str, int] = field(default_factory=dict)

    def new_id(self, prefix: str) -> str:
        """A fresh id, numbered in order."""
        self.counted[prefix] = self.counted.get(prefix, 0) + 1
        return f"{prefix}-{self.counted[prefix]:04d}"
