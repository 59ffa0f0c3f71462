"""The tuned model against every alternative, one line each, as a picture."""

from __future__ import annotations

from luthier.tools.evaluation.model import Against, Evaluation
from luthier.tools.evaluation.words import points
from luthier.tools.language import _
from luthier.tools.views import Table


def against_table(evaluation: Evaluation) -> Table | None:
    """Difference, wins and p-value per alternative; None where there is but one or none."""
    comparison = evaluation.comparison
    if comparison is None or len(comparison.against) < 2:
        return None
    against = comparison.against
    return Table(
        title=_("The tuned model against each alternative"),
        columns=("", _("difference"), _("95% interval"), _("better / worse"), _("could be chance")),
        rows=tuple(_line(evaluation, one) for one in against),
        notes=(
            _(
                "Difference and interval are in points. The last column is how often luck alone "
                "would part two equal arms as far, allowing for all {number} looks (Holm).",
                number=len(against),
            ),
        ),
        highlight=[one.arm for one in against].index(comparison.best_alternative),
    )


def _line(evaluation: Evaluation, one: Against) -> tuple[str, ...]:
    arm = evaluation.arm(one.arm)
    low, high = points(one.difference.low), points(one.difference.high)
    return (
        arm.label if arm else one.arm,
        points(one.difference.value),
        _("{low} to {high}", low=low, high=high),
        f"{one.wins} / {one.losses}",
        _("yes ({chance:.0%})", chance=one.p_adjusted)
        if one.p_adjusted >= 0.05
        else _("hardly ({chance})", chance=_chance(one.p_adjusted)),
    )


def _chance(p_value: float) -> str:
    return f"{p_value:.1%}" if p_value >= 0.001 else _("less than 0.1%")
