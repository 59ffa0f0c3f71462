"""Another tuned model of this home as an arm: its weights, a checkpoint of it, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from luthier.tools.data.model import DatasetInfo
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation import worker
from luthier.tools.evaluation.arms.other_model import find_model
from luthier.tools.evaluation.model import Evaluation
from luthier.tools.workspace import Workspace
from tests.unit.tools.evaluation.test_worker import (
    EVALUATION,
    MakeContext,
    finish,
    plan_for,
    write_adapter,
)

pytestmark = pytest.mark.training


def test_another_training_and_a_checkpoint_answer_the_same_rows(
    workspace: Workspace, dataset: DatasetInfo, tiny_model: Path, make_context: MakeContext
) -> None:
    plan = plan_for(dataset, tiny_model)
    payload = {"plan": plan.model_dump(mode="json")}
    for name in ("train", "other"):
        training = make_context("train", payload, name)
        write_adapter(tiny_model, training.output / "adapter")
        write_adapter(tiny_model, training.output / "checkpoint-8")
        finish(training, {"adapter": "output/adapter", "seconds": 60})
    wish = EVALUATION.model_copy(
        update={"arms": ("base", "tuned"), "models": ("other", "other:8", "train:8"), "max_rows": 8}
    )
    wished = plan_for(dataset, tiny_model, wish).model_dump(mode="json")
    context = make_context("evaluate", {"plan": wished, "train_job_id": "train"}, "eval")
    evaluation = Evaluation.model_validate(worker.run_evaluation(context)["evaluation"])
    context.close()
    assert [arm.arm for arm in evaluation.arms] == [
        "base",
        "tuned",
        "model:other",
        "model:other:8",
        "model:train:8",
    ]
    assert [arm.label for arm in evaluation.arms[2:]] == [
        "other tuned model “shop”",
        "“shop” at step 8",
        "“shop” at step 8",
    ]
    assert {arm.rows for arm in evaluation.arms} == {8}
    comparison = evaluation.comparison
    assert comparison is not None
    assert comparison.best_alternative in ("base", "model:other", "model:other:8")
    same = next(one for one in comparison.against if one.arm == "model:other")
    assert same.difference.value == 0, "the same weights answer the same"


def test_what_is_not_there_is_refused_with_what_is(
    workspace: Workspace, dataset: DatasetInfo, tiny_model: Path, make_context: MakeContext
) -> None:
    training = make_context("train", {"plan": {}}, "train")
    write_adapter(tiny_model, training.output / "checkpoint-8")
    with pytest.raises(LuthierError, match="no checkpoint at step 9") as caught:
        find_model(workspace, "train:9")
    assert "8" in caught.value.remedy
    with pytest.raises(LuthierError, match="has not ended yet"):
        find_model(workspace, "train")
    with pytest.raises(LuthierError):
        find_model(workspace, "nowhere")
