"""A plan by another method: what has to change along, with the reasons."""

from __future__ import annotations

from collections.abc import Collection

from luthier.tools.language import _
from luthier.tools.training.methods.allowed import Holdings
from luthier.tools.training.methods.lora import LORA
from luthier.tools.training.methods.registry import method_of
from luthier.tools.training.passes import wanted_passes
from luthier.tools.training.plan import Plan

SMALLEST_BATCH_OF_MARKS = 4
"""KTO compares each row with its neighbours in the batch."""


def switched(plan: Plan, parameters: int, held: Holdings, named: Collection[str]) -> Plan:
    """``plan``, whose method has just changed, with what suits the new one.

    Args:
        plan: has the new method already.
        parameters: of the base model.
        held: what the training rows hold.
        named: dotted fields that the user chose; they stay.
    """
    method = method_of(plan)
    values: dict[str, dict[str, object]] = {"train": {}, "preference": {}}
    reasons: dict[str, str] = {"method": _(method.about)}

    def choose(part: str, name: str, value: object, reason: str) -> None:
        if f"{part}.{name}" not in named:
            values[part][name] = value
            reasons[f"{part}.{name}"] = reason

    choose("train", "learning_rate", method.rate(parameters), _(method.rate_reason))
    usual = min(float(wanted_passes(held.rows)), method.most_epochs)
    if plan.train.epochs > method.most_epochs:
        reason = _("with this method, more passes mostly learn by heart")
        choose("train", "epochs", method.most_epochs, reason)
    elif plan.train.epochs != usual and "train.epochs" not in plan.asked:
        choose("train", "epochs", usual, _("usual for {rows:,} rows", rows=held.rows))
    if method.reads == "judged":
        if plan.train.batch_size < SMALLEST_BATCH_OF_MARKS:
            reason = _("KTO compares each row with its neighbours in the batch")
            choose("train", "batch_size", SMALLEST_BATCH_OF_MARKS, reason)
        wanted, unwanted = held.rows, held.unwanted + held.pairs
        weights = {"wanted_weight": unwanted / wanted, "unwanted_weight": wanted / unwanted}
        for name, weight in weights.items():
            reason = _(
                "{wanted} wanted and {unwanted} unwanted answers weigh the same in all",
                wanted=wanted,
                unwanted=unwanted,
            )
            choose("preference", name, round(max(1.0, weight), 2), reason)
    if method.reads != "answers" and "preference.beta" not in named:
        reasons["preference.beta"] = _("usual; smaller lets the model move further from the base")
    return plan.model_copy(
        update={
            "train": plan.train.model_copy(update=values["train"]),
            "preference": plan.preference.model_copy(update=values["preference"]),
            "reasons": plan.reasons | reasons,
        }
    )


def offered(held: Holdings) -> str:
    """Why a plan begins with LoRA on answers, and what else these rows would allow."""
    reason = _(LORA.about)
    if held.pairs:
        return reason + _("; your pairs also allow “use DPO”, “use ORPO” or “use KTO”")
    if held.unwanted:
        return reason + _("; your marks also allow “use KTO”")
    return reason
