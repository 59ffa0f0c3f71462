"""Metrics for answers in JSON: whole object, field by field, fields present, readable at all."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, NoReturn

from luthier.tools.data.model import Task
from luthier.tools.evaluation.metrics.base import Metric
from luthier.tools.evaluation.metrics.labels import tidy
from luthier.tools.language import mark

_FENCE = re.compile(r"^```[A-Za-z]*[ \t]*\n(.*?)\n?```$", re.DOTALL)

_AROUND = " \t\n.,;:!?\"'`*"

Path = tuple[str | int, ...]


def read_answer(text: str) -> Any:
    """The JSON value of an answer; a Markdown code fence around it is forgiven.

    Raises:
        ValueError: it is not JSON (NaN, Infinity and absurd nesting are not JSON either).
    """
    stripped = text.strip()
    fenced = _FENCE.match(stripped)
    try:
        return json.loads(fenced.group(1) if fenced else stripped, parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def flatten(value: Any, path: Path = ()) -> dict[Path, Any]:
    """Every leaf of a JSON value by its path, such as ``("items", 0, "name")``.

    Truth values are kept apart from 0 and 1, strings are compared without stray blanks, and an
    empty object or list is a leaf of its own.
    """
    parts: list[tuple[Path, Any]]
    if isinstance(value, dict) and value:
        parts = [((*path, key), child) for key, child in value.items()]
    elif isinstance(value, list) and value:
        parts = [((*path, index), child) for index, child in enumerate(value)]
    else:
        return {path: _leaf(value)}
    return {name: leaf for part, child in parts for name, leaf in flatten(child, part).items()}


def _leaf(value: Any) -> Any:
    if isinstance(value, str):
        return tidy(value)
    if isinstance(value, bool | dict | list) or value is None:
        return (type(value).__name__, bool(value))
    return value


def _fields_of(text: str) -> dict[Path, Any] | None:
    try:
        return flatten(read_answer(text))
    except (ValueError, RecursionError):
        return None


def _compare(
    expected: str, answer: str, compare: Callable[[dict[Path, Any], dict[Path, Any]], float]
) -> float:
    """``compare`` on the fields of both; equal texts count as right where one is not JSON."""
    wanted, given = _fields_of(expected), _fields_of(answer)
    if wanted is None or given is None:
        return float(tidy(expected) == tidy(answer))
    return compare(wanted, given)


def _whole(_task: Task, expected: str, answer: str) -> float:
    return _compare(expected, answer, lambda wanted, given: float(wanted == given))


def _share_of_fields(_task: Task, expected: str, answer: str) -> float:
    return _compare(expected, answer, _right_share)


def _right_share(wanted: dict[Path, Any], given: dict[Path, Any]) -> float:
    right = sum(1 for path, leaf in wanted.items() if path in given and given[path] == leaf)
    return right / len(wanted.keys() | given.keys())


def _loose_share(_task: Task, expected: str, answer: str) -> float:
    return _compare(
        expected,
        answer,
        lambda wanted, given: _right_share(_loosened(wanted), _loosened(given)),
    )


def _loosened(fields: dict[Path, Any]) -> dict[Path, Any]:
    return {path: loosen(leaf) for path, leaf in fields.items()}


def loosen(leaf: Any) -> Any:
    """A value without case and the marks around it; a number written as text is that number."""
    if not isinstance(leaf, str):
        return float(leaf) if isinstance(leaf, int | float) else leaf
    text = leaf.strip(_AROUND).casefold()
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return text


def _same_fields(_task: Task, expected: str, answer: str) -> float:
    return _compare(expected, answer, lambda wanted, given: float(wanted.keys() == given.keys()))


def _valid(_task: Task, _expected: str, answer: str) -> float:
    return float(_fields_of(answer) is not None)


JSON_MATCH = Metric(
    name="json_match",
    title=mark("exact JSON match"),
    explanation=mark(
        "Share of answers whose JSON is right in every field; the order of the fields and "
        "blanks between them do not matter."
    ),
    score=_whole,
)

FIELD_ACCURACY = Metric(
    name="field_accuracy",
    title=mark("field accuracy"),
    explanation=mark(
        "Share of fields that carry the right value, averaged over the answers; a missing, "
        "wrong or invented field counts as wrong."
    ),
    score=_share_of_fields,
)

FIELD_LIKENESS = Metric(
    name="field_likeness",
    title=mark("field accuracy, spelling aside"),
    explanation=mark(
        "Field accuracy where capitals, marks around a value and numbers written as text do not matter."
    ),
    score=_loose_share,
)

SAME_FIELDS = Metric(
    name="same_fields",
    title=mark("right fields"),
    explanation=mark(
        "Share of answers that have exactly the expected fields, whatever their values."
    ),
    score=_same_fields,
)

VALID_JSON = Metric(
    name="valid_json",
    title=mark("valid JSON"),
    explanation=mark("Share of answers that a program can read as JSON at all, right or wrong."),
    score=_valid,
)
