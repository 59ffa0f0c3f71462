"""Text for the command line and the plain chat, wrapped and ordered before it reaches the terminal."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from luthier.tools.language import current_language
from luthier.tui.direction.layout import RIGHT_TO_LEFT, ordered
from luthier.tui.direction.terminal import (
    FIND_DIRECTION,
    FORGET_DIRECTION,
    order_for,
    orders_when_let,
)

_ESCAPE = re.compile(r"(\x1b\[[0-9;?]*[ -/]*[@-~])")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_MOVES = re.compile(r"(\x1b\[[0-9;?]*[ -/]*[@-ln-~]|\r)")
_RESET = "\x1b[0m"


class OrderedStream:
    """A terminal's stream that brings each line with right-to-left letters into visual order.

    Lines longer than the terminal are wrapped first, since what the terminal wraps by itself would
    go on in the wrong place. ``below`` is the stream itself, for what is in order already.
    """

    def __init__(self, stream: TextIO) -> None:
        self.below = stream

    def write(self, text: str) -> int:
        """Write ``text``, ordered; returns its length, as every stream does."""
        if not RIGHT_TO_LEFT.search(text):
            return self.below.write(text)
        width = shutil.get_terminal_size().columns - 1
        self.below.write("\n".join(ordered_line(line, width) for line in text.split("\n")))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        """Everything else is the stream's own."""
        return getattr(self.below, name)


def is_ordered(stream: TextIO) -> bool:
    """Whether what is written there is brought into visual order."""
    return isinstance(stream, OrderedStream)


def below(stream: TextIO) -> TextIO:
    """The terminal itself, for what is in visual order already."""
    return stream.below if isinstance(stream, OrderedStream) else stream


@contextmanager
def ordered_streams() -> Iterator[None]:
    """Within it, what is printed can be read from right to left on this terminal."""
    before = sys.stdout, sys.stderr
    out, error = (stream.isatty() for stream in before)
    if order_for(full_screen=False) == "visual":
        sys.stdout = OrderedStream(before[0]) if out else before[0]
        sys.stderr = OrderedStream(before[1]) if error else before[1]
    asks = out and current_language().right_to_left and orders_when_let()
    try:
        if asks:
            before[0].write(FIND_DIRECTION)
        yield
    finally:
        if asks:
            before[0].write(FORGET_DIRECTION)
            before[0].flush()
        sys.stdout, sys.stderr = before


def ordered_line(line: str, width: int) -> str:
    """One line of text, which may hold colours, as it is to be shown on ``width`` columns."""
    if not RIGHT_TO_LEFT.search(line):
        return line
    parts = _MOVES.split(line)
    if len(parts) > 1:  # something that is drawn over again, such as a bar, stays where it is
        return "".join(part if index % 2 else _shown(part) for index, part in enumerate(parts))
    return "\n".join(_shown(part) for part in _wrapped(line, width))


def _wrapped(text: str, width: int) -> list[str]:
    """``text`` broken at blanks so that each line fits, and filled up so that it can be turned."""
    lines = [""]
    for word in re.split(r"(?<= )(?=\S)", text):
        if _cells(lines[-1] + word.rstrip()) > width and _bare(lines[-1]).strip():
            lines[-1] = lines[-1].rstrip()
            lines.append("")
        lines[-1] += word
    if not current_language().right_to_left:
        return lines
    return [line + " " * (width - _cells(line)) for line in lines]


def _bare(text: str) -> str:
    return _ESCAPE.sub("", text)


def _cells(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(_bare(text))


def _shown(line: str) -> str:
    """The line in visual order; each character keeps the colour that was set before it."""
    colour, text = "", ""
    colours: list[str] = []
    for piece in _ESCAPE.split(line):
        if _COLOUR.fullmatch(piece):
            colour = "" if piece in (_RESET, "\x1b[m") else colour + piece
        else:
            text += piece
            colours += [colour] * len(piece)
    out, last = "", ""
    for unit in ordered(text, right_to_left=current_language().right_to_left):
        now = colours[unit.place]
        if now != last:
            out += (_RESET if last else "") + now
            last = now
        out += unit.text
    return out + (_RESET if last else "")
