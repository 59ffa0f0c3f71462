"""A plan and its estimate as pictures: every value with its reason, then memory, time and disk."""

from __future__ import annotations

from typing import Any

from luthier.tools.evaluation.metrics import find_metric
from luthier.tools.language import _, mark
from luthier.tools.training.methods.registry import METHODS, method_of
from luthier.tools.training.plan import Estimate, Plan
from luthier.tools.training.plan_fields import fields_of
from luthier.tools.views import Callout, Setting, Settings, View
from luthier.tools.wording import duration, size

EVALUATION_REASONS = {
    "evaluation.metric": mark("the measure that decides for this kind of task"),
    "evaluation.criterion": mark("what you said is good enough"),
    "evaluation.max_new_tokens": mark("no answer in your data is longer"),
    "evaluation.max_rows": mark("the most test rows that are answered"),
    "evaluation.batch_size": mark("answers generated at a time"),
}


def plan_views(
    plan: Plan, estimate: Estimate | None, *, changeable: bool = True
) -> tuple[View, ...]:
    """The plan with reasons; the estimate below it; a warning where it does not fit.

    Args:
        changeable: whether the user can say here what is to be changed.
    """
    views: list[View] = [_plan_settings(plan, changeable=changeable)]
    if estimate is not None:
        views.append(_estimate_settings(estimate, adapter=method_of(plan).adapter))
        if not estimate.fits:
            views.append(_does_not_fit(estimate))
    return tuple(views)


def _plan_settings(plan: Plan, *, changeable: bool) -> Settings:
    document = plan.model_dump()
    settings = []
    for field in fields_of(plan):
        value: Any = document
        for part in field.path.split("."):
            value = value[part]
        if value in (None, "") or field.path == "name" or not _matters(plan, field.path):
            continue
        if field.path == "evaluation.price_per_hour" and not value:  # not named by the user
            continue
        reason = plan.reasons.get(field.path) or _(EVALUATION_REASONS.get(field.path, ""))
        settings.append(
            Setting(name=_(field.label), value=_shown(field.path, value), reason=reason)
        )
    return Settings(
        title=_("Plan: {name}", name=plan.name),
        settings=tuple(settings),
        notes=(_("Say what you want changed, such as “use 2 epochs” or “rank 32”."),)
        if changeable
        else (),
    )


def _matters(plan: Plan, path: str) -> bool:
    """Whether the method of the plan reads this setting."""
    method = method_of(plan)
    if path.startswith("lora."):
        return method.adapter
    if path == "preference.beta":
        return method.reads != "answers"
    return not path.startswith("preference.") or method.reads == "judged"


def shown_value(plan: Plan, path: str) -> str:
    """The value at a dotted path as the plan's table shows it."""
    value: object = plan
    for part in path.split("."):
        value = getattr(value, part)
    return _shown(path, value)


def _shown(path: str, value: object) -> str:
    if isinstance(value, bool):
        return _("on") if value else _("off")
    if path in ("evaluation.criterion", "train.warmup"):
        return f"{value:.0%}"
    if path == "train.learning_rate":
        return f"{value:.0e}".replace("e-0", "e-") if float(f"{value:.0e}") == value else f"{value}"
    if isinstance(value, float):
        return f"{value:g}"
    if path == "method":
        return _(next(one.title for one in METHODS.values() if one.name == value))
    if path == "evaluation.metric":
        return f"{_(find_metric(str(value)).title)} ({value})"
    if path == "lora.layers":
        return _("upper half") if value == "upper_half" else _("all")
    return str(value)


def _estimate_settings(estimate: Estimate, *, adapter: bool) -> Settings:
    settings = [
        Setting(
            name=_("time to train"),
            value=_(
                "{low} to {high}",
                low=duration(estimate.train_seconds_low),
                high=duration(estimate.train_seconds_high),
            ),
            reason=_(
                "{steps:,} steps at about {tokens_per_second:,.0f} tokens per second",
                steps=estimate.steps,
                tokens_per_second=estimate.tokens_per_second,
            ),
        ),
        Setting(
            name=_("time to evaluate"),
            value=_("about {time}", time=duration(estimate.evaluate_seconds)),
            reason=_("one answer for each test row"),
        ),
        Setting(
            name=_("memory"),
            value=size(estimate.memory_bytes),
            reason=_("{size} are free now", size=size(estimate.available_bytes)),
        ),
        Setting(
            name=_("disk"),
            value=size(estimate.disk_bytes),
            reason=_("{size} are free now", size=size(estimate.free_disk_bytes)),
        ),
    ]
    if estimate.trained_parameters:
        settings.append(
            Setting(
                name=_("trained parameters"),
                value=f"{estimate.trained_parameters:,}",
                reason=_("the adapter; the base model itself stays as it is")
                if adapter
                else _("all of the model"),
            )
        )
    return Settings(
        title=_("Estimate, measured with real steps")
        if estimate.measured
        else _("Estimate, from formulas"),
        settings=tuple(settings),
        notes=estimate.notes,
    )


def _does_not_fit(estimate: Estimate) -> Callout:
    lines = []
    if estimate.memory_bytes > estimate.available_bytes:
        lines.append(
            _(
                "It needs {memory_bytes} of memory and {available_bytes} are free: close other "
                "programs, or say “batch size 1” or “turn on gradient checkpointing”.",
                memory_bytes=size(estimate.memory_bytes),
                available_bytes=size(estimate.available_bytes),
            )
        )
    if estimate.disk_bytes > estimate.free_disk_bytes:
        lines.append(
            _(
                "It needs {disk_bytes} of disk and {free_disk_bytes} are free: free some space first.",
                disk_bytes=size(estimate.disk_bytes),
                free_disk_bytes=size(estimate.free_disk_bytes),
            )
        )
    return Callout(
        tone="bad", headline=_("This plan does not fit on this machine."), lines=tuple(lines)
    )
