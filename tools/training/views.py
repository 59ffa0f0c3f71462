"""A plan and its estimate as pictures: every value with its reason, then memory, time and disk."""

from __future__ import annotations

from typing import Any

from luthier.tools.training.changes import FIELDS
from luthier.tools.training.plan import Estimate, Plan
from luthier.tools.views import Callout, Setting, Settings, View

EVALUATION_REASONS = {
    "evaluation.metric": "the measure that decides for this kind of task",
    "evaluation.criterion": "what you said is good enough",
    "evaluation.max_new_tokens": "no answer in your data is longer",
    "evaluation.max_rows": "the most test rows that are answered",
    "evaluation.batch_size": "answers generated at a time",
}


def plan_views(plan: Plan, estimate: Estimate | None) -> tuple[View, ...]:
    """The plan with reasons; the estimate below it; a warning where it does not fit."""
    views: list[View] = [_plan_settings(plan)]
    if estimate is not None:
        views.append(_estimate_settings(estimate))
        if not estimate.fits:
            views.append(_does_not_fit(estimate))
    return tuple(views)


def _plan_settings(plan: Plan) -> Settings:
    document = plan.model_dump()
    settings = []
    for field in FIELDS:
        value: Any = document
        for part in field.path.split("."):
            value = value[part]
        if value in (None, "") or field.path == "name":
            continue
        reason = plan.reasons.get(field.path) or EVALUATION_REASONS.get(field.path, "")
        settings.append(Setting(name=field.label, value=_shown(field.path, value), reason=reason))
    return Settings(
        title=f"Plan: {plan.name}",
        settings=tuple(settings),
        notes=("Say what you want changed, such as “use 2 epochs” or “rank 32”.",),
    )


def _shown(path: str, value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if path in ("evaluation.criterion", "train.warmup"):
        return f"{value:.0%}"
    if path == "train.learning_rate":
        return f"{value:.0e}".replace("e-0", "e-") if float(f"{value:.0e}") == value else f"{value}"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value).replace("_", " ") if path == "lora.layers" else str(value)


def _estimate_settings(estimate: Estimate) -> Settings:
    basis = "measured with real steps" if estimate.measured else "from formulas"
    settings = [
        Setting(
            name="time to train",
            value=f"{duration(estimate.train_seconds_low)} to "
            f"{duration(estimate.train_seconds_high)}",
            reason=f"{estimate.steps:,} steps at about "
            f"{estimate.tokens_per_second:,.0f} tokens per second",
        ),
        Setting(
            name="time to evaluate",
            value=f"about {duration(estimate.evaluate_seconds)}",
            reason="one answer for each test row",
        ),
        Setting(
            name="memory",
            value=size(estimate.memory_bytes),
            reason=f"{size(estimate.available_bytes)} are free now",
        ),
        Setting(
            name="disk",
            value=size(estimate.disk_bytes),
            reason=f"{size(estimate.free_disk_bytes)} are free now",
        ),
    ]
    if estimate.trained_parameters:
        settings.append(
            Setting(
                name="trained parameters",
                value=f"{estimate.trained_parameters:,}",
                reason="the adapter; the base model itself stays as it is",
            )
        )
    return Settings(title=f"Estimate, {basis}", settings=tuple(settings), notes=estimate.notes)


def _does_not_fit(estimate: Estimate) -> Callout:
    lines = []
    if estimate.memory_bytes > estimate.available_bytes:
        lines.append(
            f"It needs {size(estimate.memory_bytes)} of memory and "
            f"{size(estimate.available_bytes)} are free: close other programs, or say "
            "“batch size 1” or “gradient checkpointing on”."
        )
    if estimate.disk_bytes > estimate.free_disk_bytes:
        lines.append(
            f"It needs {size(estimate.disk_bytes)} of disk and "
            f"{size(estimate.free_disk_bytes)} are free: free some space first."
        )
    return Callout(
        tone="bad", headline="This plan does not fit on this machine.", lines=tuple(lines)
    )


def duration(seconds: float) -> str:
    """A time span as a person says it: ``40 seconds``, ``3 minutes``, ``2.5 hours``."""
    if seconds < 90:
        return f"{max(1, round(seconds))} second{'s' if round(seconds) > 1 else ''}"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} minutes"
    return f"{seconds / 3600:.1f} hours"


def size(count: int) -> str:
    """Bytes as a person reads them, with decimal units."""
    if count >= 1_000_000_000:
        return f"{count / 1e9:.1f} GB"
    return f"{max(0, round(count / 1e6))} MB"
