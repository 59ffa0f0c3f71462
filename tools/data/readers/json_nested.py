"""Rows that lie deeper in a JSON document, such as {"data": {"items": [...]}}, read as a stream."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import IO, Any

from luthier.tools.data.readers.json_stream import (
    Broken,
    Value,
    Window,
    excerpt_here,
    explain,
    list_elements,
)
from luthier.tools.language import _

Path = tuple[str, ...]


def values_at(stream: IO[str], path: Path) -> Iterator[Value | Broken]:
    """Elements of the list under the names of ``path``, such as data, items; the rest is skipped."""
    yield from _descend(Window(stream), path)


def lists_of_objects(text: str, deepest: int = 6) -> dict[Path, list[dict[str, Any]]]:
    """Lists of objects below the top of the document that ``text`` begins, with what is seen of them.

    The text may end anywhere.
    """
    found: dict[Path, list[dict[str, Any]]] = {}
    _look_for_lists(Window(StringIO(text)), (), deepest, found)
    return found


def _look_for_lists(
    window: Window, path: Path, deepest: int, found: dict[Path, list[dict[str, Any]]]
) -> bool:
    """Walk the object here; False where the text ended or is no JSON."""
    window.take()
    while True:
        char = window.peek()
        if char == "}":
            window.take()
            return True
        if char == ",":
            window.take()
            continue
        if not char:
            return False
        try:
            key = window.value()
            if not isinstance(key, str) or window.take() != ":":
                return False
            opening = window.peek()
            here = (*path, key)
            if opening == "{" and deepest:
                if not _look_for_lists(window, here, deepest - 1, found):
                    return False
            elif opening == "[":
                window.take()
                whole = _collect_objects(window, found, here)
                if not whole:
                    return False
            else:
                window.value()
        except ValueError:
            return False


def _collect_objects(window: Window, found: dict[Path, list[dict[str, Any]]], path: Path) -> bool:
    """Keep the objects of the list here; False where it ends in the middle."""
    for element in list_elements(window, "", "]"):
        if isinstance(element, Broken):
            return False
        if isinstance(element.value, dict):
            found.setdefault(path, []).append(element.value)
    return True


def _descend(window: Window, path: Path) -> Iterator[Value | Broken]:
    window.take()
    while True:
        char = window.peek()
        if char == ",":
            window.take()
            continue
        line = window.line
        if char in ("", "}"):
            yield Broken(line, _("the list “{path}” is not where it was", path=".".join(path)), "")
            return
        try:
            key = window.value()
            if not isinstance(key, str) or window.take() != ":":
                raise ValueError("a name in double quotes is missing")
            opening = window.peek()
            if key != path[0]:
                window.value()
            elif len(path) == 1 and opening == "[":
                window.take()
                yield from list_elements(window, ".".join(path), "]")
                return
            elif len(path) > 1 and opening == "{":
                yield from _descend(window, path[1:])
                return
            else:
                window.value()
        except ValueError as error:
            detail = _("{reason}; what follows it cannot be read either", reason=explain(error))
            yield Broken(line, detail, excerpt_here(window))
            window.give_up()
            return
