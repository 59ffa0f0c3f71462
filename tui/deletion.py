"""What the user reads before a session is deleted, and where files for him are written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from luthier.agent.titles import shown_title
from luthier.tools.language import _, plural
from luthier.tools.wording import size

if TYPE_CHECKING:
    from luthier.agent.belongings import Belongings


def deletion_lines(held: Belongings) -> list[str]:
    """What goes with a session and what stays, line by line."""
    kinds = {
        "job": _("job"),
        "data set": _("data set"),
        "adapter": _("adapter"),
        "export": _("export"),
    }
    lines = [_("Deleting “{title}” takes away:", title=shown_title(held.info.title))]
    lines.append(
        "  "
        + plural(
            "{n} message, {size}",
            "{n} messages, {size}",
            held.info.messages,
            size=size(held.conversation_bytes),
        )
    )
    for thing in held.goes:
        running = f" ({_('running')})" if thing.running else ""
        lines.append(f"  {kinds[thing.kind]}: {thing.title}, {size(thing.bytes)}{running}")
    lines.append("  " + _("together {size}", size=size(held.bytes)))
    lines += [
        _(
            "Stays, because “{user}” needs it: {kind} {title}",
            user=thing.used_by,
            kind=kinds[thing.kind],
            title=thing.title,
        )
        for thing in held.stays
    ]
    return lines


def place_for(path: Path | None, name: str) -> Path:
    """Where to write a file called ``name``: into a folder, as a file, or here."""
    given = (path or Path()).expanduser()
    return (given / name if given.is_dir() else given).absolute()
