"""Baselines that were already measured under the very same conditions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from luthier.tools.data.model import Row
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.arms import BASELINES
from luthier.tools.evaluation.arms.arm import Bench
from luthier.tools.evaluation.measure import Measured, read_predictions
from luthier.tools.evaluation.model import ArmResult, Evaluation
from luthier.tools.jobs.store import get_job, read_result
from luthier.tools.training.plan import EvaluationPlan
from luthier.tools.workspace import Workspace


def reusable_arms(
    workspace: Workspace,
    baseline_job_id: str | None,
    bench: Bench,
    model_id: str,
    rows: Sequence[Row],
) -> list[Measured]:
    """The baseline arms of an earlier job with their predictions, in the order of ``rows``.

    Empty where there was no such job, it did not finish, or it measured other data, another
    model, other rows or another answer length: then they have to be measured again.
    """
    if not baseline_job_id:
        return []
    try:
        payload = get_job(workspace, baseline_job_id).spec.payload
        evaluation = Evaluation.model_validate(
            read_result(workspace, baseline_job_id)["evaluation"]
        )
    except (LuthierError, KeyError):
        return []
    before = EvaluationPlan.model_validate(payload["evaluation"])
    same = (
        evaluation.dataset_id == bench.dataset.id
        and evaluation.model_id == model_id
        and evaluation.model_revision == bench.reference.revision
        and before.metric == bench.plan.metric
        and before.max_new_tokens == bench.plan.max_new_tokens
    )
    if not same:
        return []
    kept = [_with_predictions(arm, rows) for arm in evaluation.arms]
    complete = [one for one in kept if one is not None]
    return complete if len(complete) == len(BASELINES) else []


def _with_predictions(arm: ArmResult, rows: Sequence[Row]) -> Measured | None:
    predictions = tuple(read_predictions(Path(arm.predictions_file)))
    if [prediction.row_id for prediction in predictions] != [row.id for row in rows]:
        return None
    return Measured(arm, predictions)
