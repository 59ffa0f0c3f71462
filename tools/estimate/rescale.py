"""A measured estimate carried over to a changed plan where only the time scales.

More epochs do not change what a step takes, so the step that the pre-flight measured still holds. A
change of anything that a step consists of (batch, length, rank, layers, model) needs a new
measurement.
"""

from __future__ import annotations

from typing import Any

from luthier.tools.estimate.formula import (
    LOAD_SECONDS,
    estimate_plan,
    evaluate_seconds,
    total_steps,
    work_of,
)
from luthier.tools.estimate.machine import Machine
from luthier.tools.language import _
from luthier.tools.models.learning import LearningReport
from luthier.tools.models.reference import ModelReference
from luthier.tools.training.plan import Estimate, Plan

MEASURED_LOW, MEASURED_HIGH = 0.85, 1.4
"""How far a run may be from what its measured steps promise."""

RECKONED_LOW, RECKONED_HIGH = 0.7, 1.7
"""The same for a plan that was changed after the measurement."""

_SAME_STEP: Any = {
    "name": True,
    "reasons": True,
    "asked": True,
    "evaluation": True,
    "preference": True,
    "lora": {"alpha"},
    "train": {
        "epochs",
        "learning_rate",
        "scheduler",
        "warmup",
        "evaluations_per_epoch",
        "patience",
        "seed",
    },
}
"""What may change without changing the memory or the time of one step."""


def rescaled(
    measured: Estimate | None,
    old: Plan,
    new: Plan,
    report: LearningReport,
    reference: ModelReference,
    machine: Machine,
) -> Estimate | None:
    """``measured`` for the plan ``new``, or None where only a new measurement could tell."""
    if measured is None or not measured.measured or not measured.epoch_seconds:
        return None
    if old.model_dump(exclude=_SAME_STEP) != new.model_dump(exclude=_SAME_STEP):
        return None
    seconds = training_seconds(
        new, measured.load_seconds, measured.epoch_seconds, measured.check_seconds
    )
    return measured.model_copy(
        update={
            "train_seconds": seconds,
            "train_seconds_low": seconds * MEASURED_LOW,
            "train_seconds_high": seconds * MEASURED_HIGH,
            "evaluate_seconds": _evaluate_seconds(measured, old, new, report, reference, machine),
            "steps": total_steps(new, report.rows),
        }
    )


def reckoned(
    measured: Estimate,
    old: Plan,
    new: Plan,
    report: LearningReport,
    reference: ModelReference,
    machine: Machine,
) -> Estimate:
    """The formula's estimate of ``new``, corrected by how far it was from what ``old`` measured.

    It is no measurement of the new plan, but knows how fast and how busy this machine is.
    """
    before, after = (estimate_plan(plan, report, reference, machine) for plan in (old, new))

    def corrected(name: str) -> float:
        return float(
            getattr(after, name) * getattr(measured, name) / max(getattr(before, name), 1e-9)
        )

    seconds = corrected("train_seconds")
    return after.model_copy(
        update={
            "memory_bytes": int(corrected("memory_bytes")),
            "train_seconds": seconds,
            "train_seconds_low": seconds * RECKONED_LOW,
            "train_seconds_high": seconds * RECKONED_HIGH,
            "evaluate_seconds": corrected("evaluate_seconds"),
            "tokens_per_second": round(corrected("tokens_per_second"), 1),
            "notes": (_("reckoned from what was measured for the plan before this change"),),
        }
    )


def training_seconds(
    plan: Plan, load_seconds: float, epoch_seconds: float, check_seconds: float
) -> float:
    """Seconds of the whole training: loading, every epoch, and every validation."""
    checks = plan.train.epochs * plan.train.evaluations_per_epoch + 1
    return load_seconds + plan.train.epochs * epoch_seconds + checks * check_seconds


def _evaluate_seconds(
    measured: Estimate,
    old: Plan,
    new: Plan,
    report: LearningReport,
    reference: ModelReference,
    machine: Machine,
) -> float:
    """The time to answer the test rows grows with their number and with the longest answer."""
    before, after = (
        evaluate_seconds(plan, work_of(plan, report), reference, machine) - LOAD_SECONDS
        for plan in (old, new)
    )
    generating = measured.evaluate_seconds - measured.load_seconds
    return measured.load_seconds + generating * after / max(before, 1e-9)
