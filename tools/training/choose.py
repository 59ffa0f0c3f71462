"""Choosing every value of a plan from the rows, their tokens, the model and the user's minutes.

The rules are the ones that the evidence supports: LoRA on all linear matrices with a learning rate
about ten times that of full tuning, nearly independent of the rank, and small batches (Schulman et
al. 2025, "LoRA Without Regret"); more passes over few rows, held in check by early stopping. Each
rule returns the value together with the sentence that the user reads beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from luthier.tools.data.model import DatasetInfo
from luthier.tools.estimate.formula import memory_bytes, train_seconds, work_of
from luthier.tools.estimate.machine import Machine
from luthier.tools.language import _
from luthier.tools.models.learning import LearningReport
from luthier.tools.models.reference import ModelReference
from luthier.tools.training.methods.lora import LORA
from luthier.tools.training.passes import (
    fitting_passes,
    reason_for_rows,
    reason_to_fit,
    wanted_passes,
)
from luthier.tools.training.plan import (
    DataPlan,
    EvaluationPlan,
    LoraPlan,
    ModelPlan,
    Plan,
    TrainPlan,
)

Value = TypeVar("Value")

LENGTH_STEP = 16
LENGTH_CAP = 4096
MEMORY_SHARE = 0.85


@dataclass(frozen=True, slots=True)
class Chosen(Generic[Value]):
    """A value and the reason for it."""

    value: Value
    reason: str


def propose_plan(
    dataset: DatasetInfo,
    report: LearningReport,
    reference: ModelReference,
    *,
    minutes: int | None,
    criterion: float | None,
    evaluation: EvaluationPlan,
    machine: Machine,
    name: str,
) -> Plan:
    """A launchable plan for this data, model and machine, with a reason for every value.

    Args:
        dataset: the prepared data set; its training rows decide epochs, batch and rank.
        report: token lengths of the training rows for this model.
        reference: the base model.
        minutes: how long training may take, or None when the user did not say.
        criterion: the score that is good enough, in [0, 1].
        evaluation: how the arms are compared (``evaluation.choose``).
        machine: cores and memory here.
        name: what the user calls this fine-tune.
    """
    rate = LORA.rate(reference.parameters)
    rank = _rank(dataset.train)
    epochs = float(wanted_passes(dataset.train))
    batch = _batch_size(dataset.train)
    length = row_length(report, reference)
    checks = _evaluations_per_epoch(dataset, batch.value, epochs)
    plan = Plan(
        name=name,
        task=dataset.task,
        data=_data_plan(dataset),
        model=ModelPlan(id=reference.id, revision=reference.revision),
        lora=LoraPlan(rank=rank.value, alpha=2 * rank.value),
        train=TrainPlan(
            epochs=epochs,
            batch_size=batch.value,
            learning_rate=rate,
            max_length=length.value,
            evaluations_per_epoch=checks.value,
        ),
        evaluation=evaluation.model_copy(update={"criterion": criterion}),
        reasons={
            "model.id": _model_reason(reference),
            "method": _(LORA.about),
            "lora.rank": rank.reason,
            "lora.alpha": _("twice the rank, which is usual"),
            "lora.dropout": _("early stopping already guards against learning by heart"),
            "lora.layers": _("adapters on every layer learn the most"),
            "train.epochs": reason_for_rows(dataset.train),
            "train.batch_size": batch.reason,
            "train.gradient_accumulation": _("the batch fits into memory as it is"),
            "train.learning_rate": _(LORA.rate_reason),
            "train.scheduler": _(
                "the steps get smaller towards the end, so that the result settles"
            ),
            "train.warmup": _(
                "the first steps are small, so that nothing is torn down at the start"
            ),
            "train.max_length": length.reason,
            "train.gradient_checkpointing": _("memory suffices, and it would cost speed"),
            "train.evaluations_per_epoch": checks.reason,
            "train.patience": _("if the validation loss does not fall 3 times running, it stops"),
            "train.seed": _("makes chance repeatable"),
        },
    )
    plan = _fit_memory(plan, report, reference, machine)
    return _fit_minutes(plan, report, reference, machine, minutes)


def _data_plan(dataset: DatasetInfo) -> DataPlan:
    return DataPlan(
        dataset_id=dataset.id,
        path=dataset.source_path,
        sha256=dataset.source_sha256,
        mapping=dataset.mapping,
        fractions=dataset.fractions,
        seed=dataset.seed,
        exclude=dataset.exclude,
        split=dataset.split,
    )


def _model_reason(reference: ModelReference) -> str:
    size = reference.parameters / 1e6
    shown = (
        _("{size:.0f} million", size=size)
        if size < 1000
        else _("{size:.1f} billion", size=size / 1000)
    )
    licence = _(", licence {licence}", licence=reference.licence) if reference.licence else ""
    return _(
        "{name}: {shown} parameters{licence}", name=reference.name, shown=shown, licence=licence
    )


def _rank(rows: int) -> Chosen[int]:
    if rows >= 5000:
        return Chosen(
            32, _("{rows:,} rows have much to teach, so the adapter gets more room", rows=rows)
        )
    return Chosen(16, _("room enough for {rows:,} rows; more would only cost memory", rows=rows))


def _batch_size(rows: int) -> Chosen[int]:
    if rows < 64:
        return Chosen(4, _("few rows: small batches give more steps to learn in"))
    if rows < 600:
        return Chosen(8, _("small batches learn best with LoRA and still use the machine well"))
    return Chosen(
        16, _("with {rows:,} rows, 16 at a time give calm and sufficient steps", rows=rows)
    )


def row_length(report: LearningReport, reference: ModelReference) -> Chosen[int]:
    """Tokens a row may have, so that nothing is cut that the model could read."""
    longest = report.lengths.high
    rounded = -(-longest // LENGTH_STEP) * LENGTH_STEP
    cap = min(reference.context_length, LENGTH_CAP)
    if rounded <= cap:
        return Chosen(
            max(rounded, 2 * LENGTH_STEP),
            _("your longest row has {longest:,} tokens, so nothing is cut", longest=longest),
        )
    return Chosen(
        cap, _("your longest row has {longest:,} tokens; what goes beyond is cut", longest=longest)
    )


def _evaluations_per_epoch(dataset: DatasetInfo, batch: int, epochs: float) -> Chosen[int]:
    steps = -(-dataset.train // batch)
    if dataset.validation == 0 or steps < 4:
        return Chosen(1, _("an epoch is short here, so one check at its end is enough"))
    if epochs <= 2:
        return Chosen(4, _("the data is seen seldom, so the check comes several times per pass"))
    return Chosen(2, _("often enough to keep the best moment, seldom enough to cost little"))


def _fit_memory(
    plan: Plan, report: LearningReport, reference: ModelReference, machine: Machine
) -> Plan:
    """Smaller batches with accumulation, then recomputation, until the formula fits.

    Both keep what is learned; the rows are never shortened and the model is never swapped unasked.
    """
    limit = machine.memory_available * MEMORY_SHARE
    total = plan.train.batch_size
    while plan.train.batch_size > 1 and _memory(plan, report, reference, machine) > limit:
        smaller = plan.train.batch_size // 2
        plan = _with(
            plan,
            {"batch_size": smaller, "gradient_accumulation": total // smaller},
            {
                "train.batch_size": _("as many rows as fit into this machine's memory at a time"),
                "train.gradient_accumulation": _("added up to {total} rows per step", total=total),
            },
        )
    if _memory(plan, report, reference, machine) > limit:
        plan = _with(
            plan,
            {"gradient_checkpointing": True},
            {"train.gradient_checkpointing": _("saves memory that this machine does not have")},
        )
    return plan


def _fit_minutes(
    plan: Plan,
    report: LearningReport,
    reference: ModelReference,
    machine: Machine,
    minutes: int | None,
) -> Plan:
    """Fewer passes, then adapters in the upper half only, when the user's minutes are short."""
    if minutes is None or _seconds(plan, report, reference, machine) <= minutes * 60:
        return plan
    wanted = plan.train.epochs
    one = _seconds(plan, report, reference, machine) / wanted
    if minutes * 60 < one * min(2.0, wanted):
        plan = plan.model_copy(
            update={
                "lora": plan.lora.model_copy(update={"layers": "upper_half"}),
                "reasons": plan.reasons
                | {
                    "lora.layers": _(
                        "only the upper half, because that is faster and you have {minutes} minutes",
                        minutes=minutes,
                    )
                },
            }
        )
        one = _seconds(plan, report, reference, machine) / wanted
    epochs = fitting_passes(minutes * 60, one, wanted)
    reason = reason_to_fit(epochs, wanted, minutes)
    if one * epochs > minutes * 60:
        reason = _(
            "seeing your rows less often teaches little; expect about {needed:.0f} minutes instead "
            "of {minutes}",
            needed=one * epochs / 60,
            minutes=minutes,
        )
    return _with(plan, {"epochs": epochs}, {"train.epochs": reason})


def _with(plan: Plan, train: dict[str, object], reasons: dict[str, str]) -> Plan:
    return plan.model_copy(
        update={
            "train": plan.train.model_copy(update=train),
            "reasons": plan.reasons | reasons,
        }
    )


def _memory(plan: Plan, report: LearningReport, reference: ModelReference, machine: Machine) -> int:
    return memory_bytes(plan, work_of(plan, report), reference, machine)


def _seconds(
    plan: Plan, report: LearningReport, reference: ModelReference, machine: Machine
) -> float:
    return train_seconds(plan, work_of(plan, report), reference, machine)
