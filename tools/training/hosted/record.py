"""What a hosted job has done so far, written down before and after each step.

``provider.json`` in the job's output folder is what makes a killed worker go on without uploading or
creating anything twice: an intention without its result is looked up at the provider first.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, Field

from luthier.tools.files import read_json, write_json

FILE = "provider.json"


class Upload(BaseModel):
    """A file at the provider; ``id`` is empty until it is known to have arrived."""

    name: str = Field(description="carries Luthier's job id, so that it can be found again")
    sha256: str
    bytes: int
    id: str = ""
    processed: bool = False


class Point(BaseModel):
    """What the provider measured at one step."""

    step: int
    at: float
    loss: float | None = None
    validation_loss: float | None = None
    accuracy: float | None = None
    reward: float | None = None
    validation_reward: float | None = None


class Record(BaseModel):
    """The whole; replaced atomically by :meth:`save`."""

    training: Upload | None = None
    validation: Upload | None = None
    creating_since: float = Field(default=0.0, description="a creation call was made; local time")
    creations: int = Field(default=0, description="calls made so far")
    job_id: str = ""
    adopted: bool = Field(default=False, description="the job was created elsewhere")
    clock_ahead: float = Field(default=0.0, description="seconds the provider's clock is ahead")
    status: str = ""
    paused_here: bool = Field(default=False, description="the user paused it through Luthier")
    events: list[str] = Field(default_factory=list, description="ids of events taken in")
    total_steps: int = 0
    points: dict[int, Point] = Field(default_factory=dict)
    results: dict[str, str] = Field(default_factory=dict, description="file id to path")
    deployment: dict[str, str] = Field(default_factory=dict, description="where one is needed")

    def save(self, folder: Path) -> None:
        """Write it down; it is on the disk when this returns."""
        write_json(folder / FILE, self.model_dump(mode="json"))


def load_record(folder: Path) -> Record:
    """The record of this job, or an empty one."""
    return Record.model_validate(read_json(folder / FILE) or {})
