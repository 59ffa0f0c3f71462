"""The choice among sheets, tables or splits of one source."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

from luthier.tools.errors import LuthierError
from luthier.tools.language import _


def choose_part(wanted: str, parts: Sequence[str], default: str, path: Path) -> str:
    """The part the user named, in any case of letters, else ``default``.

    Raises:
        LuthierError: there is no such part; those that exist are named.
    """
    if not wanted:
        return default
    exact = [part for part in parts if part == wanted]
    same = exact or [part for part in parts if part.casefold() == wanted.casefold()]
    if same:
        return same[0]
    near = difflib.get_close_matches(wanted, parts, 1)
    raise LuthierError(
        _("There is no part called “{wanted}” in it.", wanted=wanted),
        why=_("It holds: {parts}.", parts=", ".join(parts[:20])),
        remedy=_("Did you mean “{part}”?", part=near[0]) if near else _("Name one of them."),
        place=path.name,
        code="data.unknown_part",
    )
