"""Baselines and evaluation on a real tiny model: measured, resumed, reused, compared."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from luthier.tools.data.model import DatasetInfo, Message
from luthier.tools.data.store import load_rows
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation import worker
from luthier.tools.evaluation.abilities.instructions import INSTRUCTIONS
from luthier.tools.evaluation.abilities.knowledge import KNOWLEDGE
from luthier.tools.evaluation.abilities.refusals import REFUSALS
from luthier.tools.evaluation.arms.arm import Bench
from luthier.tools.evaluation.arms.plain import BASE
from luthier.tools.evaluation.measure import measure, read_predictions
from luthier.tools.evaluation.model import Evaluation
from luthier.tools.evaluation.store import list_evaluations, load_evaluation
from luthier.tools.evaluation.views import evaluation_views
from luthier.tools.files import write_json
from luthier.tools.jobs import store, supervisor
from luthier.tools.jobs.context import JobContext, JobStopped
from luthier.tools.jobs.folder import read_status, write_status
from luthier.tools.jobs.model import Job, JobState, JobStatus
from luthier.tools.models.reference import resolve_model
from luthier.tools.models.rendering import Renderer
from luthier.tools.training.plan import DataPlan, EvaluationPlan, ModelPlan, Plan
from luthier.tools.workspace import Workspace

pytestmark = pytest.mark.training

MakeContext = Callable[..., JobContext]

EVALUATION = EvaluationPlan(metric="exact_match", criterion=0.8, max_new_tokens=6, batch_size=4)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """A tiny model gains nothing from several threads and loses much on a busy machine."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def baseline_payload(dataset: DatasetInfo, model: Path) -> dict[str, Any]:
    return {
        "dataset_id": dataset.id,
        "model_id": str(model),
        "evaluation": EVALUATION.model_dump(mode="json"),
    }


def finish(context: JobContext, result: dict[str, Any]) -> None:
    write_json(context.folder / "result.json", result)
    write_status(context.folder, JobStatus(state=JobState.SUCCEEDED))
    context.close()


