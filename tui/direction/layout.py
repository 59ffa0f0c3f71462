"""One line of the screen in the order in which it is seen: letters joined, runs in their direction.

Unicode's algorithm (UAX 9, by python-bidi) orders one paragraph. A line of a screen is more than that:
it has borders that stay where they are, columns set apart by blanks, and commands and paths that must
not be torn. So a line is cut into stretches between borders, a stretch into cells between blanks, and
each cell is ordered by itself; in a right-to-left line the cells change sides with their blanks.
Every unit keeps its number in the line as it was, so that styles and widths follow.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from arabic_reshaper import ArabicReshaper

RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_BORDER = re.compile("[\u2500-\u259f]")
_UNSEEN = re.compile("[\u064b-\u065f\u0670\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Vowel signs and ordering marks; a terminal's cell has no room for the former."""
_PLACED = "\u200f"
_MARKS = {"\u200e": "L", _PLACED: "R"}
"""Left-to-right and right-to-left mark: unseen, but the text beside them goes by them."""

_SEPARATED = re.compile("[:،,;؛](?= +[0-9\u0660-\u0669])")
"""In right-to-left text a number behind such a mark belongs to what follows: “mail.csv: 80 صفًا”."""

_LATIN_WORD = re.compile(r"\S*[A-Za-z]\S*")
_AROUND = "«»“”‘’\"'()[]{}.,:;!?،؛؟…*"
"""Marks that belong to the sentence, not to the path or command beside them."""

_LAM_ALEF = {
    "\ufedf\ufe82": "\ufef5", "\ufee0\ufe82": "\ufef6", "\ufedf\ufe84": "\ufef7",
    "\ufee0\ufe84": "\ufef8", "\ufedf\ufe88": "\ufef9", "\ufee0\ufe88": "\ufefa",
    "\ufedf\ufe8e": "\ufefb", "\ufee0\ufe8e": "\ufefc",
}  # fmt: skip
"""Lam and alef are written as one letter; the cell that is saved becomes a blank."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A character with what combines with it, where it stood in the line, and a mark before it."""

    text: str
    place: int
    mark: str = ""


Units = list[Unit]


def ordered(text: str, *, right_to_left: bool, mirrored: bool = False) -> Units:
    """The units of one line as seen from left to right; as many cells as ``text`` has.

    Args:
        right_to_left: whether the reader's language is, which then is the direction of mixed lines.
        mirrored: whether columns change sides on lines without such letters too, as in tables.
    """
    line = _units(text)
    seen: Units = []
    stretch: Units = []
    for unit in [*line, None]:
        if unit is not None and not _BORDER.match(unit.text):
            stretch.append(unit)
            continue
        seen += _stretch(stretch, right_to_left, mirrored)
        seen += [unit] if unit else []
        stretch = []
    return seen


def _units(text: str) -> Units:
    units: Units = []
    mark = ""
    for place, character in enumerate(text):
        mark = _MARKS.get(character, mark)
        if units and (unicodedata.combining(character) or character in "\u200d\ufe0e\ufe0f"):
            if not _UNSEEN.match(character):
                units[-1] = Unit(units[-1].text + character, units[-1].place, units[-1].mark)
        elif not _UNSEEN.match(character):
            units.append(Unit(character, place, mark))
            mark = ""
    return units


def _stretch(units: Units, right_to_left: bool, mirrored: bool) -> Units:
    text = "".join(unit.text[0] for unit in units)
    has_letters = bool(RIGHT_TO_LEFT.search(text))
    if not has_letters and not mirrored:
        return units
    parts = _parts(units, text)
    cells = [part for part in parts if part[0].text != " "]
    turned = right_to_left or (len(cells) == 1 and _first_strong(text) == "R")
    seen: Units = []
    for part in reversed(parts) if turned else parts:
        if part[0].text == " ":
            seen += reversed(part) if turned else part
        else:
            seen += _cell(part, right_to_left, turned)
    return seen


def _parts(units: Units, text: str) -> list[Units]:
    """Cells and the blanks between them, in turn; a single blank inside a cell is part of it."""
    parts: list[Units] = []
    start = 0
    for blanks in re.finditer(r"^ +|  +| +$", text):
        parts += [units[start : blanks.start()], units[blanks.start() : blanks.end()]]
        start = blanks.end()
    return [part for part in [*parts, units[start:]] if part]


