"""A text before and after, drawn with signs at the side and the changed words made plain."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from luthier.tools.views import Change, Diff
from luthier.tui.untrusted import clean
from luthier.tui.widgets.plain import hanging

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
_BEFORE, _AFTER = "strike red", "bold green"


def diff_text(view: Diff) -> RenderableType:
    """Every change of the view, old above new; signs tell them apart where there is no colour."""
    parts: list[RenderableType] = [Text(clean(view.title), "bold")]
    for change in view.changes:
        parts += _change(change)
    parts += [Text(clean(note), "dim") for note in view.notes]
    return Group(*parts)


def _change(change: Change) -> list[RenderableType]:
    place = Text(clean(change.place), "dim")
    if change.note:
        place.append(f"  {clean(change.note)}", "dim italic")
    before, after = _marked(clean(change.before), clean(change.after))
    parts: list[RenderableType] = [Padding(place, (0, 0, 0, 2))]
    if change.before:
        parts.append(Padding(hanging("−", [before]), (0, 0, 0, 2)))
    if change.after:
        parts.append(Padding(hanging("+", [after]), (0, 0, 0, 2)))
    return parts


def _marked(before: str, after: str) -> tuple[Text, Text]:
    """Both texts with the words marked that the other does not have."""
    if not before or not after:
        return Text(before, "dim" if not after else ""), Text(after)
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    left, right = Text(), Text()
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        left.append("".join(old[a:b]), "" if tag == "equal" else _BEFORE)
        right.append("".join(new[c:d]), "" if tag == "equal" else _AFTER)
    return left, right
