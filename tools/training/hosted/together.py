"""Together's fine-tuning: the same steps as OpenAI's under other paths, with other fields and words.

Jobs are below ``/fine-tunes``, have no metadata (Luthier's id is in the suffix), list neither pages nor
event ids, and tell their figures apart from their events. Sources, read in November 2026:
docs.together.ai (upload-file, post-fine-tunes, training metrics, deployment)
and the types of the Python package ``together`` (github.com/togethercomputer/together-py).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from luthier.tools.training.hosted.api import (
    CREATE_SECONDS,
    TAG,
    UPLOAD_SECONDS,
    Api,
    RemoteCheckpoint,
    RemoteEvent,
    RemoteFile,
    RemoteJob,
)
from luthier.tools.training.hosted.record import Record
from luthier.tools.training.hosted.site import Site
from luthier.tools.training.plan import Plan

STATUSES = {
    "pending": "queued",
    "completed": "succeeded",
    "error": "failed",
    "user_error": "failed",
}
"""Together's words for statuses that others have, too; its further ones pass through."""
USUAL_RATE = 1e-5
"""The learning rate that Together documents as its default; a multiplier multiplies it."""
FEWEST_LOOKS = 3
"""Measurements on the validation rows; Together makes none unless it is asked."""
NANODOLLARS = 1e9
_MARK = "lu-"
_TAGGED = re.compile(rf"(?:^|-){_MARK}([A-Za-z0-9]+)$")
_FIGURES = {"train/loss": "train_loss", "eval/loss": "full_valid_loss"}


def together_request(plan: Plan, site: Site, record: Record, job_id: str) -> dict[str, Any]:
    """The creation call's fields; LoRA is Together's own choice where nothing is said."""
    hosted = plan.hosted
    assert record.training is not None
    method: dict[str, Any] = {"method": "sft", "train_on_inputs": "auto"}
    if hosted.method == "dpo":
        method = {"method": "dpo"} | ({"dpo_beta": hosted.beta} if hosted.beta != "auto" else {})
    tag = f"{_MARK}{job_id.lower()}"
    request: dict[str, Any] = {
        "model": site.endpoint.model,
        "training_file": record.training.id,
        "training_method": method,
        "suffix": f"{hosted.suffix}-{tag}" if hosted.suffix else tag,
    }
    if record.validation:
        request["validation_file"] = record.validation.id
        request["n_evals"] = max(FEWEST_LOOKS, 0 if hosted.epochs == "auto" else hosted.epochs)
    if hosted.epochs != "auto":
        request["n_epochs"] = hosted.epochs
    if hosted.batch_size != "auto":
        request["batch_size"] = hosted.batch_size
    if hosted.learning_rate_multiplier != "auto":
        request["learning_rate"] = USUAL_RATE * hosted.learning_rate_multiplier
    if hosted.seed is not None:
        request["random_seed"] = hosted.seed
    return request


class TogetherApi(Api):
    """The calls of :class:`~luthier.tools.training.hosted.api.Api` at Together."""

    __slots__ = ()

    def _get(self, path: str) -> dict[str, Any]:
        return _object(self.client.get(path, cast_to=object))

    def _listed(self, path: str, name: str = "data") -> list[dict[str, Any]]:
        return list(self._get(path).get(name) or ())

    def upload(self, path: Path, name: str) -> RemoteFile:
        """Send a file, once."""
        with path.open("rb") as stream:
            client = self.client.with_options(max_retries=0, timeout=UPLOAD_SECONDS)
            sent = client.post(
                "/files/upload",
                cast_to=object,
                body={"purpose": "fine-tune", "file_name": name, "file_type": "jsonl"},
                files={"file": (name, stream)},
                options={"headers": {"Content-Type": "multipart/form-data"}},
            )
        return _file(_object(sent))

    def file(self, file_id: str) -> RemoteFile:
        """How a file stands."""
        return _file(self._get(f"/files/{file_id}"))

    def files(self) -> Iterator[RemoteFile]:
        """The files for fine-tuning; the list has no pages."""
        for one in self._listed("/files"):
            if one.get("purpose") == "fine-tune":
                yield _file(one)

    def create(self, request: dict[str, Any], extra: dict[str, Any]) -> RemoteJob:
        """Create a job, once."""
        client = self.client.with_options(max_retries=0, timeout=CREATE_SECONDS)
        return _job(_object(client.post("/fine-tunes", cast_to=object, body=request | extra)))

    def job(self, job_id: str) -> RemoteJob:
        """How a job stands."""
        return _job(self._get(f"/fine-tunes/{job_id}"))

    def jobs(self) -> Iterator[RemoteJob]:
        """All jobs of the account, newest first; the list has no pages."""
        found = [_job(one) for one in self._listed("/fine-tunes")]
        yield from sorted(found, key=lambda job: -job.created_at)

    def steer(self, job_id: str, wish: str) -> RemoteJob:
        """Ask a job to ``cancel``; Together knows nothing else."""
        return _job(_object(self.client.post(f"/fine-tunes/{job_id}/{wish}", cast_to=object)))

    def events(self, job_id: str) -> Iterator[RemoteEvent]:
        """What a job said, and its figures, which Together tells apart."""
        for one in self._listed(f"/fine-tunes/{job_id}/events"):
            yield _event(one)
        for figures in self._listed(f"/fine-tunes/{job_id}/metrics", "metrics"):
            yield _measured(figures)

    def checkpoints(self, job_id: str) -> Iterator[RemoteCheckpoint]:
        """The models kept on the way, by the name in Together's registry or as ``JOB:STEP``."""
        for one in self._listed(f"/fine-tunes/{job_id}/checkpoints"):
            step = int(one.get("step") or 0)
            yield RemoteCheckpoint(str(one.get("object_name") or f"{job_id}:{step}"), step, {})

    def delete_model(self, model: str) -> None:
        """Delete a tuned model with the job that made it: Together knows no other way."""
        job = next((one.id for one in self.jobs() if one.tuned_model == model), model)
        self.client.delete(f"/fine-tunes/{job}", cast_to=object)

    def shutdown_date(self, model: str) -> str:
        """Together tells none."""
        return ""


