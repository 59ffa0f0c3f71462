"""Find a file path in what a user typed, pasted or dropped."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

_ENDINGS = (
    "csv|tsv|tab|jsonl?|ndjson|parquet|pq|arrow|feather|txt|xls[xmb]?|ods|sqlite3?|db|zip|gz|bz2|xz|zst"
    "|ya?ml|pdf|doc[xm]|md|markdown|html?|py|log"
)
_START = r"(?:file://|~[/\\]|\.{0,2}/|[A-Za-z]:[\\/]|\\\\)"
_BEFORE = r"(?<![\w:/.~])"
_QUOTED = re.compile(r"([\"'“‘`])(.+?)[\"'”’`](?=\s|$|[,.;!?)])")
_ROOTED_WITH_ENDING = re.compile(
    rf"{_BEFORE}{_START}[^\"'<>|]*?\.(?:{_ENDINGS})(?:\.gz)?(?=$|[\s,;!?)]|\.\s|\.$)", re.I
)
_ROOTED = re.compile(rf"{_BEFORE}{_START}(?:\\ |[^\s\"'<>|,;!?])*[^\s\"'<>|,;!?.]")
_BARE = re.compile(
    rf"(?<![\w/.\\~-])(?:[\w.@()+-]+[\\/])*[\w@()+-][\w.@()+-]*\.(?:{_ENDINGS})\b(?!\.?\w)", re.I
)
_WHOLE = re.compile(rf"{_START}[^\n]*\.(?:{_ENDINGS})(?:\.gz)?", re.I)
_LONGEST = 4096


def read_path(text: str) -> str | None:
    """A file path alone or inside a sentence; None where there is none.

    It comes back as written, without surrounding quotes. Only of a single ``/word``, which may be a
    command as well, it is looked at whether there is such a place.
    """
    stripped = text.strip()
    if not stripped or "\n" in stripped or len(stripped) > _LONGEST:
        return None
    whole = _whole_path(stripped)
    if whole:
        return whole
    if re.fullmatch(r"/[\w.-]+", stripped) and Path(stripped).exists():
        return stripped
    for quoted in _QUOTED.finditer(stripped):
        inner = quoted.group(2).strip()
        if re.match(_START, inner) or _BARE.search(inner):
            return inner
    found = _ROOTED_WITH_ENDING.search(stripped) or _ROOTED.search(stripped)
    if found and not re.fullmatch(r"[./~\\]*|/[\w-]*", found.group()):
        return found.group()
    bare = _BARE.search(stripped)
    return bare.group() if bare else None


def _whole_path(text: str) -> str | None:
    """A text that is nothing but one path, whose apostrophes are no quotation marks."""
    if "'\\''" in text:  # an apostrophe as a shell writes it between single quotes
        try:
            parts = shlex.split(text)
        except ValueError:
            return None
        return text if len(parts) == 1 and re.match(_START, parts[0]) else None
    alone = _WHOLE.fullmatch(text) and len(_ROOTED_WITH_ENDING.findall(text)) <= 1
    return text if alone and len(re.findall(rf"(?:^|\s[\"']?){_START}", text)) == 1 else None
