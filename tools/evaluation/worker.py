"""The workers that measure: baselines before training, and the tuned model against them after."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from luthier.tools.data.model import Row
from luthier.tools.data.store import load_dataset
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.arms import arms_of_plan
from luthier.tools.evaluation.arms.arm import Arm, Bench
from luthier.tools.evaluation.arms.other_model import NAME
from luthier.tools.evaluation.breakdown import confusion_of, fields_of
from luthier.tools.evaluation.compare import best_alternative, compare
from luthier.tools.evaluation.duels import pick_duels
from luthier.tools.evaluation.losses import check_losses
from luthier.tools.evaluation.measure import Measured, measure
from luthier.tools.evaluation.model import Evaluation
from luthier.tools.evaluation.sample import sample_rows
from luthier.tools.evaluation.store import save_evaluation
from luthier.tools.evaluation.verdict import judge
from luthier.tools.jobs.context import JobContext
from luthier.tools.jobs.store import get_job, read_result
from luthier.tools.language import _
from luthier.tools.models.reference import resolve_model
from luthier.tools.models.rendering import Renderer
from luthier.tools.progress import Progress
from luthier.tools.training.plan import EvaluationPlan, Plan
from luthier.tools.training.tuned_model import TunedModel, tuned_model


class BaselinePayload(BaseModel):
    """Input of the job ``baseline``."""

    dataset_id: str
    model_id: str
    evaluation: EvaluationPlan
    base: EndpointModel | None = Field(
        default=None, description="the base model elsewhere, where the tuning will be there"
    )


class EvaluationPayload(BaseModel):
    """Input of the job ``evaluate``."""

    plan: Plan
    train_job_id: str


def run_baseline(context: JobContext) -> dict[str, Any]:
    """Measure the arms that need no training on the test split.

    Returns:
        ``{"evaluation": Evaluation as JSON}`` without comparison and verdict.
    """
    payload = BaselinePayload.model_validate(context.spec.payload)
    bench = make_bench(context, payload.dataset_id, payload.model_id, payload.evaluation)
    bench.base = payload.base
    rows = held_out_rows(bench)
    measured = _measure_all(context, bench, arms_of_plan(payload.evaluation, tuned=False), rows)
    return _finish(context, bench, payload.model_id, rows, measured)


def run_evaluation(context: JobContext) -> dict[str, Any]:
    """Measure the tuned model on the test split, compare and judge.

    What the baseline job asked with the same model and settings is not asked again.

    Returns:
        ``{"evaluation": Evaluation as JSON}`` with comparison and verdict.
    """
    payload = EvaluationPayload.model_validate(context.spec.payload)
    plan = payload.plan
    bench = make_bench(context, plan.data.dataset_id, plan.model.id, plan.evaluation)
    bench.tuned = _tuned(context, payload.train_job_id)
    bench.base = bench.tuned.base
    rows = held_out_rows(bench)
    measured = _measure_all(context, bench, arms_of_plan(plan.evaluation, tuned=True), rows)
    trained = read_result(context.workspace, payload.train_job_id)
    own = f"{NAME}{payload.train_job_id}:"
    return _finish(context, bench, plan.model.id, rows, measured, trained, own)


def make_bench(
    context: JobContext, dataset_id: str, model_id: str, evaluation: EvaluationPlan
) -> Bench:
    """What the arms of one evaluation share."""
    reference = resolve_model(context.workspace, model_id)
    return Bench(
        workspace=context.workspace,
        dataset=load_dataset(context.workspace, dataset_id),
        reference=reference,
        renderer=Renderer(Path(reference.folder)),
        plan=evaluation,
        folder=context.output,
        should_stop=lambda: context.stop_request is not None,
        honour_stop=context.honour_stop,
        say=_Clocks(context),
    )


def _tuned(context: JobContext, train_job_id: str) -> TunedModel:
    """What a training job left behind."""
    folder = Path(get_job(context.workspace, train_job_id).folder)
    return tuned_model(folder, read_result(context.workspace, train_job_id))


def held_out_rows(bench: Bench) -> list[Row]:
    """The test rows that every arm answers.

    Raises:
        LuthierError: there are none (``evaluation.no_test_rows``).
    """
    rows = sample_rows(bench.rows("test"), bench.plan.max_rows)
    if not rows:
        raise LuthierError(
            _("There are no test rows, so nothing can be measured."),
            why=_("The file has too few rows to set some aside for testing."),
            remedy=_("Add rows to the file (a few dozen at the least) and prepare the data again."),
            code="evaluation.no_test_rows",
        )
    return rows


def _measure_all(
    context: JobContext, bench: Bench, arms: Sequence[Arm], rows: Sequence[Row]
) -> list[Measured]:
    say, total = _Clocks(context), len(rows)
    return [measure(bench, arm, rows, partial(_say_rows, say, _(arm.doing), total)) for arm in arms]


def _say_rows(say: Progress, label: str, total: int, done: int) -> None:
    say(label, done, total)


class _Clocks:
    """Reports progress with the seconds left under each label, from its speed so far."""

    def __init__(self, context: JobContext) -> None:
        self._context = context
        self._first: dict[str, tuple[float, float]] = {}

    def __call__(self, label: str, done: float, total: float) -> None:
        now = time.monotonic()
        before, since = self._first.get(label, (done, now))
        if done <= before:  # what went before the first row, such as loading, is not its speed
            self._first[label] = (done, now)
        left = (now - since) / (done - before) * (total - done) if done > before else None
        self._context.progress(label, done, total, left)
        self._context.honour_stop()


def _broken_down(bench: Bench, rows: Sequence[Row], measured: Sequence[Measured]) -> dict[str, Any]:
    """Where the arms that matter go wrong, by label or by field."""
    task = bench.dataset.task
    answers = {one.result.arm: [each.answer for each in one.predictions] for one in measured}
    confusions = [confusion_of(task, arm, rows, given) for arm, given in answers.items()]
    fields = [fields_of(task, arm, rows, given) for arm, given in answers.items()]
    return {
        "confusions": tuple(one for one in confusions if one),
        "fields": tuple(one for one in fields if one),
    }


def _finish(
    context: JobContext,
    bench: Bench,
    model_id: str,
    rows: Sequence[Row],
    measured: Sequence[Measured],
    trained: Mapping[str, Any] | None = None,
    own: str = "",
) -> dict[str, Any]:
    """Judge and keep what was measured; arms whose names begin with ``own`` are of the same training.

    They are shown beside the tuned model, but it does not have to beat what it was a moment before.
    """
    training = trained or {}
    metric = bench.plan.metric
    answered = {one.result.arm: one.predictions for one in measured}
    rivals = [one.result for one in measured if not (own and one.result.arm.startswith(own))]
    alternative = best_alternative(rivals, metric)
    evaluation = Evaluation(
        id=context.spec.id,
        dataset_id=bench.dataset.id,
        model_id=bench.base.model if bench.base else model_id,
        model_revision="" if bench.base else bench.reference.revision,
        metric=metric,
        criterion=bench.plan.criterion,
        test_rows=len(rows),
        split_rows=bench.dataset.test,
        arms=tuple(one.result for one in measured),
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        training_seconds=float(training.get("seconds", 0.0)),
        trained_elsewhere=bool(training.get("endpoint")),
        training_price=training.get("dollars"),
        price_per_hour=bench.plan.price_per_hour,
        preparation_price=bench.plan.preparation_price,
        hosting_per_hour=bench.plan.hosting_per_hour,
        metric_notes=bench.ruler.notes,
    )
    if alternative is not None:
        shown = [one for one in measured if one.result.arm in (alternative.arm, "tuned")]
        update: dict[str, Any] = {
            **_broken_down(bench, rows, shown),
            "duels": pick_duels(metric, rows, answered, alternative.arm),
        }
        if "tuned" in answered:
            others = [one for one in measured if not one.result.is_tuned]
            update["comparison"] = compare(
                metric,
                alternative.arm,
                answered["tuned"],
                {one.result.arm: one.predictions for one in others},
            )
            update |= check_losses(bench, rows)
        evaluation = evaluation.model_copy(update=update)
        evaluation = evaluation.model_copy(update={"verdict": judge(evaluation)})
    save_evaluation(
        context.workspace,
        evaluation,
        session_id=context.spec.session_id,
        job_id=context.spec.id,
    )
    return {"evaluation": evaluation.model_dump(mode="json")}
