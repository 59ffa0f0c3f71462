"""Instructions written from training rows, and made sharper by the mistakes they still led to.

This is what a careful person would put before every request: which labels or fields there are, what
may stand in them, how long an answer is. The words are the model's reading matter, not the user's, so
they stay in English whatever the language of the screen.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from luthier.tools.data.model import Row, Task
from luthier.tools.evaluation.arms.examples import question
from luthier.tools.evaluation.metrics.labels import tidy, tidy_label
from luthier.tools.evaluation.metrics.structured import read_answer

MOST_VALUES = 12  # more different values are no list to choose from
ROWS_PER_VALUE = 3
COPIED = 0.8  # a field is called copied where so many of its values stand in the request
MOST_RULES = 4
LONGEST_QUOTE = 160


@dataclass(frozen=True, slots=True)
class Mistake:
    """A training row that was answered wrongly under an instruction."""

    row: Row
    answer: str


def write_instruction(task: Task, rows: Sequence[Row]) -> str:
    """What to do and in which form, from the training rows alone; the same rows, the same words."""
    if task.kind == "labels":
        labels = ", ".join(task.labels)
        return (
            f"Sort the message into exactly one of these categories: {labels}.\n"
            "Answer with the category alone, without any other word."
        )
    if task.kind == "structured":
        fields = _fields(rows)
        if fields:
            listed = "\n".join(f'- "{name}": {_describe(rows, name)}' for name in fields)
            return (
                "Turn the message into one JSON object with exactly these fields:\n"
                f"{listed}\nAnswer with the JSON object alone."
            )
        return "Turn the message into one JSON value. Answer with the JSON alone."
    if task.kind == "sql":
        return "Write the SQL query that answers the message. Answer with the query alone."
    if task.kind == "command":
        return (
            "Write the shell command that does what the message asks for. Write {{name}} for what has "
            "to be filled in. Answer with the command alone, in one line."
        )
    length = median(len(row.completion.split()) for row in rows) if rows else 50
    return (
        f"Answer the message directly, in about {max(round(length), 1)} words and in one piece, "
        "without introducing yourself or explaining what you do."
    )


def improve(task: Task, instruction: str, mistakes: Sequence[Mistake]) -> str:
    """The instruction with rules against the commonest mistakes; unchanged where there are none."""
    rules = _RULES.get(task.kind, _text_rules)(task, mistakes)[:MOST_RULES]
    if not rules:
        return instruction
    return instruction + "\n" + "\n".join(rules)


def _fields(rows: Sequence[Row]) -> list[str]:
    """The fields of the answers, those in most answers first and then as they stand there."""
    counts: Counter[str] = Counter()
    for row in rows:
        value = _object(row.completion)
        counts.update(list(value or ()))
    return [name for name, number in counts.most_common() if number * 2 >= len(rows)]


def _describe(rows: Sequence[Row], name: str) -> str:
    pairs = [
        (question(row), value[name])
        for row in rows
        if (value := _object(row.completion)) is not None and name in value
    ]
    given = [value for _, value in pairs if value is not None]
    kinds = Counter(json.dumps(value, ensure_ascii=False) for value in given)
    optional = " or null" if len(given) < len(pairs) else ""
    if kinds and len(kinds) <= MOST_VALUES and len(given) >= ROWS_PER_VALUE * len(kinds):
        return f"one of {', '.join(value for value, _ in kinds.most_common())}{optional}"
    copied = [isinstance(value, str) and value in asked for asked, value in pairs if value]
    if copied and sum(copied) / len(copied) >= COPIED:
        return f"copied word for word from the message{optional}"
    return f"{_type(given)}{optional}"


def _type(values: Sequence[Any]) -> str:
    names = {
        str: "a text",
        bool: "true or false",
        int: "a number",
        float: "a number",
        list: "a list",
    }
    found = Counter(names.get(type(value), "an object") for value in values)
    return found.most_common(1)[0][0] if found else "a text"


def _object(text: str) -> dict[str, Any] | None:
    try:
        value = read_answer(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _label_rules(task: Task, mistakes: Sequence[Mistake]) -> list[str]:
    known = {tidy_label(task, label) for label in task.labels}
    strange = [one for one in mistakes if tidy_label(task, one.answer) not in known]
    rules = []
    if strange:
        rules.append("Write nothing but one category of the list, spelt exactly as there.")
    confused = Counter(
        (one.row.completion.strip(), one.answer.strip()) for one in mistakes if one not in strange
    )
    for (wanted, given), _number in confused.most_common(MOST_RULES):
        asked = min(
            (question(one.row) for one in mistakes if one.row.completion.strip() == wanted), key=len
        )
        rules.append(f"“{_quote(asked)}” is {wanted}, not {given}.")
    return rules


def _field_rules(_task: Task, mistakes: Sequence[Mistake]) -> list[str]:
    rules = []
    unreadable = [one for one in mistakes if _object(one.answer) is None]
    if unreadable:
        rules.append("Begin with { and end with }. Write nothing before or after it.")
    wrong: Counter[str] = Counter()
    shown: dict[str, Mistake] = {}
    for one in mistakes:
        wanted, given = _object(one.row.completion), _object(one.answer)
        for name, value in (wanted or {}).items():
            if given is not None and given.get(name) != value:
                wrong[name] += 1
                shorter = name not in shown or len(question(one.row)) < len(
                    question(shown[name].row)
                )
                if shorter:
                    shown[name] = one
    for name, _number in wrong.most_common(MOST_RULES):
        value = json.dumps((_object(shown[name].row.completion) or {})[name], ensure_ascii=False)
        rules.append(f'In “{_quote(question(shown[name].row))}” "{name}" is {value}.')
    return rules


def _text_rules(_task: Task, mistakes: Sequence[Mistake]) -> list[str]:
    if not mistakes:
        return []
    longer = median(
        len(one.answer.split()) / max(len(one.row.completion.split()), 1) for one in mistakes
    )
    most = max(len(one.row.completion.split()) for one in mistakes)
    if longer > 1.5:
        return [f"Stop as soon as the answer is given; never write more than {most} words."]
    if longer < 0.5:
        return ["Say everything that was asked for before you stop."]
    return [f"Write in the manner of this answer: “{_quote(mistakes[0].row.completion)}”"]


_RULES = {"labels": _label_rules, "structured": _field_rules}


def _quote(text: str) -> str:
    shortened = tidy(text)
    return shortened if len(shortened) <= LONGEST_QUOTE else shortened[:LONGEST_QUOTE] + " …"
