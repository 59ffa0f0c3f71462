"""A plan, a report and a reference made by hand, for tests without any model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from luthier.tools.data.model import DatasetInfo, Mapping, Task
from luthier.tools.estimate.machine import Machine
from luthier.tools.models.learning import LearningReport, LengthBar, Quantiles
from luthier.tools.models.reference import ModelReference
from luthier.tools.training.choose import propose_plan
from luthier.tools.training.plan import EvaluationPlan, Plan

MACHINE = Machine(
    cores=2,
    memory_total=16 * 10**9,
    memory_available=12 * 10**9,
    free_disk=50 * 10**9,
    bfloat16=True,
)
STARTER = ModelReference(
    id="starter",
    name="SmolLM2-135M-Instruct",
    folder=Path("starter"),
    parameters=134_515_008,
    layers=30,
    hidden_size=576,
    intermediate_size=1536,
    attention_heads=9,
    key_value_heads=3,
    vocabulary=49_152,
    context_length=8192,
    tied_embeddings=True,
    licence="Apache-2.0",
    revision="abc",
)


def dataset(rows: int) -> DatasetInfo:
    """A prepared data set with so many training rows."""
    return DatasetInfo(
        id="d1",
        name="orders",
        source_path="/data/orders.csv",
        source_sha256="0" * 64,
        mapping=Mapping(prompt=("text",), completion="answer"),
        task=Task(kind="structured", fields=("intent",)),
        seed=13,
        fractions=(0.8, 0.1, 0.1),
        rows_in=rows + rows // 4,
        left_out=0,
        duplicates=0,
        train=rows,
        validation=max(1, rows // 8),
        test=max(1, rows // 8),
    )


def report(rows: int, mean: int = 80, longest: int = 120, answer: int = 30) -> LearningReport:
    """Lengths around ``mean``."""
    spread = Quantiles(
        low=10, median=mean, p90=mean, p95=mean, p99=longest, high=longest, mean=mean
    )
    return LearningReport(
        rows=rows,
        max_length=8192,
        context_length=8192,
        lengths=spread,
        answers=spread,
        histogram=(LengthBar(low=1, high=longest, rows=rows),),
        total_tokens=rows * mean,
        trained_tokens=rows * answer,
        rows_cut=0,
        answers_cut=0,
        longest=(0,),
        needed_length=longest,
    )


def propose(
    rows: int = 400,
    *,
    minutes: int | None = None,
    reference: ModelReference = STARTER,
    machine: Machine = MACHINE,
    **lengths: Any,
) -> Plan:
    """The plan that Luthier proposes for so many rows."""
    return propose_plan(
        dataset(rows),
        report(rows, **lengths),
        reference,
        minutes=minutes,
        criterion=0.8,
        evaluation=EvaluationPlan(metric="exact_match", max_rows=100),
        machine=machine,
        name="orders",
    )