def _object(found: object) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}


def _file(found: Mapping[str, Any]) -> RemoteFile:
    return RemoteFile(
        id=str(found.get("id", "")),
        name=str(found.get("filename") or ""),
        bytes=int(found.get("bytes") or 0),
        purpose=str(found.get("purpose") or ""),
        status="uploaded" if found.get("Processed") is False else "processed",
        details="",
        created_at=int(found.get("created_at") or 0),
    )


def _job(found: Mapping[str, Any]) -> RemoteJob:
    status = str(found.get("status") or "")
    status = STATUSES.get(status, status)
    ended = status in ("succeeded", "failed", "cancelled")
    tagged = _TAGGED.search(str(found.get("suffix") or _suffix_in(found)))
    price = found.get("total_price")
    left = _object(found.get("progress"))
    return RemoteJob(
        id=str(found.get("id", "")),
        status=status,
        model=str(found.get("model") or ""),
        training_file=str(found.get("training_file") or ""),
        tuned_model=str(found.get("model_output_name") or "") if status == "succeeded" else "",
        created_at=_seconds(found.get("created_at")),
        finished_at=_seconds(found.get("updated_at")) if ended else 0,
        estimated_finish=(
            _seconds(found.get("updated_at")) + int(left.get("seconds_remaining") or 0)
            if left.get("estimate_available") and not ended
            else 0
        ),
        trained_tokens=int(found.get("token_count") or 0),
        epochs=float(found.get("n_epochs") or 0),
        error_code="failed" if status == "failed" else "",
        error_words=_last_words(found) if status == "failed" else "",
        metadata={TAG: tagged[1]} if tagged else {},
        dollars=price / NANODOLLARS if isinstance(price, int | float) and price else None,
    )


def _suffix_in(found: Mapping[str, Any]) -> str:
    """The suffix as the tuned model's name has it: account/base:suffix:job."""
    parts = str(found.get("model_output_name") or "").split(":")
    return parts[-2] if len(parts) > 2 else ""


def _last_words(found: Mapping[str, Any]) -> str:
    """What was said last of all, errors before the rest: Together gives no error of its own."""
    events = found.get("events") or ()
    said = [str(one.get("message") or "") for one in events if "error" in str(one.get("level"))]
    return (said or [str(one.get("message") or "") for one in events] or [""])[-1]


def _event(found: Mapping[str, Any]) -> RemoteEvent:
    """An event under a name made of what it says: Together's have none."""
    kind, message = str(found.get("type") or ""), str(found.get("message") or "")
    words = f"{kind} {found.get('created_at')} {found.get('step')} {message}"
    level = str(found.get("level") or "info")
    return RemoteEvent(
        id=hashlib.sha256(words.encode()).hexdigest()[:20],
        created_at=_seconds(found.get("created_at")),
        level="error" if "err" in level else "warn" if "warn" in level else "info",
        message=message,
        kind="message",
        data={},
    )


def _measured(found: Mapping[str, Any]) -> RemoteEvent:
    step = int(found.get("train/global_step") or found.get("eval/global_step") or 0)
    data = {ours: found[theirs] for theirs, ours in _FIGURES.items() if theirs in found}
    return RemoteEvent(
        id=f"metrics-{step}-{'-'.join(sorted(data))}",
        created_at=_seconds(found.get("timestamp")),
        level="info",
        message="",
        kind="metrics",
        data={"step": step, **data},
    )


def _seconds(told: Any) -> int:
    """A time in seconds since 1970, told so or in ISO 8601; 0 where there is none."""
    if isinstance(told, int | float):
        return int(told)
    try:
        return int(datetime.fromisoformat(str(told)).timestamp())
    except ValueError:
        return 0
