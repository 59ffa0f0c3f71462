"""Does the export say what the tuned model says? The same rows through both, greedily.

Rounding makes answers differ in any other number format, the longer the more of them: one other word,
and what follows is another. So equality is reported and the deciding metric judges: an export that is
measurably worse, no longer ends its answers, begins most of them otherwise, or is asked in other words
than the model was trained on has failed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from luthier.tools.data.model import Row, Task
from luthier.tools.evaluation.metrics import find_metric, two_text_metric
from luthier.tools.evaluation.metrics.base import Outcome
from luthier.tools.hosting.model import Difference, Parity
from luthier.tools.language import _

if TYPE_CHECKING:
    from luthier.tools.models.generation import Generated

TOLERATED_LOSS = 0.05
"""How far the deciding metric may fall below the tuned model's on the same rows; by one row at least."""
TOLERATED_RUN_ONS = 0.05
"""How many more answers, as a share, may run on to the limit; one at least."""
FEWEST_ALIKE = 0.5
"""Below this share of answers with the same beginning, an export is another model, whatever its score."""
BEGINNING = 8
"""Words of an answer that have to be the same; a shorter answer has to be the same as a whole."""
_SHOWN = 3
_ROUNDING = 1e-9
_WORD = 40
"""Characters of a word that count: a text without blanks is one long word."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a model said to the rows, how it was asked, and what that took.

    ``rendered`` are the prompts as this model's server or files write them; ``seconds`` is the time
    for all rows.
    """

    answers: Sequence[Generated]
    rendered: Sequence[str]
    seconds: float
    memory_bytes: int = 0


def measure_parity(
    rows: Sequence[Row], task: Task, metric: str, tuned: Answers, export: Answers
) -> Parity:
    """Compare an export's answers with the tuned model's, row by row in the same order.

    Raises:
        ValueError: the numbers of rows and answers differ.
    """
    pairs = list(zip(rows, tuned.answers, export.answers, strict=True))
    different = [pair for pair in pairs if pair[1].text.strip() != pair[2].text.strip()]
    number = max(len(rows), 1)
    written = sum(answer.completion_tokens for answer in export.answers)
    return Parity(
        rows=len(rows),
        identical=1 - len(different) / number,
        alike=sum(_begin_alike(one.text, other.text) for _row, one, other in pairs) / number,
        metric=metric,
        score=_figure(rows, task, metric, export.answers),
        reference=_figure(rows, task, metric, tuned.answers),
        stops=sum(answer.stopped for answer in export.answers) / number,
        reference_stops=sum(answer.stopped for answer in tuned.answers) / number,
        template_same=list(tuned.rendered) == list(export.rendered)
        and all(one.prompt_tokens == other.prompt_tokens for _row, one, other in pairs),
        tokens_per_second=round(written / export.seconds, 1) if export.seconds > 0 else 0.0,
        memory_bytes=export.memory_bytes,
        differences=tuple(
            Difference(
                prompt=row.prompt[-1].content[:500], tuned=one.text[:500], export=other.text[:500]
            )
            for row, one, other in different[:_SHOWN]
        ),
    )


def find_problems(parity: Parity) -> tuple[str, ...]:
    """Why the export may not be called done, in plain words; empty where it may."""
    problems = []
    if not parity.template_same:
        problems.append(
            _(
                "It writes the prompt in other characters or tokens than the model was trained on: "
                "its chat template is wrong or missing, or a start token is added twice."
            )
        )
    if _fell(parity, parity.stops, parity.reference_stops, TOLERATED_RUN_ONS):
        problems.append(
            _(
                "It ends only {share} of its answers by itself, the tuned model {reference}: its "
                "stop token is wrong or missing.",
                share=f"{parity.stops:.0%}",
                reference=f"{parity.reference_stops:.0%}",
            )
        )
    if _fell(parity, parity.score, parity.reference, TOLERATED_LOSS):
        problems.append(
            _(
                "It reaches {score} where the tuned model reaches {reference} on the same {rows} "
                "rows.",
                score=f"{parity.score:.0%}",
                reference=f"{parity.reference:.0%}",
                rows=parity.rows,
            )
        )
    if _is_another(parity):
        problems.append(
            _(
                "Only {share} of its answers begin as the tuned model's do: it is another model.",
                share=f"{parity.alike:.0%}",
            )
        )
    return tuple(problems)


def _begin_alike(one: str, other: str) -> bool:
    first, second = one.split()[:BEGINNING], other.split()[:BEGINNING]
    return [word[:_WORD] for word in first] == [word[:_WORD] for word in second]


def _is_another(parity: Parity) -> bool:
    unlike = round((1 - parity.alike) * parity.rows)
    return parity.alike < FEWEST_ALIKE and unlike > 1


def _fell(parity: Parity, now: float, before: float, tolerated: float) -> bool:
    """Whether a share fell further than rounding moves it; of few rows a single one is no proof."""
    return now < before - max(tolerated, 1 / max(parity.rows, 1)) - _ROUNDING


def _figure(rows: Sequence[Row], task: Task, metric: str, answers: Sequence[Generated]) -> float:
    texts = [answer.text for answer in answers]
    expected = [row.completion for row in rows]
    found = find_metric(two_text_metric(task, metric))
    outcomes = [
        Outcome(wanted, given, found.score(task, wanted, given))
        for wanted, given in zip(expected, texts, strict=True)
    ]
    return found.aggregate(task, outcomes)
