"""Would more rows help? Tuned again on a quarter and on half of them, measured on the same test rows.

Smaller parts lie within larger ones, the splits stay, and each tuning is a job of its own.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from pydantic import BaseModel

from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.arms.plain import TUNED
from luthier.tools.evaluation.measure import measure
from luthier.tools.evaluation.model import ArmResult, Evaluation, LearningPoint
from luthier.tools.evaluation.store import load_evaluation, save_evaluation
from luthier.tools.evaluation.verdict import judge
from luthier.tools.evaluation.worker import held_out_rows, make_bench
from luthier.tools.jobs.context import JobContext
from luthier.tools.language import _
from luthier.tools.training.plan import Plan
from luthier.tools.training.trials.running import run_trial
from luthier.tools.training.tuned_model import tuned_model
from luthier.tools.wording import rows as in_rows

PARTS = (4, 2)
"""A quarter and half of the rows."""
FEWEST_ROWS = 8
"""Fewer rows than this are no training set."""


class CurvePayload(BaseModel):
    """Input of the job ``curve``."""

    plan: Plan
    evaluation_id: str


def part_sizes(rows: int) -> tuple[int, ...]:
    """How many rows each smaller tuning learns from, fewest first."""
    return tuple(rows // part for part in PARTS if rows // part >= FEWEST_ROWS)


def run(context: JobContext) -> dict[str, Any]:
    """Tune on parts of the rows, measure each, and judge again with the curve.

    Returns:
        ``{"evaluation": Evaluation as JSON}``: the one that was measured, with its curve.

    Raises:
        JobStopped: the user asked to stop; resuming goes on with what is missing.
        LuthierError: there are too few rows (``curve.too_few_rows``).
    """
    payload = CurvePayload.model_validate(context.spec.payload)
    plan = payload.plan
    evaluation = load_evaluation(context.workspace, payload.evaluation_id)
    bench = make_bench(context, plan.data.dataset_id, plan.model.id, plan.evaluation)
    sizes = part_sizes(bench.dataset.train)
    if not sizes:
        raise LuthierError(
            _("There are too few rows for a learning curve."),
            why=_("A quarter or half of them would be no training set."),
            remedy=_("Collect a few dozen rows first."),
            code="curve.too_few_rows",
        )
    points: list[LearningPoint] = []
    for number, size in enumerate(sizes):
        title = _("Tuning on {rows}", rows=in_rows(size))
        context.progress(title, number, len(sizes))
        part = plan.model_copy(update={"data": plan.data.model_copy(update={"train_rows": size})})
        job, result = run_trial(context, part, title, size)
        if not result:
            error = job.status.error or {}
            raise LuthierError(
                _("The tuning on {rows} came to nothing.", rows=in_rows(size)),
                why=str(error.get("what", "")),
                remedy=_("The tuned model and its verdict stay as they are."),
                code="curve.trial_failed",
            )
        folder = context.output / f"rows-{size}"
        folder.mkdir(exist_ok=True)
        tuned = tuned_model(context.workspace.jobs / job.id, result)
        label = _("Measuring what {rows} taught", rows=in_rows(size))
        measured = measure(
            replace(bench, folder=folder, tuned=tuned, base=None),
            TUNED,
            held_out_rows(bench),
            partial(_say, context, label, bench.dataset.test),
        ).result
        points.append(_point(measured, evaluation.metric, size))
        context.notice(
            _("{rows}: {score:.0%}", rows=in_rows(size), score=points[-1].value), "neutral"
        )
    whole = evaluation.arm("tuned")
    if whole is not None:
        points.append(_point(whole, evaluation.metric, bench.dataset.train))
    judged = _judged(evaluation, tuple(points))
    save_evaluation(
        context.workspace, judged, session_id=context.spec.session_id, job_id=context.spec.id
    )
    return {"evaluation": judged.model_dump(mode="json")}


def _judged(evaluation: Evaluation, points: tuple[LearningPoint, ...]) -> Evaluation:
    with_curve = evaluation.model_copy(update={"learning": points})
    return with_curve.model_copy(update={"verdict": judge(with_curve)})


def _point(arm: ArmResult, metric: str, rows: int) -> LearningPoint:
    value = arm.metrics[metric]
    interval = arm.interval
    return LearningPoint(
        rows=rows,
        value=value,
        low=interval.low if interval else 0.0,
        high=interval.high if interval else 1.0,
    )


def _say(context: JobContext, label: str, total: int, done: int) -> None:
    context.progress(label, done, total)
    context.honour_stop()
