"""Whether the first record of a delimited file names the columns, and the names to use."""

from __future__ import annotations

import re
from collections.abc import Sequence

from luthier.tools.data.encodings import mend_text
from luthier.tools.data.vocabulary import is_known_name
from luthier.tools.language import _

_NUMBER = re.compile(r"\s*[-+]?[\d.,]+%?\s*")


def has_header(first: Sequence[str], others: Sequence[Sequence[str]]) -> tuple[bool, str]:
    """Whether ``first`` names columns rather than being data, with the reason in plain words."""
    names = [cell.strip() for cell in first]
    if not all(names) or len({name.lower() for name in names}) < len(names):
        return False, _("the first line has empty or repeated cells, so it is data")
    known = [name for name in names if is_known_name(name)]
    if known:
        return True, _("the first line names the columns ({known})", known=", ".join(known))
    if any(_NUMBER.fullmatch(name) for name in names):
        return False, _("the first line holds numbers, so it is data")
    for index, name in enumerate(names):
        if any(len(row) > index and row[index].strip() == name for row in others):
            return False, _(
                "“{name}” in the first line comes again below, so it is data", name=name
            )
    if all(_looks_like_name(name) for name in names) and _shorter(names, others):
        return True, _("the first line is shorter than the others and reads like column names")
    return False, _("the first line reads like the others, so it is data")


def column_names(first: Sequence[str], width: int, header: bool) -> tuple[str, ...]:
    """Unique names: the header's, mended where empty or repeated, or ``column 1`` and so on."""
    names: list[str] = []
    for index in range(width):
        name = mend_text(first[index]).strip() if header and index < len(first) else ""
        name = name or f"column {index + 1}"
        while name in names:
            name += f" ({index + 1})"
        names.append(name)
    return tuple(names)


def _looks_like_name(cell: str) -> bool:
    return len(cell) <= 40 and len(cell.split()) <= 4 and cell[-1] not in ".?!,;:"


def _shorter(names: Sequence[str], others: Sequence[Sequence[str]]) -> bool:
    if not others:
        return False
    for index, name in enumerate(names):
        lengths = sorted(len(row[index].strip()) for row in others if len(row) > index)
        if lengths and lengths[len(lengths) // 2] > 2 * len(name):
            return True
    return False
