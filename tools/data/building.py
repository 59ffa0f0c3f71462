"""Canonical rows built of values that are known to be right: made for every row of every file.

What ``BaseModel.model_construct`` does, in a fifth of its time and a third of that of validation,
because every field is given.
"""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel

from luthier.tools.data.model import Lineage, Message, Role, Row

Model = TypeVar("Model", bound=BaseModel)

_new = object.__new__
_set = object.__setattr__  # the models are frozen
_FIELDS: dict[type[BaseModel], set[str]] = {
    model: set(model.model_fields) for model in (Message, Lineage, Row)
}
"""Shared by all instances: frozen models never change it, and copies take their own."""


def plain_message(role: Role, content: str) -> Message:
    """A turn of a role and a text alone."""
    values = {
        "role": role, "content": content, "name": "", "tool_calls": (), "weight": 1.0, "tools": (),
    }  # fmt: skip
    return _built(Message, values)


def place_in(file: str, line: int, row: int, passage: str) -> Lineage:
    """Where a row came from."""
    return _built(Lineage, {"file": file, "line": line, "row": row, "passage": passage})


def canonical_row(
    row_id: str,
    messages: tuple[Message, ...],
    source: Lineage,
    rejected: str = "",
    label: bool | None = None,
    synthetic: bool = False,
) -> Row:
    """A row; its fields are those of :class:`Row`."""
    values = {
        "id": row_id, "messages": messages, "source": source,
        "rejected": rejected, "label": label, "synthetic": synthetic,
    }  # fmt: skip
    return _built(Row, values)


def _built(model: type[Model], values: dict[str, Any]) -> Model:
    made = _new(model)
    _set(made, "__dict__", values)
    _set(made, "__pydantic_fields_set__", _FIELDS[model])
    _set(made, "__pydantic_extra__", None)
    _set(made, "__pydantic_private__", None)
    return made
