"""All facts of a finished run, with hostile text wherever a user's file could put it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from luthier.tools.advice.model import Advice, Brief
from luthier.tools.data.model import Mapping
from luthier.tools.data.prepare import prepare_dataset
from luthier.tools.evaluation.model import (
    ArmName,
    ArmResult,
    Comparison,
    Duel,
    Evaluation,
    Interval,
)
from luthier.tools.evaluation.verdict import judge
from luthier.tools.jobs.folder import append_event
from luthier.tools.jobs.model import Job, JobSpec, JobState, JobStatus, MetricsEvent
from luthier.tools.training.plan import DataPlan, Estimate, EvaluationPlan, ModelPlan, Plan
from luthier.tools.workspace import Workspace

HOSTILE = '<script>alert("x")</script>'
HOSTILE_MARKDOWN = "# not a heading | [link](http://evil.example) `code` <b>bold</b>"
ARABIC = "أين طلبي؟"

Facts = dict[str, Any]


def arm(name: ArmName, label: str, score: float, **more: float) -> ArmResult:
    return ArmResult(
        arm=name,
        label=label,
        metrics={"exact_match": score, "macro_f1": score * 0.9},
        stop_rate=more.get("stop_rate", 1.0),
        prompt_tokens=more.get("prompt", 40.0),
        completion_tokens=6.0,
        seconds=30.0,
        rows=100,
        predictions_file="",
        detail={"prompt": f"how {name} was asked"},
        interval=Interval(value=score, low=max(score - 0.08, 0), high=min(score + 0.07, 1)),
    )


def evaluation_for(dataset_id: str) -> Evaluation:
    evaluation = Evaluation(
        id="e1f00d",
        dataset_id=dataset_id,
        metric="exact_match",
        criterion=0.8,
        test_rows=100,
        split_rows=120,
        arms=(
            arm("base", "base model", 0.0, stop_rate=0.4),
            arm("few_shot", "few-shot, 8 examples", 0.31, prompt=505.0),
            arm("tuned", "tuned model", 0.86, stop_rate=0.99),
        ),
        comparison=Comparison(
            metric="exact_match",
            best_alternative="few_shot",
            difference=Interval(value=0.55, low=0.44, high=0.65),
            wins=58,
            losses=3,
            ties=39,
        ),
        duels=(
            Duel(
                row_id="1",
                outcome="win",
                prompt=f"{HOSTILE} my lamp is broken",
                expected="refund",
                answers=(("base", HOSTILE), ("few_shot", "praise"), ("tuned", "refund")),
                scores=(("base", 0), ("few_shot", 0), ("tuned", 1)),
            ),
            Duel(
                row_id="2",
                outcome="loss",
                prompt=ARABIC,
                expected="delivery",
                answers=(("base", ""), ("few_shot", "delivery"), ("tuned", "refund")),
                scores=(("base", 0), ("few_shot", 1), ("tuned", 0)),
            ),
        ),
    )
    return evaluation.model_copy(update={"verdict": judge(evaluation)})


@pytest.fixture
def make_facts(workspace: Workspace, tmp_path: Path, tiny_model: Path) -> Callable[[], Facts]:
    """The arguments of ``write_report`` but the workspace."""

    def make() -> Facts:
        source = tmp_path / f"{HOSTILE.replace('/', '')} `orders`.csv"
        with source.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow([HOSTILE_MARKDOWN, "label"])
            for number in range(40):
                label = ("refund", "delivery", HOSTILE)[number % 3]
                writer.writerow([f"Message {number * 7919} of a customer about {label}", label])
        dataset = prepare_dataset(
            workspace,
            source,
            Mapping(prompt=(HOSTILE_MARKDOWN,), completion="label", reason=HOSTILE),
            leave_out_unusable=True,
        )
        plan = Plan(
            name=HOSTILE,
            task=dataset.task,
            data=DataPlan(
                dataset_id=dataset.id,
                path=dataset.source_path,
                sha256=dataset.source_sha256,
                mapping=dataset.mapping,
            ),
            model=ModelPlan(id=str(tiny_model)),
            evaluation=EvaluationPlan(metric="exact_match", criterion=0.8),
            reasons={"lora.rank": "enough for labels"},
        )
        return {
            "session_title": f"Shop {HOSTILE}",
            "brief": Brief(use_case="labels", use_case_words=HOSTILE, criterion=0.8, minutes=20),
            "advice": Advice(
                recommendation="tune", headline="Tuning suits this.", reasons=(HOSTILE,)
            ),
            "dataset": dataset,
            "plan": plan,
            "estimate": Estimate(
                measured=True,
                memory_bytes=2_000_000_000,
                available_bytes=8_000_000_000,
                disk_bytes=90_000_000,
                free_disk_bytes=50_000_000_000,
                train_seconds=600,
                train_seconds_low=480,
                train_seconds_high=900,
                evaluate_seconds=90,
                tokens_per_second=420,
                steps=100,
            ),
            "job": finished_job(workspace),
            "training_result": {
                "adapter": "output/adapter",
                "best_step": 80,
                "best_validation_loss": 0.21,
                "base_validation_loss": 2.7,
                "steps": 100,
                "seconds": 615.0,
                "tokens_per_second": 431.0,
                "stopped_early": "",
            },
            "evaluation": evaluation_for(dataset.id),
        }

    return make


def finished_job(workspace: Workspace) -> Job:
    """A training job whose events tell of falling losses."""
    folder = workspace.jobs / "train1"
    folder.mkdir()
    for step in range(0, 101, 5):
        append_event(
            folder,
            MetricsEvent(
                at=float(step),
                step=step,
                total_steps=100,
                epoch=step / 50,
                total_epochs=2,
                loss=2.5 / (1 + step / 10),
                validation_loss=2.6 / (1 + step / 12) if step % 20 == 0 else None,
            ),
        )
    spec = JobSpec(
        id="train1",
        kind="train",
        session_id="s",
        title="Training",
        payload={},
        idempotency_key="train1",
        created_at="2026-01-01T00:00:00+00:00",
    )
    return Job(spec=spec, status=JobStatus(state=JobState.SUCCEEDED), folder=str(folder))
