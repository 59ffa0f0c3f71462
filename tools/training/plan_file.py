"""A plan as a YAML file that people can read, edit, keep and run again."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from luthier.tools.errors import LuthierError
from luthier.tools.files import write_atomic
from luthier.tools.language import _, plural
from luthier.tools.training.plan import Plan

HEADER = "A Luthier plan. Run it again with: luthier run {name}"


def save_plan(plan: Plan, path: Path) -> None:
    """Write ``plan`` to ``path``, replacing it in one step.

    Raises:
        LuthierError: the folder is missing, full or not writable (``plan.not_written``).
    """
    try:
        write_atomic(path, plan_text(plan, path.name))
    except OSError as error:
        raise LuthierError(
            _("The plan could not be saved."),
            why=_("The system says: {reason}.", reason=error.strerror or error),
            remedy=_("Choose a folder where you may write and where there is room."),
            place=str(path),
            code="plan.not_written",
        ) from error


def plan_text(plan: Plan, file_name: str = "plan.yaml") -> str:
    """The YAML of ``plan``: every field, in the order of the model, defaults included."""
    document = CommentedMap(_quoted(plan.model_dump(mode="json")))
    document.yaml_set_start_comment(HEADER.format(name=file_name))
    stream = io.StringIO()
    _yaml().dump(document, stream)
    return stream.getvalue()


def load_plan(path: Path) -> Plan:
    """Read a plan and check every field.

    Raises:
        LuthierError: the file is missing or unreadable, is not YAML, or a field is wrong or
            unknown; ``place`` names the line and the field.
    """
    text = _read(path)
    try:
        document = _yaml().load(text)
    except YAMLError as error:
        raise _not_yaml(path, error) from error
    if not isinstance(document, CommentedMap):
        raise LuthierError(
            _("This file does not hold a plan."),
            why=_("A plan is a list of names and values, such as `name: my plan`."),
            remedy=_("Give the plan.yaml that Luthier wrote into a report or an adapter folder."),
            place=str(path),
            code="plan.not_a_plan",
        )
    try:
        return Plan.model_validate(document)
    except ValidationError as error:
        raise _wrong_field(path, document, error) from error


def _quoted(value: Any) -> Any:
    """``value`` with quotes around texts that hold line breaks, which YAML would fold."""
    if isinstance(value, dict):
        return {name: _quoted(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_quoted(part) for part in value]
    if isinstance(value, str) and not value.isprintable():
        return DoubleQuotedScalarString(value)
    return value


def _yaml() -> YAML:
    yaml = YAML()
    yaml.width = 100
    yaml.allow_unicode = True
    return yaml


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else _("it is not UTF-8 text")
        raise LuthierError(
            _("The plan could not be read."),
            why=_("The system says: {reason}.", reason=reason or error),
            remedy=_("Check the path; a plan is the YAML file that Luthier wrote beside a report."),
            place=str(path),
            code="plan.not_readable",
        ) from error


def _not_yaml(path: Path, error: YAMLError) -> LuthierError:
    mark = getattr(error, "problem_mark", None)
    place = _("{path}, line {line}", path=path, line=mark.line + 1) if mark else str(path)
    return LuthierError(
        _("The plan is not well-formed YAML."),
        why=_(
            "The reader says: {reason}.",
            reason=getattr(error, "problem", None) or _("unexpected text"),
        ),
        remedy=_("Check the indentation, quotes and colons on this line."),
        place=place,
        code="plan.not_yaml",
    )


def _wrong_field(path: Path, document: CommentedMap, error: ValidationError) -> LuthierError:
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    line = _line_of(document, first["loc"])
    more = error.error_count() - 1
    also = plural("{n} more field is wrong too.", "{n} more fields are wrong too.", more)
    unknown = first["type"] == "extra_forbidden"
    return LuthierError(
        _("The plan has an unknown field: {field}.", field=field)
        if unknown
        else _("The plan's field {field} is missing or wrong.", field=field),
        why="" if unknown else f"{first['msg']}. {also if more else ''}".strip(),
        remedy=_("Remove the field or correct its name.")
        if unknown
        else _("Correct it and run again."),
        place=_("{path}, line {line}, field {field}", path=path, line=line, field=field),
        code="plan.wrong_field",
    )


def _line_of(document: CommentedMap, location: tuple[Any, ...]) -> int:
    """The 1-based line of the deepest part of ``location`` that the document holds."""
    node: Any = document
    line: int = node.lc.line + 1
    for part in location:
        if not hasattr(node, "lc"):
            break
        try:
            is_map = isinstance(node, CommentedMap)
            line = (node.lc.key(part)[0] if is_map else node.lc.item(part)[0]) + 1
            node = node[part]
        except (KeyError, IndexError, TypeError):
            break
    return line
