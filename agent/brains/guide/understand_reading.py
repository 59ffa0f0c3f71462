"""What a user's words wish of how data is read: its format, part, speaker, template, or a Hub id."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from luthier.agent.brains.guide.understand_columns import unquoted
from luthier.tools.data.hub import hub_dataset_id
from luthier.tools.data.layouts.registry import find_layout
from luthier.tools.data.readers.registry import find_format
from luthier.tools.errors import LuthierError

ReadingKind = Literal["as", "part", "assistant", "names", "keep_names", "template", "write", "hub"]


@dataclass(frozen=True, slots=True)
class ReadingWish:
    """How to read; ``what`` is the format, part, person, template or Hub id."""

    kind: ReadingKind
    what: str = ""


_LONGEST = 1000
_THE_DATA = r"(?:it|this|that|them|these|the (?:file|data|rows|folder))"
_AS = re.compile(
    rf"(?:please )?(?:read|treat|take|open|parse|import|load|use|see) {_THE_DATA} (?:as|like)"
    r" (?:an? |the )?(.+?)(?: (?:format|file|rows|data|layout))?[.! ]*$"
    rf"|(?:{_THE_DATA} (?:is|are)|the format is|its format is) (?:in )?(?:an? |the )?"
    r"(.+?)(?: (?:format|file|rows|data|layout))?[.! ]*$",
    re.I,
)
_PART = re.compile(
    r"(?:(?:please )?(?:read|use|take|open|try|choose|switch to) )?(?:the )?"
    r"(?:sheet|table|tab|part|worksheet) (?:called |named )?(.+?)(?: instead)?[.! ]*$"
    r"|(?:please )?(?:read|use|take|open|try|choose|switch to) (?:the )?(.+?)"
    r" (?:sheet|table|tab|part|worksheet|split)(?: instead)?[.! ]*$",
    re.I,
)
_ASSISTANT = re.compile(
    r"(?:the )?assistant (?:is|should be|=|:) (.+?)[.! ]*$|(.+?) is the assistant[.! ]*$"
    r"|(?:learn|train) (?:from|to answer (?:as|like)) ([\w .'-]+?)[.! ]*$",
    re.I,
)
_NAMES = re.compile(
    r"(?:replace|hide|change|remove|mask|pseudonymi[sz]e|anonymi[sz]e) (?:the |all |their |all the )?"
    r"(?:names|people|speakers)(?: .*)?[.! ]*$",
    re.I,
)
_KEEP_NAMES = re.compile(
    r"(?:keep|leave|show) (?:the |all |their |real )*names(?: .*)?[.! ]*$", re.I
)
_WRITE = re.compile(
    r"(?:please )?(?:write|make|generate|create|let .{1,40} write) (?:the |me |some )?"
    r"(?:questions?(?: and answers?| ?(?:&|/) ?answers?)?|q ?(?:&|and|/)? ?a(?:s| pairs| rows)?)"
    r"(?: (?:about|from|for|on|with|by|of) .*)?[.! ]*$",
    re.I,
)
_FIELD = re.compile(r"\{[^{}\n]{1,60}\}")
_SPLIT_WORDS = re.compile(r"(?i)\b(?:random|stratified|group|time|data|test|different|other|new)\b")
_TEMPLATE_LEAD = re.compile(r"(?i)^(?:use |take )?(?:the |this |my )?template\s*(?:is|:|=)?\s*")


def read_reading(text: str) -> ReadingWish | None:
    """The wish in ``text``, or None where it is about something else."""
    words = " ".join(text.split())
    if not words or len(words) > _LONGEST or (text.strip().endswith("?") and "{" not in text):
        return None
    if _FIELD.search(words) and not words.startswith("{"):
        return ReadingWish("template", unquoted(_TEMPLATE_LEAD.sub("", words)))
    hub = hub_dataset_id(words)
    if hub:
        return ReadingWish("hub", hub)
    for kind, pattern in (("names", _NAMES), ("keep_names", _KEEP_NAMES), ("write", _WRITE)):
        if pattern.match(words):
            return ReadingWish(kind)  # type: ignore[arg-type]
    found = _AS.match(words)
    if found:
        name = unquoted(found.group(1) or found.group(2))
        return ReadingWish("as", name) if _is_format(name) else None
    for kind, pattern in (("part", _PART), ("assistant", _ASSISTANT)):
        found = pattern.match(words)
        if found:
            name = unquoted(next(group for group in found.groups() if group))
            if kind == "assistant" or not _SPLIT_WORDS.search(name):
                return ReadingWish(kind, name)  # type: ignore[arg-type]
    return None


def read_bare_hub_id(text: str) -> str:
    """The id where the whole text is ``owner/name`` and no such path exists; else ""."""
    words = unquoted(text)
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", words) or words.startswith((".", "~", "/")):
        return ""
    return "" if Path(words).exists() else words


def _is_format(name: str) -> bool:
    if find_layout(name) is not None:
        return True
    try:
        return bool(find_format(name))
    except LuthierError:
        return False