def write_adapter(model: Path, folder: Path) -> Path:
    """A LoRA adapter with random weights, as training would save it."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(1)
    base = AutoModelForCausalLM.from_pretrained(model)
    config = LoraConfig(
        r=4, target_modules=["q_proj", "v_proj"], init_lora_weights=False, task_type="CAUSAL_LM"
    )
    get_peft_model(base, config).save_pretrained(folder)
    return folder


def plan_for(dataset: DatasetInfo, model: Path, evaluation: EvaluationPlan = EVALUATION) -> Plan:
    return Plan(
        name="shop",
        task=dataset.task,
        data=DataPlan(
            dataset_id=dataset.id,
            path=dataset.source_path,
            sha256=dataset.source_sha256,
            mapping=dataset.mapping,
        ),
        model=ModelPlan(id=str(model)),
        evaluation=evaluation,
    )


def events(context: JobContext) -> list[dict[str, Any]]:
    lines = (context.folder / "events.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_baselines_then_the_tuned_model_against_them(
    workspace: Workspace,
    dataset: DatasetInfo,
    tiny_model: Path,
    make_context: MakeContext,
    tmp_path: Path,
) -> None:
    context = make_context("baseline", baseline_payload(dataset, tiny_model), "base")
    baseline = worker.run_baseline(context)
    finish(context, baseline)
    first = Evaluation.model_validate(baseline["evaluation"])

    assert [arm.arm for arm in first.arms] == ["base", "prompted", "few_shot"]
    assert first.test_rows == dataset.test == first.split_rows
    assert first.comparison is None
    assert first.verdict is None
    few_shot = first.arm("few_shot")
    base = first.arm("base")
    assert few_shot is not None
    assert base is not None
    assert few_shot.prompt_tokens > base.prompt_tokens
    assert "validation rows" in few_shot.detail["prompt"]
    assert base.seconds > 0
    chosen_on = set(few_shot.on_validation)
    assert chosen_on <= {row.id for row in load_rows(workspace, dataset.id, "validation")}
    assert len(chosen_on) >= 8
    test_ids = [row.id for row in load_rows(workspace, dataset.id, "test")]
    written = read_predictions(Path(base.predictions_file))
    assert [prediction.row_id for prediction in written] == test_ids
    assert all(prediction.completion_tokens <= 6 for prediction in written)
    progress = [event for event in events(context) if event["type"] == "progress"]
    assert any(event.get("seconds_left") is not None for event in progress)
    assert progress[-1]["done"] == progress[-1]["total"] == dataset.test

    training = make_context("train", {}, "train")
    write_adapter(tiny_model, training.output / "adapter")
    finish(training, {"adapter": "output/adapter"})
    context = make_context(
        "evaluate",
        {
            "plan": plan_for(dataset, tiny_model).model_dump(mode="json"),
            "train_job_id": "train",
        },
        "eval",
    )
    evaluation = Evaluation.model_validate(worker.run_evaluation(context)["evaluation"])
    context.close()

    assert [arm.arm for arm in evaluation.arms] == ["base", "prompted", "few_shot", "tuned"]
    again = [arm.model_copy(update={"predictions_file": ""}) for arm in evaluation.arms[:3]]
    assert again == [arm.model_copy(update={"predictions_file": ""}) for arm in first.arms], (
        "the same answers with the same seconds: nothing was asked twice"
    )
    assert evaluation.comparison is not None
    counted = evaluation.comparison
    assert counted.wins + counted.losses + counted.ties == dataset.test
    assert evaluation.verdict is not None
    assert evaluation.verdict.decision in ("do_not_ship", "undecided"), "random weights are no gain"
    assert evaluation.abilities is not None
    groups = {group.name: group for group in evaluation.abilities.groups}
    assert {name: group.items for name, group in groups.items()} == {
        "instructions": len(INSTRUCTIONS),
        "knowledge": len(KNOWLEDGE),
        "refusals": len(REFUSALS),
    }
    assert 0 < groups["knowledge"].base < 1, "random weights guess one answer in four"
    assert evaluation.memorised is None, "a label is the task and no secret"
    assert load_evaluation(workspace, "eval") == evaluation
    assert {one.id for one in list_evaluations(workspace, "session")} == {"base", "eval"}
    kinds = [view.kind for view in evaluation_views(evaluation)]
    assert kinds[:3] == ["table", "table", "callout"], (
        "all arms, each against the tuned one, verdict"
    )


def test_other_settings_measure_the_baselines_again(
    dataset: DatasetInfo, tiny_model: Path, make_context: MakeContext
) -> None:
    context = make_context("baseline", baseline_payload(dataset, tiny_model), "base")
    finish(context, worker.run_baseline(context))
    training = make_context("train", {}, "train")
    adapter = write_adapter(tiny_model, training.output / "adapter")
    finish(training, {"adapter": str(adapter)})
    longer = EVALUATION.model_copy(update={"max_new_tokens": 7, "max_rows": 6})
    context = make_context(
        "evaluate",
        {
            "plan": plan_for(dataset, tiny_model, longer).model_dump(mode="json"),
            "train_job_id": "train",
        },
        "eval",
    )
    evaluation = Evaluation.model_validate(worker.run_evaluation(context)["evaluation"])
    context.close()
    assert [arm.arm for arm in evaluation.arms] == ["base", "prompted", "few_shot", "tuned"]
    assert evaluation.test_rows == 6 < evaluation.split_rows
    assert all(str(context.folder) in arm.predictions_file for arm in evaluation.arms)


def test_a_stopped_evaluation_goes_on_with_what_it_has(
    dataset: DatasetInfo, tiny_model: Path, make_context: MakeContext
) -> None:
    payload = baseline_payload(dataset, tiny_model)
    context = make_context("baseline", payload)
    path = context.output / "predictions-base.jsonl"
    whole = context.progress

    def stop_after_two_batches(label: str, done: float, total: float, left: float | None) -> None:
        whole(label, done, total, left)
        if done >= 8:
            write_json(context.folder / "control.json", {"request": "pause"})

    context.progress = stop_after_two_batches  # type: ignore[method-assign]
    with pytest.raises(JobStopped):
        worker.run_baseline(context)
    context.close()
    before = path.read_text().splitlines()
    assert len(before) == 8

    path.write_text("\n".join([*before[:7], before[7][:25]]))
    (context.folder / "control.json").unlink()
    again = make_context("baseline", payload)
    evaluation = Evaluation.model_validate(worker.run_baseline(again)["evaluation"])
    again.close()
    after = {prediction.row_id: prediction for prediction in read_predictions(path)}
    assert len(after) == dataset.test == evaluation.test_rows
    for line in before[:7]:
        kept = json.loads(line)
        assert after[kept["row_id"]].seconds == kept["seconds"], "answered once, never again"


@pytest.fixture
def killed_jobs(workspace: Workspace) -> Iterator[Workspace]:
    """The workspace; worker and runner of unfinished jobs are ended afterwards."""
    yield workspace
    for job in store.list_jobs(workspace):
        status = read_status(Path(job.folder))
        for pid in (status.supervisor_pid, status.worker_pid):
            if pid and not status.state.is_final:
                os.kill(pid, signal.SIGKILL)


def wait_until(workspace: Workspace, job: Job, condition: Any) -> Job:
    deadline = time.monotonic() + 240
    while not condition(current := store.get_job(workspace, job.id)):
        assert time.monotonic() < deadline, f"waited in vain: {current.status}"
        assert current.status.state is not JobState.FAILED, current.status.error
        time.sleep(0.02)
    return current


def test_a_worker_killed_outright_is_taken_up_again(
    killed_jobs: Workspace, small_dataset: DatasetInfo, tiny_model: Path
) -> None:
    payload = baseline_payload(small_dataset, tiny_model)
    payload["evaluation"] |= {"max_new_tokens": 100, "batch_size": 1}
    job = supervisor.launch(
        killed_jobs,
        kind="baseline",
        session_id="session",
        title="Measuring",
        payload=payload,
        idempotency_key="kill",
    )
    path = Path(job.folder) / "output" / "predictions-base.jsonl"
    wait_until(killed_jobs, job, lambda _: path.exists() and path.read_text().count("\n") >= 2)
    os.kill(read_status(Path(job.folder)).worker_pid, signal.SIGKILL)
    before = [_as_given(line) for line in path.read_text().splitlines()[:2]]
    rested = wait_until(
        killed_jobs, job, lambda one: one.status.attempt > 1 or one.status.state.is_final
    )
    if rested.status.state.is_final and rested.status.state is not JobState.SUCCEEDED:
        supervisor.resume(killed_jobs, job.id)
    wait_until(killed_jobs, job, lambda one: one.status.state is JobState.SUCCEEDED)
    lines = path.read_text().splitlines()
    assert len(lines) == small_dataset.test
    after = [_as_given(line) for line in lines]
    assert all(one in after for one in before), "answers from before the kill are kept as they were"


def _as_given(line: str) -> dict[str, Any]:
    """A line without its scores, which are reckoned once every row is answered."""
    return {name: value for name, value in json.loads(line).items() if name != "scores"}


def test_a_request_longer_than_the_model_reads_counts_as_not_answered(
    workspace: Workspace, dataset: DatasetInfo, tiny_model: Path, tmp_path: Path
) -> None:
    reference = resolve_model(workspace, str(tiny_model))
    bench = Bench(
        workspace=workspace,
        dataset=dataset,
        reference=reference,
        renderer=Renderer(Path(reference.folder)),
        plan=EVALUATION,
        folder=tmp_path,
    )
    short = load_rows(workspace, dataset.id, "test")[:2]
    endless = (Message(role="user", content="lamp " * 3_000), short[0].messages[-1])
    rows = [short[0], short[0].model_copy(update={"id": "f" * 16, "messages": endless}), short[1]]
    measured = measure(bench, BASE, rows, lambda _done: None)
    answered = [prediction.completion_tokens > 0 for prediction in measured.predictions]
    assert answered == [True, False, True]
    assert measured.predictions[1].scores["exact_match"] == 0
    assert measured.predictions[1].prompt_tokens > reference.context_length


def test_a_missing_adapter_is_said_plainly(
    dataset: DatasetInfo, tiny_model: Path, make_context: MakeContext
) -> None:
    training = make_context("train", {}, "train")
    finish(training, {"adapter": "output/adapter"})
    context = make_context(
        "evaluate",
        {"plan": plan_for(dataset, tiny_model).model_dump(mode="json"), "train_job_id": "train"},
        "eval",
    )
    with pytest.raises(LuthierError) as caught:
        worker.run_evaluation(context)
    context.close()
    assert caught.value.code == "model.adapter_missing"
