"""A model behind an address as an arm: asked in the better of two ways, priced, never twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fakes.openai_server import OpenAIServer, Reply

from luthier.tools.data.model import DatasetInfo
from luthier.tools.data.store import load_rows
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.evaluation import worker
from luthier.tools.evaluation.arms.elsewhere import model_elsewhere, what_is_sent
from luthier.tools.evaluation.arms.examples import question
from luthier.tools.evaluation.model import Evaluation
from luthier.tools.workspace import Workspace
from tests.unit.tools.evaluation.test_few_shot import make_bench
from tests.unit.tools.evaluation.test_worker import EVALUATION, MakeContext

pytestmark = pytest.mark.training


def clever(request: dict[str, Any]) -> Reply:
    """Right on every row, but only where it is shown examples."""
    asked = request["messages"][-1]["content"]
    words = {
        "refund": ("money", "pay"),
        "delivery": ("arrive", "parcel"),
        "praise": ("love", "wonder"),
    }
    label = next(name for name, hints in words.items() if any(h in asked for h in hints))
    shown = sum(one["role"] == "assistant" for one in request["messages"])
    return Reply(text=label if shown else f"It is {label}!", usage=(100, 10))


def test_it_is_asked_with_what_helps_on_validation_and_has_its_own_price(
    workspace: Workspace, dataset: DatasetInfo, tiny_model: Path, make_context: MakeContext
) -> None:
    with OpenAIServer(clever) as server:
        model = EndpointModel(
            base_url=server.base_url, model="big", price_input=1.0, price_output=10.0
        )
        plan = EVALUATION.model_copy(update={"arms": ("base",), "elsewhere": (model,)})
        payload = {
            "dataset_id": dataset.id,
            "model_id": str(tiny_model),
            "evaluation": plan.model_dump(mode="json"),
        }
        for name in ("first", "second"):
            context = make_context("baseline", payload, name)
            evaluation = Evaluation.model_validate(worker.run_baseline(context)["evaluation"])
            context.close()
        asked = len(server.requests)
    arm = evaluation.arms[-1]
    assert arm.arm == "at:127.0.0.1/big"
    assert arm.metrics["exact_match"] == 1.0
    assert "examples" not in arm.label
    assert "most similar training rows" in arm.detail["prompt"]
    assert "validation rows" in arm.detail["prompt"]
    assert arm.price_per_request == pytest.approx((100 * 1 + 10 * 10) / 1_000_000)
    sent = what_is_sent(dataset.test, 40, 6)
    assert asked <= sent.requests, "no more than what was agreed to, and the second time none"


def test_no_test_row_leaves_this_computer_while_the_way_to_ask_is_chosen(
    workspace: Workspace, dataset: DatasetInfo, tiny_model: Path, tmp_path: Path
) -> None:
    bench = make_bench(workspace, dataset, tiny_model, tmp_path)
    with OpenAIServer(clever) as server:
        arm = model_elsewhere(EndpointModel(base_url=server.base_url, model="big"))
        found = arm.prepare(bench)
        sent = list(server.requests)
    assert "most similar training rows" in found.detail["prompt"]
    asked = {request["messages"][-1]["content"] for request in sent}
    assert asked == {question(row) for row in load_rows(workspace, dataset.id, "validation")}
    everything = str(sent)
    assert not any(question(row) in everything for row in load_rows(workspace, dataset.id, "test"))
