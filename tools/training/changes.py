"""Changing a plan by saying so: what a value means as people write it, and which are allowed."""

from __future__ import annotations

import re
import types
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from luthier.tools.errors import LuthierError
from luthier.tools.language import _, mark
from luthier.tools.training.backends import backend_of
from luthier.tools.training.methods.registry import find_method
from luthier.tools.training.plan import Plan
from luthier.tools.training.plan_fields import (
    AT_PROVIDER,
    BY_PATH,
    FIELDS,
    field_for,
    plain_words,
)
from luthier.tools.training.relative import is_relative, resolve

ASKED_FOR = mark("you asked for this value")


def change_plan(plan: Plan, changes: Mapping[str, Any]) -> Plan:
    """A new plan with the changed fields checked; names may be dotted paths or synonyms.

    Values may be typed or text as a person writes it (``"2"``, ``"5e-4"``, ``"80%"``,
    ``"upper half"``), or compare with the present one (``"more"``, ``"half"``). A changed LoRA rank
    takes alpha along (twice the rank) unless alpha is changed too.

    Raises:
        LuthierError: no such field (``plan.unknown_field``), or the value is not allowed
            (``plan.bad_value``); the message names what is allowed.
    """
    remote = backend_of(plan.backend).remote
    known = {
        AT_PROVIDER.get(path, path) if remote else path: value
        for path, value in ((_known(name), value) for name, value in changes.items())
    }
    wanted = {path: _compared(plan, path, value) for path, value in known.items()}
    reasons = dict(plan.reasons) | dict.fromkeys(wanted, _(ASKED_FOR))
    if "lora.rank" in wanted and "lora.alpha" not in wanted:
        rank = _value_of("lora.rank", wanted["lora.rank"])
        if isinstance(rank, int):
            wanted["lora.alpha"] = 2 * rank
            reasons["lora.alpha"] = _("twice the rank, which is usual")
    document = plan.model_dump()
    for path, value in wanted.items():
        _put(document, path, _value_of(path, value))
    document["reasons"] = reasons
    document["asked"] = sorted({*plan.asked, *wanted})
    try:
        return Plan.model_validate(document)
    except ValidationError as error:
        raise _bad_value(error, wanted) from error


def _compared(plan: Plan, path: str, value: Any) -> Any:
    """A comparison made into a value; anything else as it is."""
    words = plain_words(value) if isinstance(value, str) else ""
    if not is_relative(words):
        return value
    current: Any = plan
    for part in path.split("."):
        current = getattr(current, part)
    number = resolve(path, current, words)
    return value if number is None else number


def allowed_values(path: str) -> str:
    """What a field may hold, in words: ``"a whole number from 1 to 512"``.

    Raises:
        LuthierError: no such field.
    """
    annotation, metadata = _declaration(_known(path))
    if get_origin(annotation) is Literal:
        choices = (str(choice).replace("_", " ") for choice in get_args(annotation))
        return _(" or ").join(choices)
    if annotation is bool:
        return _("yes or no")
    if annotation not in (int, float):
        return _("text")
    kind = _("a whole number") if annotation is int else _("a number")
    bounds = (
        _bound(metadata, "ge", mark("from {bound}")),
        _bound(metadata, "gt", mark("above {bound}")),
        _bound(metadata, "le", mark("to {bound}")),
        _bound(metadata, "lt", mark("and below {bound}")),
    )
    return " ".join((kind, *filter(None, bounds)))


def _known(name: str) -> str:
    path = name if name in BY_PATH else field_for(name)
    if path is None:
        known = ", ".join(_(field.label) for field in FIELDS)
        raise LuthierError(
            _("The plan has no setting called “{name}”.", name=name),
            remedy=_("These can be changed: {known}.", known=known),
            code="plan.unknown_field",
        )
    return path


def _value_of(path: str, value: Any) -> Any:
    """``value`` as the field's type would read it; left alone where it makes no sense."""
    annotation, _metadata = _declaration(path)
    if not isinstance(value, str):
        if annotation is int and isinstance(value, float) and value.is_integer():
            return int(value)
        return value
    text = value.strip()
    if path == "method":
        return find_method(text) or text
    if path == "hosted.method" and find_method(text) == "lora":
        return "supervised"
    if get_origin(annotation) is Literal:
        word = plain_words(text).replace(" layers", "")
        return "upper_half" if word in ("upper half", "upper", "half") else word.replace(" ", "_")
    if annotation is bool:
        return {"yes": True, "on": True, "no": False, "off": False}.get(text.lower(), text)
    if annotation in (int, float):
        return _number(text, annotation)
    return text


def _number(text: str, kind: type[int] | type[float]) -> Any:
    percent = text.endswith("%")
    cleaned = text.rstrip("%").strip().replace("_", "")
    if kind is int and re.fullmatch(r"\d{1,3}(,\d{3})+", cleaned):
        cleaned = cleaned.replace(",", "")
    try:
        number = float(cleaned.replace(",", "."))
    except ValueError:
        return text
    if percent:
        number /= 100
    return int(number) if kind is int and number.is_integer() else number


def _declaration(path: str) -> tuple[Any, list[Any]]:
    """The type and the pydantic constraints of the field at ``path``."""
    model: type[BaseModel] = Plan
    *parents, leaf = path.split(".")
    for parent in parents:
        part = model.model_fields[parent].annotation
        assert isinstance(part, type)
        assert issubclass(part, BaseModel)
        model = part
    info = model.model_fields[leaf]
    annotation, metadata = info.annotation, list(info.metadata)
    if get_origin(annotation) in (Union, types.UnionType):
        parts = [part for part in get_args(annotation) if part is not type(None)]
        annotation = next((part for part in parts if get_origin(part) is not Literal), parts[0])
    if get_origin(annotation) is Annotated:
        annotation, *more = get_args(annotation)
        metadata += more
    return annotation, metadata


def _bound(metadata: list[Any], name: str, words: str) -> str:
    for constraint in metadata:
        bound = getattr(constraint, name, None)
        if bound is not None:
            return _(words, bound=f"{bound:g}")
    return ""


def _put(document: dict[str, Any], path: str, value: Any) -> None:
    *parents, leaf = path.split(".")
    for parent in parents:
        document = document[parent]
    document[leaf] = value


def _bad_value(error: ValidationError, wanted: Mapping[str, Any]) -> LuthierError:
    path = ".".join(str(part) for part in error.errors()[0]["loc"])
    field = BY_PATH.get(path)
    if field is None:
        path, field = next((name, BY_PATH[name]) for name in wanted)
    given = wanted.get(path)
    label = _(field.label)
    return LuthierError(
        _("{setting} cannot be {given}.", setting=label[:1].upper() + label[1:], given=given),
        why=_(
            "It is {meaning}, and must be {allowed}.",
            meaning=_(field.meaning),
            allowed=allowed_values(path),
        ),
        remedy=_("Say another value, or leave it as it is."),
        place=path,
        code="plan.bad_value",
    )
