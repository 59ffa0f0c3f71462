"""Text that was decoded with the wrong encoding once: ``cafÃ©`` for ``café``, found by ftfy."""

from __future__ import annotations

import re

from luthier.tools.data.checks.base import TextCheck
from luthier.tools.language import mark


def unmixed(text: str) -> str:
    """``text`` with its wrong decoding undone; itself where it is not mojibake."""
    if text.isascii():
        return text
    import ftfy
    from ftfy.badness import is_bad

    return ftfy.fix_encoding(text) if is_bad(text) else text


def is_mojibake(text: str) -> bool:
    """Whether the text holds garbled letters that can be given back their meaning."""
    return unmixed(text) != text


_UNSEEN = re.compile("[\x80-\x9f]")  # what Windows' quotes become, and no screen shows


class Mojibake(TextCheck):
    """Texts that ftfy both suspects and can mend."""

    code = "mojibake"
    signs = ()
    message = mark("Letters were garbled by a wrong encoding (mojibake).")
    remedy = mark("Undo the wrong decoding; if you can, export the file again as UTF-8.")

    def spot(self, text: str) -> str:
        """The text around the first garbled letter."""
        if text.isascii():
            return ""
        mended = unmixed(text)
        if mended == text:
            return ""
        first = next((i for i, (a, b) in enumerate(zip(text, mended, strict=False)) if a != b), 0)
        around = text[max(0, first - 30) : first + 40]
        return _UNSEEN.sub(lambda each: f"[U+{ord(each.group()):04X}]", around)
