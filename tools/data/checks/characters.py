"""Characters nobody sees: control characters, zero-width ones, and carriage returns."""

from __future__ import annotations

import re

from luthier.tools.data.checks.base import TextCheck
from luthier.tools.data.checks.mojibake import is_mojibake
from luthier.tools.language import mark

# not here, because scripts and emoji need them: tab, newline, zero-width joiners, directional marks
INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b\u2028\u2029\u202a-\u202e\u2060\ufeff\ufff9-\ufffb]"
)


class ControlCharacters(TextCheck):
    """Invisible characters that carry no meaning in a text."""

    code = "control_characters"
    signs = ()
    message = mark("Invisible control characters stand in the text.")
    remedy = mark("Take them out; a carriage return becomes a line end.")

    def spot(self, text: str) -> str:
        """The first one, by its code point, with the text around it."""
        found = INVISIBLE.search(text)
        if found is None or is_mojibake(text):
            return ""
        start = max(0, found.start() - 30)
        around = text[start : found.end() + 30]
        return INVISIBLE.sub(lambda each: f"[U+{ord(each.group()):04X}]", around)
