"""Where an arm goes wrong: which labels it takes for which, and which fields it gets wrong."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from luthier.tools.data.model import Row, Task
from luthier.tools.evaluation.metrics.labels import tidy_label
from luthier.tools.evaluation.metrics.structured import flatten, loosen, read_answer

MOST_FIELDS = 40


class Confusion(BaseModel):
    """How often each label was answered where another was expected."""

    model_config = ConfigDict(frozen=True)

    arm: str
    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...] = Field(description="expected x answered, as labels")
    other: tuple[int, ...] = Field(description="per expected label: answers that are no label")


class FieldScore(BaseModel):
    """How often one field of the answers was right."""

    model_config = ConfigDict(frozen=True)

    name: str
    rows: int = Field(description="answers that should have it")
    exact: float
    loose: float = Field(description="capitals, marks and numbers as text aside")


class Fields(BaseModel):
    """One arm, field by field."""

    model_config = ConfigDict(frozen=True)

    arm: str
    fields: tuple[FieldScore, ...]


def confusion_of(
    task: Task, arm: str, rows: Sequence[Row], answers: Sequence[str]
) -> Confusion | None:
    """Expected against answered labels; None where the task has no labels."""
    if task.kind != "labels":
        return None
    expected = [tidy_label(task, row.completion) for row in rows]
    shown = {tidy_label(task, label): label for label in task.labels}
    names = sorted(set(expected), key=lambda label: (-expected.count(label), label))
    places = {name: place for place, name in enumerate(names)}
    counts = [[0] * len(names) for _ in names]
    other = [0] * len(names)
    for wanted, answer in zip(expected, answers, strict=True):
        given = tidy_label(task, answer)
        if given in places:
            counts[places[wanted]][places[given]] += 1
        else:
            other[places[wanted]] += 1
    return Confusion(
        arm=arm,
        labels=tuple(shown.get(name, name) for name in names),
        counts=tuple(map(tuple, counts)),
        other=tuple(other),
    )


def fields_of(task: Task, arm: str, rows: Sequence[Row], answers: Sequence[str]) -> Fields | None:
    """Every field of the expected answers; None where these are not JSON."""
    if task.kind != "structured":
        return None
    seen: Counter[str] = Counter()
    exact: dict[str, int] = defaultdict(int)
    loose: dict[str, int] = defaultdict(int)
    for row, answer in zip(rows, answers, strict=True):
        wanted, given = _leaves(row.completion), _leaves(answer)
        for name, value in wanted.items():
            seen[name] += 1
            if name in given:
                exact[name] += given[name] == value
                loose[name] += [loosen(one) for one in given[name]] == [
                    loosen(one) for one in value
                ]
    return Fields(
        arm=arm,
        fields=tuple(
            FieldScore(name=name, rows=n, exact=exact[name] / n, loose=loose[name] / n)
            for name, n in seen.most_common(MOST_FIELDS)
        ),
    )


def _leaves(text: str) -> dict[str, list[object]]:
    """Values by dotted field name; the items of a list come together under the list's name."""
    try:
        flat = flatten(read_answer(text))
    except (ValueError, RecursionError):
        return {}
    found: dict[str, list[object]] = defaultdict(list)
    for path, leaf in flat.items():
        found[".".join(part for part in path if isinstance(part, str))].append(leaf)
    return dict(found)
