"""Text that came out of files, models and the web, made harmless for a terminal."""

from __future__ import annotations

import re

_ESCAPE_SEQUENCE = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # commands to the terminal: titles, clipboard, links
    r"|\x1b[PX^_][^\x1b]*(?:\x1b\\)?"  # device control strings
    r"|[\x1b\x9b][\[()#;?]*[0-9;?]*[ -/]*[@-~]"  # colours and cursor movements
)
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters but tab and line feed
    "\u200e\u200f\u202a-\u202e\u2066-\u2069"  # marks that reorder what stands around them
    "\ud800-\udfff]"  # halves of characters, which no terminal can be sent
)


def clean(text: str) -> str:
    """The text without escape sequences, control characters and reordering marks.

    Line ends become line feeds. Nothing else changes, so this is for showing, never for storing.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", _ESCAPE_SEQUENCE.sub("", lines))


def clean_line(text: str) -> str:
    """The cleaned text on one line: line feeds and tabs become blanks."""
    return re.sub(r"[\n\t]+", " ", clean(text))
