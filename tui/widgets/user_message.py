"""What the user said."""

from __future__ import annotations

from luthier.tui.transcript import UserEntry
from luthier.tui.untrusted import clean
from luthier.tui.widgets.plain import Plain


class UserMessage(Plain):
    """The user's words as typed, set apart by a bar at the side."""

    def __init__(self, entry: UserEntry) -> None:
        super().__init__(clean(entry.text), classes="message user")
