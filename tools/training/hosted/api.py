"""The provider's API as the worker uses it, over the ``openai`` package.

Calls that create something are made once, whatever comes back: the SDK's own repetition could create a
second one. All others are asked again by the SDK. Statuses and fields that are new to the SDK pass
through as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openai import OpenAI

UPLOAD_SECONDS = 600.0
CREATE_SECONDS = 60.0
PAGE = 100
MOST_EVENTS = 100_000
TAG = "luthier"
"""The metadata's name under which Luthier's job id stands."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file at the provider."""

    id: str
    name: str
    bytes: int
    purpose: str
    status: str
    details: str
    created_at: int


@dataclass(frozen=True, slots=True)
class RemoteJob:
    """A fine-tuning job at the provider; ``status`` is an open set, ``dollars`` what it has charged."""

    id: str
    status: str
    model: str
    training_file: str
    tuned_model: str = ""
    created_at: int = 0
    finished_at: int = 0
    estimated_finish: int = 0
    trained_tokens: int = 0
    epochs: float = 0
    error_code: str = ""
    error_words: str = ""
    result_files: tuple[str, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    dollars: float | None = None


@dataclass(frozen=True, slots=True)
class RemoteEvent:
    """Something the provider said; ``data`` has the figures of a step where ``kind`` is metrics."""

    id: str
    created_at: int
    level: str
    message: str
    kind: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RemoteCheckpoint:
    """A model kept on the way: its name, which it is asked by, and its id, which Azure deploys it by."""

    model: str
    step: int
    metrics: Mapping[str, Any]
    id: str = ""


@dataclass(frozen=True, slots=True)
class Api:
    """One provider behind one client; raises what the ``openai`` package raises."""

    client: OpenAI

    def upload(self, path: Path, name: str) -> RemoteFile:
        """Send a file, once."""
        with path.open("rb") as stream:
            client = self.client.with_options(max_retries=0, timeout=UPLOAD_SECONDS)
            return _file(client.files.create(file=(name, stream), purpose="fine-tune"))

    def file(self, file_id: str) -> RemoteFile:
        """How a file stands."""
        return _file(self.client.files.retrieve(file_id))

    def files(self) -> Iterator[RemoteFile]:
        """The files for fine-tuning and those that came of it, newest first."""
        for one in self.client.files.list(limit=PAGE):
            if str(one.purpose).startswith("fine-tune"):
                yield _file(one)

    def content(self, file_id: str) -> bytes:
        """What a file holds."""
        return self.client.files.content(file_id).read()

    def delete_file(self, file_id: str) -> None:
        """Delete a file there."""
        self.client.files.delete(file_id)

    def create(self, request: dict[str, Any], extra: dict[str, Any]) -> RemoteJob:
        """Create a job, once; ``extra`` are fields that the SDK does not know."""
        client = self.client.with_options(max_retries=0, timeout=CREATE_SECONDS)
        return _job(client.fine_tuning.jobs.create(**request, extra_body=extra or None))

    def job(self, job_id: str) -> RemoteJob:
        """How a job stands."""
        return _job(self.client.fine_tuning.jobs.retrieve(job_id))

    def jobs(self) -> Iterator[RemoteJob]:
        """All jobs of the account, newest first."""
        for one in self.client.fine_tuning.jobs.list(limit=PAGE):
            yield _job(one)

    def steer(self, job_id: str, wish: str) -> RemoteJob:
        """Ask a job to ``pause``, ``resume`` or ``cancel``."""
        return _job(getattr(self.client.fine_tuning.jobs, wish)(job_id))

    def events(self, job_id: str) -> Iterator[RemoteEvent]:
        """What a job said, in the order of the provider (usually the newest first)."""
        listed = self.client.fine_tuning.jobs.list_events(job_id, limit=PAGE)
        for number, one in enumerate(listed):
            if number >= MOST_EVENTS:
                return
            yield RemoteEvent(
                id=one.id,
                created_at=one.created_at or 0,
                level=str(one.level),
                message=one.message or "",
                kind=str(one.type or "message"),
                data=one.data if isinstance(one.data, Mapping) else {},
            )

    def checkpoints(self, job_id: str) -> Iterator[RemoteCheckpoint]:
        """The models kept on the way, as the provider orders them."""
        for one in self.client.fine_tuning.jobs.checkpoints.list(job_id, limit=PAGE):
            metrics = one.metrics.model_dump(exclude_none=True) if one.metrics else {}
            yield RemoteCheckpoint(
                one.fine_tuned_model_checkpoint, one.step_number, metrics, one.id
            )

    def delete_model(self, model: str) -> None:
        """Delete a tuned model there."""
        self.client.models.delete(model)

    def shutdown_date(self, model: str) -> str:
        """The day on which a model goes away, as the provider says; empty where it says none."""
        found = self.client.models.retrieve(model)
        return str(getattr(found, "shutdown_date", None) or "")


def _file(found: Any) -> RemoteFile:
    return RemoteFile(
        id=found.id,
        name=found.filename or "",
        bytes=found.bytes or 0,
        purpose=str(found.purpose),
        status=str(found.status or ""),
        details=str(getattr(found, "status_details", None) or ""),
        created_at=found.created_at or 0,
    )


def _job(found: Any) -> RemoteJob:
    error = found.error
    return RemoteJob(
        id=found.id,
        status=str(found.status),
        model=found.model or "",
        training_file=found.training_file or "",
        tuned_model=found.fine_tuned_model or "",
        created_at=found.created_at or 0,
        finished_at=found.finished_at or 0,
        estimated_finish=found.estimated_finish or 0,
        trained_tokens=found.trained_tokens or 0,
        epochs=_epochs(found),
        error_code=(getattr(error, "code", "") or "") if error else "",
        error_words=(getattr(error, "message", "") or "") if error else "",
        result_files=tuple(found.result_files or ()),
        metadata=dict(found.metadata or {}),
    )


def _epochs(found: Any) -> float:
    """How often the rows are seen, where the provider has said so; 0 where not."""
    method = found.method
    part = getattr(method, method.type, None) if method else None
    for place in (getattr(part, "hyperparameters", None), found.hyperparameters):
        epochs = getattr(place, "n_epochs", None)
        if isinstance(epochs, int | float):
            return float(epochs)
    return 0.0
