"""JSON values out of a stream of text, one at a time, with the line each starts on.

The standard decoder is given a window of text that grows only while a value is incomplete, so that
memory is bounded by the largest single value, not by the file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from luthier.tools.language import _

_PIECE = 1 << 16
_LARGEST = 1 << 27  # characters of one value
_BLANK = re.compile(r"[ \t\n\r\ufeff]*")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Value:
    """One element on ``line``: under ``key`` of the outer object, ``listed`` where in a list."""

    line: int
    key: str
    value: Any
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Broken:
    """A place that is not valid JSON; reading goes on after it where possible."""

    line: int
    detail: str
    excerpt: str


def decode(text: str) -> Any:
    """One JSON value.

    Raises:
        ValueError: it is not valid JSON, nested too deep, or a number is absurdly long.
    """
    try:
        value, end = _DECODER.raw_decode(text)
        if end == len(text):
            return value
    except (ValueError, RecursionError):
        pass  # the slower way passes over blanks around the value and tells what is wrong
    try:
        return _DECODER.decode(text)
    except RecursionError:
        raise ValueError(_("it is nested too deep")) from None


def explain(error: ValueError) -> str:
    """The decoder's complaint in plain words."""
    message = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
    plain = {
        "Expecting property name enclosed in double quotes": _(
            "a name in double quotes is missing (single quotes and a comma after the last entry "
            "are not JSON)"
        ),
        "Expecting value": _("a value is missing or not in quotes"),
        "Expecting ',' delimiter": _("a comma is missing"),
        "Expecting ':' delimiter": _("a colon is missing"),
        "Extra data": _("there is more text after the end of the value"),
        "Unterminated string starting at": _("a text is not closed by a quote"),
        "Illegal trailing comma before end of array": _("there is a comma after the last entry"),
        "Illegal trailing comma before end of object": _("there is a comma after the last entry"),
    }
    return plain.get(message, message[:1].lower() + message[1:])


class Window:
    """A moving view of the stream that counts lines."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self.text = ""
        self.at = 0
        self.line = 1
        self.ended = False

    def grow(self) -> bool:
        """Read more, at least as much as is held; False at the end of the stream."""
        held = len(self.text) - self.at
        piece = self._stream.read(max(_PIECE, held))
        if not piece:
            self.ended = True
            return False
        self.text = self.text[self.at :] + piece
        self.at = 0
        return True

    def advance(self, to: int) -> None:
        """Move to ``to``, counting lines on the way."""
        self.line += self.text.count("\n", self.at, to)
        self.at = to

    def peek(self) -> str:
        """The next character that is not blank, or "" at the end."""
        while True:
            match = _BLANK.match(self.text, self.at)
            self.advance(match.end() if match else self.at)
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.grow():
                return ""

    def take(self) -> str:
        """The next character that is not blank, passed over."""
        char = self.peek()
        self.advance(self.at + 1)
        return char

    def value(self) -> Any:
        """Decode one value here.

        Raises:
            ValueError: what stands here is not a JSON value.
        """
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self.text, self.at)
            except ValueError as error:
                at = error.pos if isinstance(error, json.JSONDecodeError) else len(self.text)
                near_end = at >= len(self.text) - 16 or "Unterminated" in str(error)
                too_large = len(self.text) - self.at > _LARGEST
                if self.ended or not near_end or too_large or not self.grow():
                    raise
                continue
            except RecursionError:
                raise ValueError(_("it is nested too deep")) from None
            if end == len(self.text) and not self.ended and self.grow():
                continue  # a number may go on in the next piece
            self.advance(end)
            return value

    def give_up(self) -> None:
        """Pretend that the stream ends here."""
        self.text, self.at, self.ended = "", 0, True
        self._stream.seek(0, 2)

    def skip_to(self, pattern: re.Pattern[str]) -> bool:
        """Move behind the next match of ``pattern``; False when none is left."""
        start = self.at + 1
        while True:
            match = pattern.search(self.text, start)
            if match:
                self.advance(match.end())
                return True
            self.advance(max(self.at, len(self.text) - 256))  # a match spans few characters
            if not self.grow():
                return False
            start = 0


def values(stream: IO[str]) -> Iterator[Value | Broken]:
    """Elements of the outermost list, or of the lists in the outermost object, or whole values.

    A top-level list gives its elements. A top-level object gives, for each key, the elements of its
    list, or the value itself. Several values one after another are given one by one.
    """
    window = Window(stream)
    opening = window.peek()
    if opening == "[":
        window.take()
        yield from list_elements(window, "", "]")
    elif opening == "{":
        yield from _members(window)
    yield from _whole_values(window)


def sequence(stream: IO[str]) -> Iterator[Value | Broken]:
    """Whole values written one after another, each over as many lines as it likes."""
    yield from _whole_values(Window(stream))


def _whole_values(window: Window) -> Iterator[Value | Broken]:
    while window.peek():
        line = window.line
        try:
            yield Value(line, "", window.value())
        except ValueError as error:
            yield Broken(line, explain(error), excerpt_here(window))
            window.give_up()


def list_elements(window: Window, key: str, close: str) -> Iterator[Value | Broken]:
    """The elements of a list whose opening bracket was taken, up to and with ``close``."""
    resume = re.compile(rf"\n{_indent_before(window)}(?=[\[{{])")
    while True:
        char = window.peek()
        if char == close:
            window.take()
            return
        if char == ",":
            window.take()
            continue
        if not char:
            yield Broken(window.line, _("the file ends in the middle; the list is not closed"), "")
            return
        line = window.line
        try:
            yield Value(line, key, window.value(), listed=True)
        except ValueError as error:
            excerpt = excerpt_here(window)
            resumed = window.skip_to(resume)
            detail = explain(error)
            if not resumed:
                detail = _("{reason}; what follows it cannot be read either", reason=detail)
            yield Broken(line, detail, excerpt)
            if not resumed:
                window.give_up()
                return


def _members(window: Window) -> Iterator[Value | Broken]:
    window.take()
    while True:
        char = window.peek()
        if char == "}":
            window.take()
            return
        if char == ",":
            window.take()
            continue
        line = window.line
        if not char:
            yield Broken(line, _("the file ends in the middle; the object is not closed"), "")
            return
        try:
            key = window.value()
            if not isinstance(key, str) or window.take() != ":":
                raise ValueError("a name in double quotes is missing")
            if window.peek() == "[":
                window.take()
                yield from list_elements(window, key, "]")
            else:
                line = window.line
                yield Value(line, key, window.value())
        except ValueError as error:
            detail = _("{reason}; what follows it cannot be read either", reason=explain(error))
            yield Broken(line, detail, excerpt_here(window))
            window.give_up()
            return


def _indent_before(window: Window) -> str:
    """The blanks before the first element, by which a pretty-printed file is read on."""
    start = window.at
    window.peek()
    blank = window.text[start : window.at]
    return re.escape(blank.rsplit("\n", 1)[1]) if "\n" in blank else ""


def excerpt_here(window: Window) -> str:
    """The text at which the window stands, up to the end of its line."""
    return window.text[window.at : window.at + 80].split("\n")[0]
