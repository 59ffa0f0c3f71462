"""One spelling for each label, and one answer for each question."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from luthier.tools.data.checks.label_spelling import preferred_spellings
from luthier.tools.data.model import Row
from luthier.tools.data.remedies.base import MendRow, Remedy, remade, with_content
from luthier.tools.data.task import TaskJudge
from luthier.tools.language import mark

_MOST_LABELS = 2000


def one_spelling(rows: Iterable[Row], _setting: str) -> MendRow:
    """Learn which spelling of each label is the most frequent, and use it."""
    counts: Counter[str] = Counter()
    judge = TaskJudge()
    for row in rows:
        judge.see(row.completion)
        if len(counts) <= _MOST_LABELS:
            counts[row.completion] += 1
    right = preferred_spellings(counts) if judge.judge().kind == "labels" else {}

    def mend(row: Row) -> Row:
        preferred = right.get(row.completion)
        if preferred is None:
            return row
        return remade(row, (*row.prompt, with_content(row.messages[-1], preferred)))

    return mend


def frequent_answer(rows: Iterable[Row], _setting: str) -> MendRow:
    """Learn each question's most frequent answer; of equals, the first stays."""
    answers: dict[int, Counter[int]] = defaultdict(Counter)
    for row in rows:
        answers[_question(row)][hash(row.completion)] += 1
    torn = {key: counts.most_common(1)[0][0] for key, counts in answers.items() if len(counts) > 1}

    def mend(row: Row) -> Row | None:
        wanted = torn.get(_question(row))
        return row if wanted is None or wanted == hash(row.completion) else None

    return mend


def _question(row: Row) -> int:
    return hash(tuple((message.role, message.content) for message in row.prompt))


REMEDIES = (
    Remedy(
        name="one_spelling",
        label=mark("use the most frequent spelling of each label"),
        mends=("label_spelling",),
        learn=one_spelling,
    ),
    Remedy(
        name="keep_frequent_answer",
        label=mark("keep each question's most frequent answer and leave the others out"),
        mends=("contradictions",),
        automatic=False,
        learn=frequent_answer,
    ),
)
