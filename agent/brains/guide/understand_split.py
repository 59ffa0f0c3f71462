"""Read how a user wants the rows split: "split by customer_id", "use the newest rows as test"."""

from __future__ import annotations

import re

SPLIT = "split"
"""What a change of the split is called; its value is the method and, after a blank, the column."""

_SIDE = r"(?:the )?(?:test|tests|testing|test set|test rows|test split|held[- ]out(?: rows)?)"
_NEWEST = re.compile(
    r"(?:(?:use|take|keep|put|hold out|test (?:it )?(?:on|with))\s+)?(?:the\s+)?"
    r"(?:newest|latest|most recent|last in time)\s+(?:rows|ones|entries|examples|data|messages)"
    rf"(?:\s+(?:as|for|in|into|to)\s+{_SIDE})?",
    re.I,
)
_BY = re.compile(
    r"(?:re-?)?(?:(?:split|group|divide|separate|deal)(?:\s+(?:it|them|the (?:data|rows|file)))?\s+by"
    r"|(?:change|set|make|switch) (?:the )?split (?:to|by|be by)|(?:the )?split (?:should be )?by"
    r"|keep (?:all |the )?rows of (?:one|the same|each|every|a))\s+(?:the\s+)?(.+)",
    re.I,
)
_TOGETHER = re.compile(
    r"keep (?:each|every|the|all)?\s*(?:rows? (?:of|with) (?:the )?(?:same|one)\s+)?(.+?)"
    r"(?:'?s rows)? together(?: on one side)?",
    re.I,
)
_CHANCE = re.compile(
    r"(?:re-?)?split (?:it |them |the (?:data|rows) )?(?:randomly|at random|by chance)"
    r"|(?:use |make |take )?(?:a |the )?random split(?:ting)?",
    re.I,
)
_LABELS = re.compile(
    r"(?:use |make |take )?(?:a |the )?stratified split(?:ting)?|stratify(?: (?:it|by labels?))?",
    re.I,
)
_TIME_WORDS = frozenset({"time", "date", "age", "the date", "the time"})
_LABEL_WORDS = frozenset({"label", "labels", "class", "category", "answer", "label by label"})
_CHANCE_WORDS = frozenset({"chance", "random", "randomly"})
_TIME_COLUMN = re.compile(
    r"(?:the )?(?:time|date)(?: column| in(?: the)?(?: column)?)?\s+(.+)", re.I
)
_TAIL = re.compile(r"\s+(?:column|field|on one side|on the same side|together|instead)\s*$", re.I)


def read_split(request: str) -> tuple[str, str] | None:
    """``(SPLIT, "method column")`` where the words ask for a split, else None."""
    text = request.strip(" .!")
    if _NEWEST.fullmatch(text):
        return SPLIT, "time"
    if _CHANCE.fullmatch(text):
        return SPLIT, "random"
    if _LABELS.fullmatch(text):
        return SPLIT, "stratified"
    found = _BY.fullmatch(text) or _TOGETHER.fullmatch(text)
    return (SPLIT, _by(found.group(1))) if found else None


def _by(words: str) -> str:
    name = re.sub(r"^(?:column|field)\s+", "", _TAIL.sub("", words), flags=re.I).strip(" \"'`“”‘’")
    plain = name.casefold()
    if plain in _TIME_WORDS:
        return "time"
    if plain in _LABEL_WORDS:
        return "stratified"
    if plain in _CHANCE_WORDS:
        return "random"
    dated = _TIME_COLUMN.fullmatch(name)
    if dated:
        return f"time {dated.group(1)}"
    return f"group {name}"
