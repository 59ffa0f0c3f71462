"""Fitting a measured plan to the minutes that the user would spend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from luthier.tools.catalog.base import ToolContext
from luthier.tools.catalog.learning import measure_tokens, reference_for
from luthier.tools.estimate.machine import measure_machine
from luthier.tools.estimate.rescale import rescaled
from luthier.tools.training.passes import refit
from luthier.tools.training.plan import Estimate, Plan


@dataclass(frozen=True, slots=True)
class Refitted:
    """The plan with fitting passes, what it will take, and the words that say so."""

    plan: Plan
    estimate: Estimate
    words: str

    def facts(self, preflight_job: str) -> dict[str, Any]:
        """The changed facts; the measurement still holds, since a step is what it was."""
        return {
            "plan": self.plan.model_dump(mode="json"),
            "estimate": self.estimate.model_dump(mode="json"),
            "preflight_job": preflight_job,
        }


def fit_to_minutes(
    context: ToolContext, plan: Plan, measured: Estimate, minutes: int | None
) -> Refitted | None:
    """The plan fitted to the user's minutes; None where it fits or its passes were asked for."""
    if not measured.measured:
        return None
    report = measure_tokens(context, plan.train.max_length)
    fitted = refit(plan, measured, report.rows, minutes)
    if fitted is None:
        return None
    reference, machine = reference_for(context), measure_machine(context.workspace)
    estimate = rescaled(measured, plan, fitted.plan, report, reference, machine)
    return Refitted(fitted.plan, estimate, fitted.words) if estimate else None
