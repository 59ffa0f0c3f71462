"""WhatsApp's exported text, in the spellings of its Android and iOS apps in many countries.

``12/31/23, 9:41 PM - Anna: hello`` · ``31.12.23, 21:41 - Anna: hallo`` · ``[31/12/2023, 21:41:05]
Anna: hola`` · ``[2023-12-31 21:41:05] …``, with Arabic or Persian digits, invisible marks and other
blanks. The order of day and month is judged on the whole file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from luthier.tools.data.readers.base import (
    Format,
    Head,
    Item,
    Recognition,
    Remark,
    Source,
)
from luthier.tools.data.readers.chat_windows import Said, conversations
from luthier.tools.language import _

_INVISIBLE = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_BLANKS = re.compile("[\u00a0\u202f\u2009]")
_DATE = r"(\d{1,4})[./\-‏ ]{1,2}(\d{1,2})[./\-‏ ]{1,2}(\d{2,4})\.?"
_TIME = r"(\d{1,2})[:.h](\d{2})(?:[:.](\d{2}))?"
_HALF = r"(?:\s*([AaPp])\.?\s?[Mm]\.?|\s*(ص|م|ق\.ظ|ب\.ظ|午前|午後|上午|下午|오전|오후))?"
_START = re.compile(
    rf"(?:\[{_DATE}[,،]?\s+(?:klo\s|à\s|um\s|kl\.\s)?{_TIME}{_HALF}\]\s"
    rf"|{_DATE}[,،]?\s+(?:klo\s|à\s|um\s|kl\.\s|at\s)?{_TIME}{_HALF}\s[-–]\s)"
)
_SPEAKER = re.compile(r"([^:\n]{1,80}?):(?:\s|$)")
_MEDIA = re.compile(
    r"(?i)^(?:<[^<>]{1,60}>|\u200e?(?:image|video|audio|sticker|gif|document|contact card) omitted"
    r"|.{1,80}\((?:file attached|datei angehängt|archivo adjunto|fichier joint|arquivo anexado)\)"
    r"|(?:this message was deleted|you deleted this message|diese nachricht wurde gelöscht"
    r"|se eliminó este mensaje|eliminaste este mensaje|ce message a été supprimé|mensagem apagada)\.?"
    r"|null|(?:bild|video|audio|sticker) weggelassen|imagen omitida|image absente)$"
)
_AFTERNOON = frozenset({"p", "م", "ب.ظ", "午後", "下午", "오후"})
_MORNING = frozenset({"a", "ص", "ق.ظ", "午前", "上午", "오전"})


@dataclass(frozen=True, slots=True)
class _Start:
    """The digits at the beginning of a message, not yet a date, and what follows them."""

    parts: tuple[int, int, int]
    hour: int
    minute: int
    half: str
    rest: str


class WhatsappReader:
    """A chat exported as text."""

    formats: tuple[Format, ...] = ("whatsapp",)
    extensions = (".txt",)

    def recognise(self, head: Head, wanted: Format | None) -> Recognition | None:
        """A claim where a third of the first lines begin with a date, a time and a name."""
        lines = [line for line in head.text.split("\n")[:400] if line.strip()]
        starts = [start for line in lines if (start := _begin(line))]
        spoken = [start for start in starts if _SPEAKER.match(start.rest)]
        enough = len(spoken) >= 2 and len(starts) * 3 >= len(lines)
        if not enough and wanted != "whatsapp":
            return None
        people = list(dict.fromkeys(_name(start.rest) for start in spoken))
        shown = ", ".join(people[:4]) + ("…" if len(people) > 4 else "")
        reason = _(
            "A WhatsApp chat: lines begin with a date, a time and a name ({people}); it is cut "
            "into conversations at pauses of six hours.",
            people=shown,
        )
        return Recognition("whatsapp", reason)

    def read(self, source: Source) -> Iterator[Item]:
        """One record per conversation; lines without a speaker or a text are named."""
        with source.open_text() as stream:
            day_first = _is_day_first(stream)
        with source.open_text() as stream:
            said: list[Said] = []
            for item in _messages(stream, day_first):
                if isinstance(item, Remark):
                    yield item
                else:
                    said.append(item)
        yield from conversations(said)


def _begin(line: str) -> _Start | None:
    clean = _BLANKS.sub(" ", _INVISIBLE.sub("", line)).rstrip("\r\n")
    found = _START.match(clean)
    if not found:
        return None
    groups = [group for group in found.groups()]
    first = 0 if groups[0] is not None else 8
    one, two, three, hour, minute, _second, half, other = groups[first : first + 8]
    return _Start(
        (int(one), int(two), int(three)), int(hour), int(minute), (half or other or "").lower(),
        clean[found.end() :],
    )  # fmt: skip


def _name(rest: str) -> str:
    found = _SPEAKER.match(rest)
    return found.group(1).strip().lstrip("~").strip() if found else ""


def _is_day_first(lines: Iterable[str]) -> bool:
    """Whether the day stands before the month: some first number is over 12, or no second is."""
    first = second = 0
    for line in lines:
        start = _begin(line)
        if start and start.parts[0] <= 31:
            first += start.parts[0] > 12
            second += start.parts[1] > 12
    return first >= second


def _moment(start: _Start, day_first: bool) -> datetime | None:
    one, two, three = start.parts
    if one > 31:
        year, month, day = one, two, three
    elif day_first:
        year, month, day = three, two, one
    else:
        year, month, day = three, one, two
    hour = start.hour
    if start.half in _AFTERNOON and hour < 12:
        hour += 12
    elif start.half in _MORNING and hour == 12:
        hour = 0
    try:
        return datetime(year + 2000 if year < 100 else year, month, day, hour, start.minute)  # noqa: DTZ001
    except ValueError:
        return None


def _messages(lines: Iterable[str], day_first: bool) -> Iterator[Said | Remark]:
    held: tuple[int, str, list[str], datetime | None] | None = None

    def flush() -> Iterator[Said | Remark]:
        if held is not None:
            line, speaker, parts, at = held
            text = "\n".join(parts).strip()
            if not text or _MEDIA.match(text):
                yield Remark(line, "no_text", text[:60] or _("an empty message"))
            else:
                yield Said(line, speaker, text, at)

    for number, line in enumerate(lines, 1):
        start = _begin(line)
        if start is None:
            text = _INVISIBLE.sub("", line).strip()
            if held is not None:
                held[2].append(text)
            elif text:
                yield Remark(number, "no_speaker", text[:60])
            continue
        yield from flush()
        speaker = _name(start.rest)
        if speaker:
            text = start.rest[_SPEAKER.match(start.rest).end() :]  # type: ignore[union-attr]
            held = (number, speaker, [text.strip()], _moment(start, day_first))
        else:
            held = None
            yield Remark(number, "no_speaker", start.rest[:60])
    yield from flush()
