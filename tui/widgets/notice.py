"""A word from Luthier itself: an interruption, a failure with its remedy, a finished job."""

from __future__ import annotations

from luthier.tui.glyphs import TONES
from luthier.tui.transcript import NoticeEntry
from luthier.tui.untrusted import clean
from luthier.tui.widgets.plain import Plain


class Notice(Plain):
    """The text with the sign of its tone."""

    def __init__(self, entry: NoticeEntry) -> None:
        text = clean(entry.text).replace("\n", "\n  ")
        super().__init__(f"{TONES[entry.tone]} {text}", classes=f"message notice -{entry.tone}")
