"""The pre-flight does the real thing once: a step on the longest rows, an evaluation, a save."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch

from luthier.tools.jobs.context import JobContext
from luthier.tools.training import preflight
from luthier.tools.training.material import load_material
from luthier.tools.training.plan import Plan
from luthier.tools.training.rows import TokenRow
from luthier.tools.training.trainer import AnswerTrainer
from luthier.tools.workspace import Workspace

if TYPE_CHECKING:
    from conftest import JobMaker

pytestmark = pytest.mark.training


@pytest.mark.parametrize("layers", ["all", "upper_half"])
def test_preflight_measures_steps_memory_and_disk(
    make_job: JobMaker, base_plan: Plan, layers: str
) -> None:
    lora = base_plan.lora.model_copy(update={"layers": layers})
    job = make_job(base_plan.model_copy(update={"lora": lora}))
    estimate = job.run_here(preflight.run)["estimate"]
    assert estimate["measured"] is True
    assert estimate["memory_bytes"] > 200e6
    assert 0 < estimate["train_seconds_low"] < estimate["train_seconds_high"]
    assert estimate["disk_bytes"] > 0
    assert not list((job.folder / "output").iterdir())


def longest(rows: tuple[TokenRow, ...], count: int) -> list[int]:
    return sorted(row.tokens for row in rows)[-count:]


def test_the_longest_rows_are_trained_and_evaluated_before_anything_else(
    make_job: JobMaker,
    base_plan: Plan,
    training_home: Workspace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    material = load_material(training_home, base_plan)
    count = base_plan.train.batch_size
    assert longest(material.train, count)[0] > min(row.tokens for row in material.train)
    assert longest(material.validation, 1)[0] > min(row.tokens for row in material.validation)
    passes: list[tuple[str, bool, list[int]]] = []
    compute = AnswerTrainer.compute_loss

    def seen(trainer: Any, model: Any, inputs: dict[str, Any], *rest: Any) -> Any:
        prefix = inputs["input_ids"].shape[1] - int(inputs["lengths"].sum())
        tokens = sorted(int(length) + prefix for length in inputs["lengths"])
        kind = "train" if model.training else "evaluate"
        passes.append((kind, torch.is_grad_enabled(), tokens))
        return compute(trainer, model, inputs, *rest)

    monkeypatch.setattr(AnswerTrainer, "compute_loss", seen)
    estimate = make_job(base_plan).run_here(preflight.run)["estimate"]

    steps = [one for one in passes if one[0] == "train"]
    assert passes[: len(steps)] == steps
    assert steps[0] == ("train", True, longest(material.train, count))
    assert all(sum(tokens) < sum(steps[0][2]) for _, _, tokens in steps[1:])
    checks = passes[len(steps) :]
    assert checks == [("evaluate", False, longest(material.validation, 2 * count))]
    assert estimate["check_seconds"] > 0


def test_the_disk_figure_is_that_of_a_real_save_after_real_steps(
    make_job: JobMaker, base_plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: dict[str, int] = {}
    moments: list[float] = []
    report = JobContext.progress

    def look(context: JobContext, label: str, *place: Any) -> None:
        report(context, label, *place)
        if label != "Measured":
            return
        for path in context.output.rglob("*"):
            kind = "adapter" if "adapter" in path.parts else "checkpoint"
            sizes[kind] = sizes.get(kind, 0) + (path.stat().st_size if path.is_file() else 0)
        state = torch.load(next(context.output.rglob("checkpoint-*/optimizer.pt")))["state"]
        moments.extend(float(one["exp_avg"].abs().max()) for one in state.values())

    monkeypatch.setattr(JobContext, "progress", look)
    job = make_job(base_plan)
    estimate = job.run_here(preflight.run)["estimate"]
    assert estimate["disk_bytes"] == 3 * sizes["checkpoint"] + 2 * sizes["adapter"]
    assert sizes["checkpoint"] > sizes["adapter"] > 10_000
    assert max(moments) > 0, "the optimiser has seen gradients"
    assert not list((job.folder / "output").iterdir())
