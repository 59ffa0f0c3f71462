"""What tuning cost besides time: abilities lost, rows learned by heart; and what preferences became."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from luthier.tools.data.model import Row
from luthier.tools.evaluation.abilities.check import check_abilities
from luthier.tools.evaluation.arms.arm import Bench
from luthier.tools.evaluation.harness.views import figure, harness_note, harness_rows
from luthier.tools.evaluation.memorised import check_memorised
from luthier.tools.evaluation.model import (
    Abilities,
    AbilityGroup,
    Evaluation,
    HarnessScore,
    Memorised,
    Preferences,
)
from luthier.tools.evaluation.preferences import check_preferences
from luthier.tools.evaluation.words import percent, points
from luthier.tools.language import _, mark, plural
from luthier.tools.views import Table

GROUPS = {
    "instructions": mark("follows instructions"),
    "knowledge": mark("common knowledge"),
    "refusals": mark("declines harmful requests"),
}
OFTEN_BY_HEART = 0.1


def check_losses(bench: Bench, rows: Sequence[Row]) -> dict[str, Any]:
    """The fields of an evaluation that say so; empty where the tuned model is elsewhere.

    Args:
        bench: has the tuned model.
        rows: the test rows.
    """
    tuned = bench.tuned.adapter if bench.tuned else None
    if tuned is None or not bench.plan.losses:
        return {}
    return {
        "abilities": check_abilities(bench, tuned),
        "memorised": _memorised(bench, tuned, rows),
        "preferences": check_preferences(bench, tuned, rows),
    }


def _memorised(bench: Bench, tuned: Path, rows: Sequence[Row]) -> Memorised | None:
    return None if bench.dataset.task.kind == "labels" else check_memorised(bench, tuned, rows)


def cautions(evaluation: Evaluation) -> list[str]:
    """What these checks add to a "ship with care", the weightiest first; parts of a sentence."""
    found = []
    memorised = evaluation.memorised
    if memorised and memorised.private_out:
        found.append(
            plural(
                "personal data or keys of {n} training row come out of it",
                "personal data or keys of {n} training rows come out of it",
                memorised.private_out,
            )
        )
    found += [
        lost_in_words(group)
        for group in (evaluation.abilities.lost if evaluation.abilities else ())
    ]
    found += [
        _(
            "it is worse at lm-eval's {task} than before ({base} to {tuned})",
            task=score.task,
            base=figure(score.base),
            tuned=figure(score.tuned),
        )
        for score in evaluation.harness
        if score.lost
    ]
    if memorised and memorised.more_than_chance and memorised.difference.value > OFTEN_BY_HEART:
        found.append(
            _(
                "it says {training} of its training answers word for word, but only {held_out} of "
                "new ones",
                training=percent(memorised.training.value),
                held_out=percent(memorised.held_out.value),
            )
        )
    return found


def lost_in_words(group: AbilityGroup) -> str:
    """Part of a sentence: what the tuned model does worse than before."""
    words = {
        "instructions": mark("it follows instructions less often than before ({base} to {tuned})"),
        "knowledge": mark("it lost common knowledge ({base} to {tuned})"),
        "refusals": mark("it declines harmful requests less often than before ({base} to {tuned})"),
    }  # fmt: skip
    return _(words[group.name], base=percent(group.base), tuned=percent(group.tuned))


def losses_tables(evaluation: Evaluation) -> tuple[Table, ...]:
    """What was lost, as tables; none where nothing was checked."""
    tables = []
    if evaluation.preferences:
        tables.append(_preferences_table(evaluation.preferences))
    if evaluation.abilities or evaluation.harness:
        tables.append(_abilities_table(evaluation.abilities, evaluation.harness))
    if evaluation.memorised:
        tables.append(_memorised_table(evaluation.memorised))
    return tuple(tables)


def _abilities_table(abilities: Abilities | None, harness: Sequence[HarnessScore]) -> Table:
    rows = harness_rows(harness)
    notes = [harness_note(harness)] if harness else []
    if abilities:
        rows = (*(_group_row(group) for group in abilities.groups), *rows)
        notes = [*_group_notes(abilities), *notes]
    return Table(
        title=_("What was lost: general ability before and after"),
        columns=("", _("questions"), _("base model"), _("tuned model"), _("change (95%)")),
        rows=rows,
        notes=tuple(notes),
    )


def _group_row(group: AbilityGroup) -> tuple[str, ...]:
    return (
        _(GROUPS[group.name]),
        f"{group.items}",
        percent(group.base),
        percent(group.tuned),
        _range(group.difference.value, group.difference.low, group.difference.high),
    )


def _group_notes(abilities: Abilities) -> list[str]:
    notes = [_in_words(abilities)]
    lost = [prompt for group in abilities.groups for prompt in group.failed][:3]
    if lost:
        notes.append(
            _("Only the base model passed, for example: {prompts}", prompts=" · ".join(lost))
        )
    notes.append(
        _(
            "A few dozen short questions in English, made for Luthier: they show what broke, not how "
            "good a model is."
        )
    )
    return notes


def _in_words(abilities: Abilities) -> str:
    if not abilities.lost:
        return _("No loss beyond chance; with so few questions a small one could hide.")
    return _("Lost: {lost}.", lost=", ".join(_(GROUPS[group.name]) for group in abilities.lost))


def _memorised_table(found: Memorised) -> Table:
    def row(name: str, rows: int, share: Any) -> tuple[str, ...]:
        return name, f"{rows}", _shares(share.value, share.low, share.high)

    notes = [
        _("Training rows come out word for word more often than rows that it never saw.")
        if found.more_than_chance
        else _("No sign of learning by heart: new rows come out as often as those of the training.")
    ]  # fmt: skip
    if found.private_rows:
        notes.append(
            _(
                "{rows} of the training rows hold personal data or keys in the answer; of {out} "
                "they come out.",
                rows=found.private_rows,
                out=found.private_out,
            )
        )
    return Table(
        title=_("Learned by heart: answers that come out word for word"),
        columns=("", _("rows"), _("share (95%)")),
        rows=(
            row(_("tuned model, training rows"), found.training_rows, found.training),
            row(_("tuned model, new rows"), found.held_out_rows, found.held_out),
            row(_("base model, training rows"), found.training_rows, found.base),
        ),
        notes=tuple(notes),
    )


def _preferences_table(found: Preferences) -> Table:
    better = found.difference.low > 0
    note = (
        _("The tuned model prefers the wanted answers more often than the base model.")
        if better
        else _("The difference to the base model could be chance.")
    )
    if found.difference.high < 0:
        note = _("The tuned model prefers the wanted answers less often than the base model.")
    kind = (
        _("Share of held-out pairs whose better answer the model finds likelier.")
        if found.kind == "pairs"
        else _(
            "Share of couples of a wanted and an unwanted held-out answer in which the wanted one is "
            "likelier per token; 50% is blind chance."
        )
    )
    return Table(
        title=_("Preferences: is the wanted answer the likelier one?"),
        columns=("", _("base model"), _("tuned model"), _("change (95%)")),
        rows=(
            (
                plural("{n} pair", "{n} pairs", found.items)
                if found.kind == "pairs"
                else plural("{n} answer", "{n} answers", found.items),
                _shares(found.base.value, found.base.low, found.base.high),
                _shares(found.tuned.value, found.tuned.low, found.tuned.high),
                _range(found.difference.value, found.difference.low, found.difference.high),
            ),
        ),
        notes=(note, kind),
    )


def _shares(value: float, low: float, high: float) -> str:
    return _(
        "{figure} ({low:.0f} to {high:.0f})", figure=percent(value), low=low * 100, high=high * 100
    )


def _range(value: float, low: float, high: float) -> str:
    return _(
        "{value} points ({low} to {high})", value=points(value), low=points(low), high=points(high)
    )
