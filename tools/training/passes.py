"""How often the rows are seen: what so many rows want, and what fits into the user's minutes.

Before anything was run a formula says what fits; once the pre-flight has measured this machine, the
measurement does. A number of passes that the user asked for is never changed.
"""

from __future__ import annotations

from dataclasses import dataclass

from luthier.tools.language import _
from luthier.tools.training.plan import Estimate, Plan
from luthier.tools.wording import duration

EPOCHS = "train.epochs"
FEWEST = 0.25
ROOM = 0.85
"""Share of the user's minutes that is planned for: a computer that works hard for minutes grows slower
than it was when it was measured."""
FEW = 0.5
"""Below this share of the wanted passes a training may well end before it has learned enough."""


def wanted_passes(rows: int) -> int:
    """How often so many rows are best seen; early stopping guards against learning by heart."""
    for limit, passes in ((30, 12), (100, 10), (300, 8), (1000, 6), (5000, 2)):
        if rows < limit:
            return passes
    return 1


def fitting_passes(seconds: float, one_pass: float, wanted: float) -> float:
    """As many of the ``wanted`` passes as fit: whole ones, or quarters of the only one."""
    fitting = max(FEWEST, int(seconds / max(one_pass, 1e-9) * 4) / 4)
    return min(wanted, float(int(fitting)) if fitting >= 1 else fitting)


def reason_to_fit(passes: float, wanted: float, minutes: int) -> str:
    """Why the rows are seen less often than they would be with all the time in the world."""
    return _(
        "{epochs:g} instead of {wanted:g}, to fit into your {minutes} minutes",
        epochs=passes,
        wanted=wanted,
        minutes=minutes,
    )


def reason_for_rows(rows: int) -> str:
    """Why the rows are seen as often as they want to be."""
    passes = wanted_passes(rows)
    if passes == 1:
        return _("{rows:,} rows are many; seeing each once is usually enough", rows=rows)
    few = _("few rows need to be seen more often") if passes >= 5 else _("enough for this many")
    return _(
        "your {rows:,} rows are seen {epochs} times: {few}; it stops early if worse",
        rows=rows,
        epochs=passes,
        few=few,
    )


@dataclass(frozen=True, slots=True)
class Refit:
    """A plan whose passes were fitted to the measured speed, and the words that say so."""

    plan: Plan
    words: str


def refit(plan: Plan, measured: Estimate, rows: int, minutes: int | None) -> Refit | None:
    """Fit the passes to the user's minutes; None where they fit already or were asked for.

    Args:
        plan: the plan that was measured.
        measured: its estimate, from real steps.
        rows: training rows.
        minutes: how long the user would let it train; None where that was not said.
    """
    if minutes is None or not measured.epoch_seconds or EPOCHS in plan.asked:
        return None
    one = measured.epoch_seconds + plan.train.evaluations_per_epoch * measured.check_seconds
    room = minutes * 60 * ROOM - measured.load_seconds - measured.check_seconds
    wanted, before = float(wanted_passes(rows)), plan.train.epochs
    passes = fitting_passes(room, one, wanted)
    if passes == before:
        return None
    reason = reason_for_rows(rows) if passes == wanted else reason_to_fit(passes, wanted, minutes)
    fitted = plan.model_copy(
        update={
            "train": plan.train.model_copy(update={"epochs": passes}),
            "reasons": plan.reasons | {EPOCHS: reason},
        }
    )
    return Refit(fitted, _words(passes, before, wanted, one, minutes))


def _words(passes: float, before: float, wanted: float, one: float, minutes: int) -> str:
    if passes > before:
        return _(
            "One pass over your rows takes about {one} here, less than I had thought, so I plan for "
            "**{passes:g}** passes instead of {before:g}; they fit into your {minutes} minutes.",
            one=duration(one),
            passes=passes,
            before=before,
            minutes=minutes,
        )
    said = _(
        "One pass over your rows takes about {one} here, so I plan for **{passes:g}** instead of "
        "{before:g} to stay within your {minutes} minutes.",
        one=duration(one),
        passes=passes,
        before=before,
        minutes=minutes,
    )
    if passes >= wanted * FEW:
        return said
    return f"{said} " + _(
        "That is little to learn from. If you have the time, say “use {wanted:g} epochs”: about {time}.",
        wanted=wanted,
        time=duration(one * wanted),
    )
