"""Does the export say what the tuned model says? The same rows through both, greedily.

Rounding makes a few answers differ in any other number format, so equality is reported and the
deciding metric judges: an export that is measurably worse, no longer ends its answers, or is asked
in other words than the model was trained on has failed.
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
"""How far the deciding metric may fall below the tuned model's on the same rows."""
TOLERATED_RUN_ONS = 0.05
"""How many more answers, as a share, may run on to the limit."""
FEWEST_IDENTICAL = 0.5
"""Below this share of equal answers, an export is another model, whatever its score."""
_SHOWN = 3


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
    if parity.stops < parity.reference_stops - TOLERATED_RUN_ONS:
        problems.append(
            _(
                "It ends only {share} of its answers by itself, the tuned model {reference}: its "
                "stop token is wrong or missing.",
                share=f"{parity.stops:.0%}",
                reference=f"{parity.reference_stops:.0%}",
            )
        )
    if parity.score < parity.reference - TOLERATED_LOSS:
        problems.append(
            _(
                "It reaches {score} where the tuned model reaches {reference} on the same {rows} "
                "rows.",
                score=f"{parity.score:.0%}",
                reference=f"{parity.reference:.0%}",
                rows=parity.rows,
            )
        )
    if parity.identical < FEWEST_IDENTICAL:
        problems.append(
            _(
                "Only {share} of its answers are the tuned model's own: it is another model.",
                share=f"{parity.identical:.0%}",
            )
        )
    return tuple(problems)


def _figure(rows: Sequence[Row], task: Task, metric: str, answers: Sequence[Generated]) -> float:
    texts = [answer.text for answer in answers]
    expected = [row.completion for row in rows]
    found = find_metric(two_text_metric(task, metric))
    outcomes = [
        Outcome(wanted, given, found.score(task, wanted, given))
        for wanted, given in zip(expected, texts, strict=True)
    ]
    return found.aggregate(task, outcomes)
