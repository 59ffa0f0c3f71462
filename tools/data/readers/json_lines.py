"""JSON Lines: one JSON value per line, each line on its own."""

from __future__ import annotations

from collections.abc import Iterator

from luthier.tools.data.readers.base import (
    Format,
    Head,
    Item,
    Recognition,
    Source,
    Unreadable,
)
from luthier.tools.data.readers.json_document import row_of
from luthier.tools.data.readers.json_shape import RowKind
from luthier.tools.data.readers.json_stream import decode, explain
from luthier.tools.language import _, mark

_EVERY_LINE: dict[RowKind, str] = {
    "object": mark("Every line is a JSON object of its own."),
    "list": mark("Every line is a JSON list of its own."),
}


class JsonLinesReader:
    """One JSON value per line."""

    formats: tuple[Format, ...] = ("jsonl",)
    extensions = (".jsonl", ".ndjson")

    def recognise(self, head: Head, wanted: Format | None) -> Recognition | None:
        """A claim where most of the first lines are JSON objects (or lists) by themselves."""
        lines = [line for line in head.text.split("\n")[:50] if line.strip(" \t\r\ufeff")]
        if not head.whole and len(lines) > 1 and "\n" in head.text:
            lines = lines[: 50 if len(lines) >= 50 else -1]
        kinds = [_kind(line) for line in lines]
        good: list[RowKind] = [kind for kind in kinds if kind]
        enough = len(good) >= 2 and len(good) >= len(lines) / 2
        named = head.path.suffix.lower() in self.extensions and (
            _look_like_objects(lines) or _begins_object(head)
        )
        if not enough and not named and wanted is None:
            return None
        lists = good.count("list") > good.count("object")
        row: RowKind = "list" if lists else "object"
        return Recognition("jsonl", _(_EVERY_LINE[row]), row)

    def read(self, source: Source) -> Iterator[Item]:
        """One record per line that is not blank."""
        row: RowKind = source.recognition.options
        with source.open_text() as stream:
            for number, line in enumerate(stream, 1):
                text = line.strip(" \t\r\n\ufeff")
                if not text:
                    continue
                try:
                    yield row_of(number, decode(text), row)
                except ValueError as error:
                    yield Unreadable(number, "broken_json", explain(error), text[:80])


def _look_like_objects(lines: list[str]) -> bool:
    """Whether each line is meant as an object, even if none can be read."""
    shut = [line for line in lines if line.strip()[:1] == "{" and line.strip()[-1:] == "}"]
    return len(shut) > len(lines) / 2


def _begins_object(head: Head) -> bool:
    """Whether the first line is meant as an object and goes on beyond the head."""
    begun = head.text.lstrip(" \t\r\n\ufeff")
    return not head.whole and "\n" not in begun and begun.startswith("{")


def _kind(line: str) -> RowKind | None:
    try:
        value = decode(line.strip(" \t\r\ufeff"))
    except ValueError:
        return None
    if isinstance(value, dict):
        return "object"
    return "list" if isinstance(value, list) else None
