"""What later attempts at a training need to know of the looks of earlier ones."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, Field

from luthier.tools.files import read_json, write_atomic
from luthier.tools.training.watchdog.look import Look


class Record(BaseModel):
    """The looks of one training; ``unended`` counts those that were begun and did not come to an end."""

    fingerprint: str
    looks: list[Look] = Field(default_factory=list)
    told: list[str] = Field(default_factory=list)
    seconds: float = 0.0
    unended: int = 0

    def save(self, path: Path) -> None:
        """Write it down.

        Raises:
            OSError: the disk does not take it.
        """
        write_atomic(path, self.model_dump_json())


def read_record(path: Path, fingerprint: str) -> Record:
    """The record of the training with this fingerprint; an empty one where none can be read."""
    try:
        known = Record.model_validate(read_json(path, {}))
    except (ValueError, OSError):
        known = None
    if known is None or known.fingerprint != fingerprint:
        return Record(fingerprint=fingerprint)
    return known
