"""Metrics of form: does an answer keep the rules of the training answers, a pattern, a schema?"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.metrics.base import Asked, Bound, Metric, Standards
from luthier.tools.evaluation.metrics.structured import read_answer
from luthier.tools.language import _, mark

NEARLY_ALL = 0.98  # a rule is one that so many training answers keep
FEWEST_ANSWERS = 20
LONGER = 1.5  # times the longest training answer
SHORTEST_FRAME = 3  # characters of a common beginning or end
PATTERN_SECONDS = 1.0
REFUSALS = 0.02  # of the training answers; fewer teach nothing about refusing

_REFUSING = (
    r"(?i)^\W*(?:(?:i(?:['’]m| am) (?:sorry|afraid|unable)|sorry|unfortunately|i (?:can(?:not|['’]t)|"
    r"won['’]t|am not able|don['’]t (?:know|have))|as an ai)|(?:عذر[اً]*|آسف|أعتذر|لا (?:يمكنني|"
    r"أستطيع)|للأسف|ليس بإمكاني))"
)


def _format_rules(standards: Standards) -> Bound | None:
    answers = standards.answers
    if len(answers) < FEWEST_ANSWERS:
        return None
    longest = LONGER * max(len(answer) for answer in answers)
    rules: list[tuple[str, Callable[[str], bool]]] = [
        (_("at most {n:,.0f} characters", n=longest), lambda text: len(text) <= longest)
    ]
    if _share(answers, _one_line) >= NEARLY_ALL:
        rules.append((_("one line"), _one_line))
    if _share(answers, _no_fence) >= NEARLY_ALL:
        rules.append((_("no Markdown fence"), _no_fence))
    beginning = _common(answers)
    end = _common([answer[::-1] for answer in answers])[::-1]
    if len(beginning.strip()) >= SHORTEST_FRAME:
        rules.append((_("begins with “{text}”", text=beginning.strip()[:40]),
                      lambda text: text.startswith(beginning)))  # fmt: skip
    if len(end.strip()) >= SHORTEST_FRAME:
        rules.append((_("ends with “{text}”", text=end.strip()[-40:]),
                      lambda text: text.rstrip().endswith(end.rstrip())))  # fmt: skip
    return Bound(
        lambda asked: [float(all(keeps(one.answer) for _, keeps in rules)) for one in asked],
        _("Rules: {rules}.", rules=_(", ").join(words for words, _keeps in rules)),
    )


def _common(texts: Sequence[str]) -> str:
    """What all of them begin with."""
    first, last = min(texts), max(texts)
    differ = (place for place, (a, b) in enumerate(zip(first, last, strict=False)) if a != b)
    return first[: next(differ, min(len(first), len(last)))]


def _share(answers: Sequence[str], keeps: Callable[[str], bool]) -> float:
    return sum(1 for answer in answers if keeps(answer)) / len(answers)


def _one_line(text: str) -> bool:
    return "\n" not in text.strip()


def _no_fence(text: str) -> bool:
    return "```" not in text


def _refusal(standards: Standards) -> Bound | None:
    import regex

    refusing = regex.compile(_REFUSING)

    def refuses(text: str) -> bool:
        return refusing.search(text) is not None

    answers = standards.answers
    refused = sum(1 for answer in answers if refuses(answer))
    if not answers or refused / len(answers) < REFUSALS:
        return None
    return Bound(
        lambda asked: [float(refuses(one.expected) == refuses(one.answer)) for one in asked],
        _("{share:.0%} of the training answers refuse.", share=refused / len(answers)),
    )


def _pattern(standards: Standards) -> Bound | None:
    import regex

    if not standards.plan.pattern:
        return None
    try:
        compiled = regex.compile(standards.plan.pattern)
    except regex.error as error:
        raise LuthierError(
            _("The pattern is not a regular expression."),
            why=_("The reader says: {reason}.", reason=error),
            remedy=_("Correct it; such as \\d+ for digits, or ^(yes|no)$ for one of two words."),
            place="evaluation.pattern",
            code="evaluation.bad_pattern",
        ) from error

    def fits(text: str) -> float:
        try:
            return float(compiled.search(text, timeout=PATTERN_SECONDS) is not None)
        except TimeoutError as error:
            raise LuthierError(
                _("The pattern takes too long on an answer."),
                why=_("Repeats inside repeats, such as (a+)+, can take years on a long text."),
                remedy=_("Write it without a repeat inside a repeat."),
                place="evaluation.pattern",
                code="evaluation.slow_pattern",
            ) from error

    return Bound(
        lambda asked: [fits(one.answer.strip()) for one in asked],
        _("The pattern: {pattern}", pattern=standards.plan.pattern),
    )


def _schema(standards: Standards) -> Bound | None:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    schema = _read_schema(standards.plan.json_schema) or derive_schema(standards.answers)
    if schema is None:
        return None
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise _bad_schema(standards.plan.json_schema, error.message) from error
    validator = Draft202012Validator(schema)

    def valid(one: Asked) -> float:
        try:
            return float(validator.is_valid(read_answer(one.answer)))
        except ValueError:
            return 0.0

    note = (
        _("The schema is yours: {path}.", path=standards.plan.json_schema)
        if standards.plan.json_schema
        else _(
            "The schema was taken from the training answers: their fields and the kinds of "
            "their values."
        )
    )
    return Bound(lambda asked: [valid(one) for one in asked], note)


def derive_schema(answers: Sequence[str]) -> dict[str, Any] | None:
    """The JSON schema that all training answers keep, closed to other fields; None without JSON.

    Every field of every answer is needed where all of them have it (genson), and no field may be
    invented.
    """
    from genson import SchemaBuilder

    builder = SchemaBuilder()
    values = []
    for answer in answers:
        try:
            values.append(read_answer(answer))
        except ValueError:
            continue
    if not values or len(values) < NEARLY_ALL * len(answers):
        return None
    for value in values:
        builder.add_object(value)
    schema: dict[str, Any] = builder.to_schema()
    _close(schema)
    return schema


def _close(schema: dict[str, Any]) -> None:
    """Allow no other fields than those seen, at any depth."""
    if "properties" in schema:
        schema["additionalProperties"] = False
        for child in schema["properties"].values():
            _close(child)
    for child in (schema.get("items"), *schema.get("anyOf", ())):
        if isinstance(child, dict):
            _close(child)


def _read_schema(path: str) -> dict[str, Any] | None:
    if not path:
        return None
    try:
        schema = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _bad_schema(path, str(error)) from error
    if not isinstance(schema, dict):
        raise _bad_schema(path, _("it is no JSON object"))
    return schema


def _bad_schema(path: str, reason: str) -> LuthierError:
    return LuthierError(
        _("The JSON schema cannot be used."),
        why=_("The reader says: {reason}.", reason=reason),
        remedy=_("Correct the file, or leave it out: one is taken from the training answers."),
        place=path,
        code="evaluation.bad_schema",
    )


FORMAT_RULES = Metric(
    name="format_rules",
    title=mark("keeps the form"),
    explanation=mark(
        "Share of answers that keep every rule of form that nearly all training answers keep, such as "
        "one line or the same beginning."
    ),
    bind=_format_rules,
)

REFUSAL = Metric(
    name="refusal",
    title=mark("refuses when it should"),
    explanation=mark(
        "Share of answers that refuse exactly where the expected answer does, judged by how they begin."
    ),
    bind=_refusal,
)

PATTERN = Metric(
    name="pattern",
    title=mark("fits the pattern"),
    explanation=mark("Share of answers in which your regular expression finds something."),
    bind=_pattern,
)

SCHEMA = Metric(
    name="schema_valid",
    title=mark("fits the schema"),
    explanation=mark(
        "Share of answers that are JSON with the right fields and the right kinds of values, right or "
        "wrong."
    ),
    bind=_schema,
)
