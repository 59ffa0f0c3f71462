"""Changing a plan by saying so: which words name which field, and which values it may take."""

from __future__ import annotations

import re
import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from luthier.tools.errors import LuthierError
from luthier.tools.language import _, mark
from luthier.tools.training.backends import backend_of
from luthier.tools.training.methods.registry import find_method
from luthier.tools.training.plan import Plan
from luthier.tools.training.relative import is_relative, resolve

ASKED_FOR = mark("you asked for this value")


@dataclass(frozen=True, slots=True)
class PlanField:
    """A field that the user may change: its dotted name, what it is called, and other words."""

    path: str
    label: str
    meaning: str
    synonyms: tuple[str, ...] = ()


FIELDS: tuple[PlanField, ...] = (
    PlanField("name", mark("name"), mark("what this fine-tune is called"), ("title",)),
    PlanField(
        "model.id", mark("model"), mark("the model that learns"), ("base model", "base", "model id")
    ),
    PlanField(
        "method",
        mark("method"),
        mark("what is trained: an adapter, all weights, or a preference"),
        ("training method", "tuning method", "way of tuning"),
    ),
    PlanField(
        "preference.beta",
        mark("beta"),
        mark("how strongly a preference is held near the base model"),
        ("preference strength", "dpo beta", "kto beta", "leash"),
    ),
    PlanField(
        "preference.wanted_weight",
        mark("weight of wanted answers"),
        mark("how much wanted answers count in KTO"),
        ("desirable weight",),
    ),
    PlanField(
        "preference.unwanted_weight",
        mark("weight of unwanted answers"),
        mark("how much unwanted answers count in KTO"),
        ("undesirable weight",),
    ),
    PlanField(
        "lora.rank",
        mark("LoRA rank"),
        mark("how much room the adapter has to learn"),
        ("rank", "r", "lora r", "adapter size"),
    ),
    PlanField(
        "lora.alpha",
        mark("LoRA alpha"),
        mark("how strongly the adapter acts; twice the rank is usual"),
        ("alpha", "lora scale"),
    ),
    PlanField(
        "lora.dropout",
        mark("LoRA dropout"),
        mark("share of inputs left out at random"),
        ("dropout",),
    ),
    PlanField(
        "lora.layers",
        mark("trained layers"),
        mark("all layers, or only the upper half, which is faster"),
        ("layers", "adapter layers", "lora layers", "which layers"),
    ),
    PlanField(
        "train.epochs",
        mark("epochs"),
        mark("how many times your data is seen"),
        ("epoch", "passes", "times", "rounds", "number of epochs", "times seen"),
    ),
    PlanField(
        "train.batch_size",
        mark("batch size"),
        mark("rows per step"),
        ("batch", "batchsize", "rows per step"),
    ),
    PlanField(
        "train.gradient_accumulation",
        mark("gradient accumulation"),
        mark("batches that are added up to one step"),
        ("accumulation", "accumulation steps", "accumulate"),
    ),
    PlanField(
        "train.learning_rate",
        mark("learning rate"),
        mark("how far each step goes"),
        ("lr", "rate", "step size", "learningrate"),
    ),
    PlanField(
        "train.scheduler",
        mark("schedule"),
        mark("how the learning rate falls"),
        ("scheduler", "lr schedule", "learning rate schedule", "decay"),
    ),
    PlanField(
        "train.warmup",
        mark("warm-up"),
        mark("share of the steps in which the rate rises"),
        ("warmup",),
    ),
    PlanField(
        "train.max_length",
        mark("length"),
        mark("most tokens per row"),
        ("max length", "maximum length", "tokens per row", "sequence length", "context"),
    ),
    PlanField(
        "train.gradient_checkpointing",
        mark("gradient checkpointing"),
        mark("less memory, about a third slower"),
        ("checkpointing", "recompute", "save memory"),
    ),
    PlanField(
        "train.evaluations_per_epoch",
        mark("checks per epoch"),
        mark("how often the validation loss is measured"),
        ("evaluations per epoch", "validations per epoch", "evaluations", "validations"),
    ),
    PlanField(
        "train.patience",
        mark("patience"),
        mark("stop after so many checks without gain; 0 never"),
        ("early stopping", "early stop"),
    ),
    PlanField("train.seed", mark("seed"), mark("makes chance repeatable"), ("random seed",)),
    PlanField(
        "evaluation.metric", mark("metric"), mark("the measure that decides"), ("score", "measure")
    ),
    PlanField(
        "evaluation.criterion",
        mark("goal"),
        mark("the score that is good enough"),
        ("criterion", "target", "good enough", "threshold"),
    ),
    PlanField(
        "evaluation.max_new_tokens",
        mark("answer length"),
        mark("most tokens per answer in the evaluation"),
        ("max new tokens", "new tokens", "longest answer"),
    ),
    PlanField(
        "evaluation.max_rows",
        mark("test rows"),
        mark("most rows in the evaluation"),
        ("evaluation rows",),
    ),
    PlanField(
        "evaluation.batch_size",
        mark("evaluation batch size"),
        mark("answers generated at a time"),
        ("evaluation batch",),
    ),
    PlanField(
        "evaluation.price_per_hour",
        mark("price per hour"),
        mark("of the machine that answers, for the price per request"),
        ("hourly price", "machine price", "rent per hour"),
    ),
)
HOSTED_FIELDS: tuple[PlanField, ...] = (
    PlanField("hosted.model", mark("model at the provider"), mark("the model that learns there")),
    PlanField(
        "hosted.method",
        mark("way of tuning there"),
        mark("from answers, from pairs of answers, or from a grader"),
        ("hosted method",),
    ),
    PlanField("hosted.epochs", mark("epochs there"), mark("how many times your data is seen")),
    PlanField("hosted.batch_size", mark("batch size there"), mark("rows per step")),
    PlanField(
        "hosted.learning_rate_multiplier",
        mark("learning rate multiplier"),
        mark("times the provider's own learning rate"),
    ),
    PlanField("hosted.beta", mark("beta"), mark("how strongly pairs of answers pull")),
    PlanField("hosted.suffix", mark("suffix"), mark("a part of the tuned model's name")),
    PlanField("hosted.seed", mark("seed there"), mark("makes chance repeatable")),
    PlanField("hosted.tier", mark("training tier"), mark("kind of capacity that trains")),
)
"""Settings of a training at a provider, which has its own in the place of those above."""

