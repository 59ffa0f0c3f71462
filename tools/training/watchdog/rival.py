"""Which alternative a training has to beat, as far as the validation rows tell."""

from __future__ import annotations

from collections.abc import Collection

from luthier.tools.evaluation.store import list_evaluations
from luthier.tools.training.plan import Plan
from luthier.tools.training.watchdog.look import Rival
from luthier.tools.workspace import Workspace


def find_rival(workspace: Workspace, plan: Plan, rows: Collection[str]) -> Rival | None:
    """The best alternative that was measured for the plan's data and base model.

    Only what it did on validation rows is looked at: the test rows stay untouched by every choice.

    Args:
        workspace: where evaluations are kept.
        plan: its data, base model and deciding metric must be those of the evaluation.
        rows: ids of the validation rows that the training answers.

    Returns:
        None where nothing was measured yet, or not on all these rows.
    """
    for evaluation in list_evaluations(workspace, dataset_id=plan.data.dataset_id):
        same = (evaluation.model_id, evaluation.metric) == (plan.model.id, plan.evaluation.metric)
        if not same:
            continue
        found = [
            Rival(label=arm.label, by_row={row: arm.on_validation[row] for row in rows})
            for arm in evaluation.arms
            if not arm.is_tuned and set(rows) <= arm.on_validation.keys()
        ]
        if found:
            return max(found, key=lambda rival: rival.score)
    return None
