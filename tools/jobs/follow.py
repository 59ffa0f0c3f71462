"""Reading what a job reports while it reports it, by byte offset, from any process."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from luthier.tools.jobs.model import JobEvent

EVENT_ADAPTER: TypeAdapter[JobEvent] = TypeAdapter(Annotated[JobEvent, Field(discriminator="type")])


class EventReader:
    """Reads a job's events as they are appended.

    A line without its end is left for the next call: its writer is in the midst of it, or was
    killed there. A line that is no event (torn by a killed writer, or of a newer Luthier) is
    counted in :attr:`skipped` and passed over.
    """

    def __init__(self, folder: Path | str) -> None:
        self._path = Path(folder) / "events.jsonl"
        self._offset = 0
        self.skipped = 0

    def read_new(self) -> list[JobEvent]:
        """The events since the last call, in order; all of them at the first call."""
        try:
            with self._path.open("rb") as stream:
                stream.seek(self._offset)
                block = stream.read()
        except FileNotFoundError:
            return []
        whole, end, _torn = block.rpartition(b"\n")
        self._offset += len(whole) + len(end)
        return [event for line in whole.split(b"\n") if (event := self._parse(line)) is not None]

    def _parse(self, line: bytes) -> JobEvent | None:
        if not line.strip():
            return None
        try:
            return EVENT_ADAPTER.validate_json(line)
        except ValidationError:
            self.skipped += 1
            return None
