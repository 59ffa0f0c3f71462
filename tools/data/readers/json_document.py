"""JSON documents: a list of rows, an object of rows, columns, nested or pretty-printed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import zip_longest
from typing import IO, Any

from luthier.tools.data.encodings import mend_text
from luthier.tools.data.readers.annotated import is_annotated, join_pieces
from luthier.tools.data.readers.base import (
    Format,
    Head,
    Item,
    Recognition,
    Record,
    Source,
    Unreadable,
)
from luthier.tools.data.readers.json_nested import values_at
from luthier.tools.data.readers.json_shape import RowKind, Shape, judge_shape
from luthier.tools.data.readers.json_stream import (
    Broken,
    Value,
    explain,
    sequence,
    values,
)
from luthier.tools.data.readers.parts import choose_part
from luthier.tools.errors import LuthierError
from luthier.tools.language import _

_LARGEST_COLUMNS = 1 << 29  # bytes of a column-wise document, which must be loaded whole


class JsonReader:
    """One JSON document."""

    formats: tuple[Format, ...] = ("json",)
    extensions = (".json",)

    def recognise(self, head: Head, wanted: Format | None) -> Recognition | None:
        """A claim where the text begins as a JSON list or object."""
        shape = judge_shape(head.text)
        if shape is None:
            if wanted is None and head.path.suffix.lower() != ".json":
                return None
            if head.text.lstrip("\ufeff \t\r\n")[:1] in ("[", "{"):
                return Recognition("json", _("The name says JSON."), Shape("list", "object", ""))
            if wanted is None:
                return None
            raise LuthierError(
                _("This is not JSON."),
                why=_("A JSON document begins with {one} or {other}.", one="[", other="{"),
                remedy=_("Let the format be detected, or export the data as JSON again."),
                place=f"{head.path.name}, line 1",
                code="data.not_json",
            )
        if shape.name == "nested" and shape.others:
            lists = {".".join(path): path for path in (shape.path, *shape.others)}
            part = choose_part(head.part, tuple(lists), ".".join(shape.path), head.path)
            shape = replace(shape, path=lists[part])
            return Recognition("json", shape.reason, shape, tuple(lists), part)
        return Recognition("json", shape.reason, shape)

    def read(self, source: Source) -> Iterator[Item]:
        """Rows in order of the document."""
        shape: Shape = source.recognition.options
        if shape.name == "columns":
            yield from _read_columns(source)
            return
        if shape.name == "single":
            yield from _read_single(source)
            return
        with source.open_text() as stream:
            yield from _numbered(_items(stream, shape))


def _items(stream: IO[str], shape: Shape) -> Iterator[Record | Unreadable]:
    for element in _elements(stream, shape):
        item = _item(element, shape)
        if item is not None:
            yield item


def _numbered(items: Iterator[Record | Unreadable]) -> Iterator[Item]:
    """Rows that share their line with a neighbour get their number, so that they can be found."""
    held = next(items, None)
    number, is_shared = 1, False
    while held is not None:
        following = next(items, None)
        goes_on = following is not None and following.line == held.line
        yield replace(held, row=number) if goes_on or is_shared else held
        held, number, is_shared = following, number + 1, goes_on


def _elements(stream: IO[str], shape: Shape) -> Iterator[Value | Broken]:
    if shape.name == "nested":
        return values_at(stream, shape.path)
    return sequence(stream) if shape.name == "sequence" else values(stream)


def row_of(line: int, value: Any, kind: RowKind, key: str = "") -> Record | Unreadable:
    """One decoded value as a record; the wrong type for this file is an unreadable place."""
    if kind == "annotated" and is_annotated(value):
        return Record(line, join_pieces(key, value))
    if isinstance(value, dict):
        columns = value
        if not "".join(value).isascii():
            columns = {mend_text(name): cell for name, cell in value.items()}
        return Record(
            line, {**columns, "group": key} if key and "group" not in columns else columns
        )
    if isinstance(value, list) and kind == "list":
        return Record(line, {f"column {n}": cell for n, cell in enumerate(value, 1)})
    if kind == "scalar" and not isinstance(value, list):
        return Record(line, {"text": value, **({"group": key} if key else {})})
    names = {
        "object": _("an object"),
        "list": _("a list"),
        "scalar": _("a text"),
        "annotated": _("an object"),
    }
    detail = _(
        "{found} stands where {wanted} is expected",
        found=_type_name(value),
        wanted=names[kind],
    )
    return Unreadable(line, "data_type", detail, json.dumps(value, ensure_ascii=False)[:80])


def _item(element: Value | Broken, shape: Shape) -> Record | Unreadable | None:
    if isinstance(element, Broken):
        return Unreadable(element.line, "broken_json", element.detail, element.excerpt)
    if shape.name == "pairs":
        return Record(element.line, {"question": element.key, "answer": element.value})
    if shape.name == "groups" and not element.listed:
        return None  # notes beside the lists, such as a version
    if shape.name == "groups" and shape.row == "object" and not isinstance(element.value, dict):
        return None  # a list beside the rows, such as column names
    key = element.key if shape.name == "groups" else ""
    return row_of(element.line, element.value, shape.row, key)


def _type_name(value: Any) -> str:
    if value is None:
        return _("nothing (null)")
    names = {bool: _("true or false"), int: _("a number"), float: _("a number"), str: _("a text")}
    return names.get(type(value), _("a list") if isinstance(value, list) else _("an object"))


def _load_whole(source: Source) -> Any:
    if source.bytes > _LARGEST_COLUMNS:
        raise LuthierError(
            _("This JSON file is too large to be read as one piece."),
            why=_("It is one single value, so it cannot be read row by row."),
            remedy=_("Save it as JSON Lines (one object per line) or Parquet."),
            place=source.path.name,
            code="data.too_large",
        )
    with source.open_text() as stream:
        text = stream.read().lstrip("\ufeff")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        why = explain(error) if isinstance(error, ValueError) else _("it is nested too deep")
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        column = error.colno if isinstance(error, json.JSONDecodeError) else 1
        raise LuthierError(
            _("This JSON cannot be read."),
            why=_("At this place {why}.", why=why),
            remedy=_("Mend the place named, or export the data again."),
            place=f"{source.path.name}, line {line}, column {column}",
            code="data.broken_json",
        ) from error


def _read_single(source: Source) -> Iterator[Item]:
    yield row_of(1, _load_whole(source), "object")


def _read_columns(source: Source) -> Iterator[Item]:
    document = _load_whole(source)
    columns = {
        name: list(cells.values() if isinstance(cells, dict) else cells)
        for name, cells in document.items()
        if isinstance(cells, (dict, list))
    }
    rows: Iterable[tuple[Any, ...]] = zip_longest(*columns.values())
    for number, cells in enumerate(rows, 1):
        yield Record(number, dict(zip(columns, cells, strict=True)))
