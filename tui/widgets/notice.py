"""A word from Luthier itself: an interruption, a failure with its remedy, a finished job."""

from __future__ import annotations

from rich.text import Text

from luthier.tui.glyphs import TONES
from luthier.tui.transcript import NoticeEntry
from luthier.tui.untrusted import clean
from luthier.tui.widgets.plain import Plain, hanging


class Notice(Plain):
    """The text with the sign of its tone."""

    def __init__(self, entry: NoticeEntry) -> None:
        lines = [Text(line) for line in clean(entry.text).split("\n")]
        super().__init__(hanging(TONES[entry.tone], lines), classes=f"message notice -{entry.tone}")
