"""Tools as a language model is told of them: flat, short schemas that small models can fill in."""

from __future__ import annotations

from functools import cache
from typing import Any

from luthier.agent.act import ASK_USER
from luthier.tools.catalog.registry import TOOLS
from luthier.tools.questions import Question

_ASK = (
    "Ask the user one question and wait for the answer. Offer two to five choices and a default; "
    "free text is always possible besides. Every question to the user goes through this tool. For "
    'example: {"id": "worth", "text": "How many of 10 must be right?", "choices": [{"id": "nine", '
    '"label": "9 of 10"}, {"id": "any", "label": "Any gain is fine"}], "default": "nine"}'
)
_QUESTION_FIELDS = ("id", "text", "choices", "default", "why", "wants_file")
_NOISE = ("title", "default", "additionalProperties", "$defs", "minItems", "maxItems")


@cache
def _schemas() -> tuple[dict[str, Any], ...]:
    question = Question.model_json_schema()
    fields = question["properties"]
    question["properties"] = {name: fields[name] for name in _QUESTION_FIELDS}
    return (
        _function(ASK_USER, _ASK, question),
        *(
            _function(tool.name, tool.description, tool.arguments.model_json_schema())
            for tool in TOOLS.values()
        ),
    )


def tool_schemas() -> list[dict[str, Any]]:
    """Every tool and ``ask_user`` in the form of the chat-completions protocol."""
    return list(_schemas())


def _function(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    parameters = _flat(schema, schema.get("$defs", {}))
    parameters.pop("description", None)
    parameters.setdefault("properties", {})
    return {
        "type": "function",
        "function": {"name": name, "description": description, "parameters": parameters},
    }


def _flat(schema: Any, definitions: dict[str, Any]) -> Any:
    """Resolve references, keep what may be null as what it is, drop what teaches nothing."""
    if isinstance(schema, list):
        return [_flat(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return _flat({**definitions[name], **_without(schema, "$ref")}, definitions)
    options = [option for option in schema.get("anyOf", ()) if option.get("type") != "null"]
    if len(options) == 1:
        return _flat({**_without(schema, "anyOf"), **options[0]}, definitions)
    kept = {}
    for name, value in schema.items():
        if name == "properties":
            kept[name] = {field: _flat(inner, definitions) for field, inner in value.items()}
        elif name not in _NOISE or (name == "additionalProperties" and isinstance(value, dict)):
            kept[name] = _flat(value, definitions)
    return kept


def _without(schema: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in schema.items() if name != key}