def _first_strong(text: str) -> str:
    for character in text:
        if RIGHT_TO_LEFT.match(character):
            return "R"
        if character.isalpha():
            return "L"
    return "L"


def _cell(units: Units, right_to_left: bool, turned: bool) -> Units:
    text = "".join(unit.text[0] for unit in units)
    if not RIGHT_TO_LEFT.search(text):
        return units
    base = "R" if right_to_left else _first_strong(text)
    joined = _joined(units)
    saved = [Unit(" ", units[-1].place)] * (len(units) - len(joined))
    seen = _order(joined, base)
    return [*saved, *seen] if turned else [*seen, *saved]


def _joined(units: Units) -> Units:
    """The letters in the forms they have beside their neighbours."""
    shapes = _shaper().reshape("".join(unit.text[0] for unit in units))
    shaped = [
        Unit(shape + unit.text[1:], unit.place, unit.mark)
        for shape, unit in zip(shapes, units, strict=True)
    ]
    out: Units = []
    for unit in shaped:
        pair = _LAM_ALEF.get(f"{out[-1].text}{unit.text}") if out else None
        if pair:
            out[-1] = Unit(pair, out[-1].place, out[-1].mark)
        else:
            out.append(unit)
    return out


@cache
def _shaper() -> ArabicReshaper:
    from arabic_reshaper import ArabicReshaper

    return ArabicReshaper({"support_ligatures": False, "delete_harakat": False})


def _order(units: Units, base: str) -> Units:
    from bidi import algorithm

    level = 1 if base == "R" else 0
    kinds = _kinds(units, base)
    storage: dict[str, Any] = algorithm.get_empty_storage()
    storage["base_level"], storage["base_dir"] = level, base
    storage["chars"] = [
        {"ch": text, "level": level, "type": kind, "orig": kind, "place": unit.place}
        for unit, own in zip(units, kinds, strict=True)
        for text, kind in ([(_PLACED, unit.mark)] if unit.mark else []) + [(unit.text, own)]
    ]
    for rule in (
        algorithm.explicit_embed_and_overrides,
        algorithm.resolve_weak_types,
        algorithm.resolve_neutral_types,
        algorithm.resolve_implicit_levels,
        algorithm.reorder_resolved_levels,
        algorithm.apply_mirroring,
    ):
        rule(storage, False)
    return [Unit(each["ch"], each["place"]) for each in storage["chars"] if each["ch"] != _PLACED]


def _kinds(units: Sequence[Unit], base: str) -> list[str]:
    """Unicode's bidirectional classes, but a path or command runs left to right as a whole."""
    kinds = [unicodedata.bidirectional(unit.text[0]) or "ON" for unit in units]
    text = "".join(unit.text[0] for unit in units)
    for word in _LATIN_WORD.finditer(text):
        first, last = word.span()
        while first < last and text[first] in _AROUND:
            first += 1
        while last > first and text[last - 1] in _AROUND:
            last -= 1
        if RIGHT_TO_LEFT.search(text, first, last):
            continue
        kinds[first:last] = ["L"] * (last - first)
    if base == "R":
        for found in _SEPARATED.finditer(text):
            kinds[found.start()] = "R"
    return _with_brackets(kinds, text, base)


_STRONG = {"L": "L", "R": "R", "AL": "R", "EN": "R", "AN": "R"}
_CLOSERS = {")": "(", "]": "[", "}": "{"}


def _with_brackets(kinds: list[str], text: str, base: str) -> list[str]:
    """Brackets in the direction of what is in them: rule N0 of UAX 9, which python-bidi leaves out."""
    resolved = list(kinds)
    for first, last in sorted(_pairs(text)):
        inside = {_STRONG[kind] for kind in resolved[first + 1 : last] if kind in _STRONG}
        if not inside:
            continue
        before = next(
            (_STRONG[kind] for kind in reversed(resolved[:first]) if kind in _STRONG), base
        )
        resolved[first] = resolved[last] = base if base in inside else before
    return resolved


def _pairs(text: str) -> list[tuple[int, int]]:
    """Where brackets that belong together stand."""
    opened: list[int] = []
    pairs: list[tuple[int, int]] = []
    for place, character in enumerate(text):
        if character in _CLOSERS.values():
            opened.append(place)
        elif character in _CLOSERS:
            while opened and text[opened[-1]] != _CLOSERS[character]:
                opened.pop()
            if opened:
                pairs.append((opened.pop(), place))
    return pairs
