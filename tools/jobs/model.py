"""The words of the job room: what a job is, the states it passes through, what it reports."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from luthier.tools.language import mark

JobKind = Literal[
    "starter",
    "baseline",
    "preflight",
    "train",
    "evaluate",
    "export",
    "serve",
    "judge",
    "deploy",
    "autotrain",
    "search",
    "curve",
    "trial",
    "harness",
]
"""What a job does; ``autotrain`` makes AutoTrain's environment, a ``trial`` belongs to another job,
``harness`` asks tasks of lm-eval."""


class JobState(StrEnum):
    """Where a job stands. ``LOST`` means its processes vanished without leaving a result."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSING = "pausing"
    PAUSED = "paused"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    LOST = "lost"

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen by itself (a lost or paused job can be resumed)."""
        return self in (
            JobState.CANCELLED,
            JobState.SUCCEEDED,
            JobState.FAILED,
            JobState.LOST,
        )


STATE_WORDS: dict[JobState, str] = {
    JobState.QUEUED: mark("waiting to start"),
    JobState.RUNNING: mark("running"),
    JobState.PAUSING: mark("pausing: it saves its work first"),
    JobState.PAUSED: mark("paused; it can be resumed"),
    JobState.CANCELLING: mark("being cancelled"),
    JobState.CANCELLED: mark("cancelled"),
    JobState.SUCCEEDED: mark("finished"),
    JobState.FAILED: mark("failed"),
    JobState.LOST: mark("cut off; it can be resumed"),
}
"""Where a job stands, before people; translate at use."""


class JobSpec(BaseModel):
    """What to run. Written once as ``spec.json``; never changed afterwards."""

    model_config = ConfigDict(frozen=True)

    id: str
    kind: JobKind
    session_id: str
    title: str
    payload: dict[str, Any] = Field(description="input of the worker, plain JSON")
    idempotency_key: str = Field(description="launching twice with one key gives the one job")
    created_at: str
    keys: tuple[str, ...] = Field(
        default=(), description="names of environment variables with keys that the worker may see"
    )
    pausable: bool = Field(
        default=True, description="false where a pause would lose what was done so far"
    )
    remote: bool = Field(
        default=False,
        description="the work is done elsewhere: the worker itself passes a stop on, and is started "
        "for it where it does not run",
    )


class JobStatus(BaseModel):
    """The newest known state, replaced atomically as ``status.json``."""

    model_config = ConfigDict(frozen=True)

    state: JobState
    attempt: int = 1
    supervisor_pid: int = 0
    supervisor_started: float = Field(default=0.0, description="process create time, seconds")
    worker_pid: int = 0
    worker_started: float = 0.0
    error: dict[str, str] | None = Field(default=None, description="LuthierError.as_dict()")
    updated_at: str = ""


class ProgressEvent(BaseModel):
    """So much of so much is done; ``label`` says of what."""

    model_config = ConfigDict(frozen=True)

    type: Literal["progress"] = "progress"
    at: float
    label: str
    done: float
    total: float
    seconds_left: float | None = None


class MetricsEvent(BaseModel):
    """One logging step of training; ``validation_loss`` only where one was measured.

    A training by reinforcement has rewards (what its grader gives, higher is better) instead of losses.
    """

    model_config = ConfigDict(frozen=True)

    type: Literal["metrics"] = "metrics"
    at: float
    step: int
    total_steps: int
    epoch: float = Field(description="how many times the data was seen so far")
    total_epochs: float
    loss: float | None = None
    validation_loss: float | None = None
    reward: float | None = None
    validation_reward: float | None = None
    answers: float | None = Field(
        default=None, description="what some validation rows' answers score, in [0, 1]"
    )
    learning_rate: float | None = None
    gradient_norm: float | None = None
    tokens_per_second: float | None = None
    seconds_left: float | None = None


class NoticeEvent(BaseModel):
    """Something the user should know: a checkpoint, a resume, the watchdog's word."""

    model_config = ConfigDict(frozen=True)

    type: Literal["notice"] = "notice"
    at: float
    tone: Literal["neutral", "good", "warning", "bad"] = "neutral"
    text: str


JobEvent = ProgressEvent | MetricsEvent | NoticeEvent


class Job(BaseModel):
    """A job as the rest of Luthier sees it."""

    model_config = ConfigDict(frozen=True)

    spec: JobSpec
    status: JobStatus
    folder: str

    @property
    def id(self) -> str:
        """The job's id, which names its folder."""
        return self.spec.id
