"""A long chat among people cut into conversations: at long silences, and before it grows too long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from luthier.tools.data.readers.base import Record

SILENCE = timedelta(hours=6)
"""A pause after which people rarely refer to what was said before."""
_MOST_TURNS = 40
_MOST_CHARACTERS = 6000


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a chat."""

    line: int
    speaker: str
    text: str
    at: datetime | None = None


def conversations(said: Iterable[Said], extra: dict[str, Any] | None = None) -> Iterator[Record]:
    """Records with ``turns`` (speaker and text) and ``speakers``, on the line of the first turn."""
    held: list[Said] = []
    size = 0
    for message in said:
        if held and (_is_pause(held[-1], message) or len(held) >= _MOST_TURNS
                     or size + len(message.text) > _MOST_CHARACTERS):  # fmt: skip
            yield _record(held, extra or {})
            held, size = [], 0
        held.append(message)
        size += len(message.text)
    if held:
        yield _record(held, extra or {})


def _is_pause(before: Said, after: Said) -> bool:
    return before.at is not None and after.at is not None and after.at - before.at > SILENCE


def _record(held: list[Said], extra: dict[str, Any]) -> Record:
    turns = [{"speaker": message.speaker, "text": message.text} for message in held]
    began = held[0].at.isoformat(sep=" ", timespec="minutes") if held[0].at else ""
    speakers = list(dict.fromkeys(message.speaker for message in held))
    return Record(
        held[0].line, {"turns": turns, "speakers": ", ".join(speakers), "began": began, **extra}
    )