AT_PROVIDER = {
    "method": "hosted.method",
    "model.id": "hosted.model",
    "train.epochs": "hosted.epochs",
    "train.batch_size": "hosted.batch_size",
    "train.learning_rate": "hosted.learning_rate_multiplier",
    "train.seed": "hosted.seed",
}
"""What a setting is called where a provider trains."""


def fields_of(plan: Plan) -> tuple[PlanField, ...]:
    """The settings that count where the plan is run."""
    if not backend_of(plan.backend).remote:
        return FIELDS
    return (*HOSTED_FIELDS, *(one for one in FIELDS if one.path.startswith("evaluation.")))


_BY_PATH = {field.path: field for field in (*FIELDS, *HOSTED_FIELDS)}


def field_for(text: str) -> str | None:
    """The dotted field that ``text`` names (``"rank"`` gives ``"lora.rank"``), or None."""
    wanted = _normal(text)
    for field in (*FIELDS, *HOSTED_FIELDS):
        leaf = field.path.rpartition(".")[2]
        words = (field.path, leaf, field.label, _(field.label), *field.synonyms)
        if wanted in {_normal(word) for word in words}:
            return field.path
    return None


def label_of(path: str) -> str:
    """What the field at a dotted path is called."""
    return _BY_PATH[path].label


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
    words = _normal(value) if isinstance(value, str) else ""
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


def _normal(text: str) -> str:
    return re.sub(r"[\s_\-]+", " ", text.strip().lower()).removeprefix("the ").strip()


def _known(name: str) -> str:
    path = name if name in _BY_PATH else field_for(name)
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
        word = _normal(text).replace(" layers", "")
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
    field = _BY_PATH.get(path)
    if field is None:
        path, field = next((name, _BY_PATH[name]) for name in wanted)
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
