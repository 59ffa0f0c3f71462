"""How to evaluate: which metric decides, how long answers may be, how many test rows are asked."""

from __future__ import annotations

from luthier.tools.data.model import DatasetInfo
from luthier.tools.evaluation.metrics import find_metric, metrics_for
from luthier.tools.models.learning import LearningReport
from luthier.tools.training.plan import EvaluationPlan

SHORTEST, LONGEST, STEP = 16, 1_024, 8
MARGIN = 1.2  # an answer a fifth longer than any in the data is still let finish
OUTLIER = 2  # an answer this many times longer than 99 in 100 others does not set the limit
AFFORDABLE_TOKENS = 60_000  # per arm; five minutes at 200 tokens a second on two cores
MOST_ROWS, FEWEST_ROWS = 200, 50
BATCH, LONG_BATCH = 32, 16
LONG = 512
"""Tokens of a row above which fewer rows are answered at a time, for the sake of memory."""


def propose_evaluation(
    dataset: DatasetInfo, report: LearningReport, criterion: float | None
) -> EvaluationPlan:
    """The evaluation that suits a data set and stays affordable.

    The metric follows from the task. ``criterion`` is the share of right answers that is good
    enough; it is left out for free text, where no metric can count right answers. Answers may be a
    fifth longer than the longest one in the data. Test rows are capped so that a model that never
    stops takes about five minutes per arm; which rows are taken depends on their content alone, so
    it is the same ones every time.
    """
    answers = report.answers
    metric = find_metric(metrics_for(dataset.task)[0])
    tokens = _answer_tokens(min(answers.high, OUTLIER * max(answers.p99, 1)))
    return EvaluationPlan(
        metric=metric.name,
        criterion=criterion if metric.counts_right else None,
        max_new_tokens=tokens,
        batch_size=BATCH if report.lengths.high + tokens <= LONG else LONG_BATCH,
        max_rows=min(MOST_ROWS, max(FEWEST_ROWS, AFFORDABLE_TOKENS // tokens), dataset.test),
    )


def _answer_tokens(longest: int) -> int:
    roomy = -(-int(longest * MARGIN + 1) // STEP) * STEP
    return min(max(roomy, SHORTEST), LONGEST)
