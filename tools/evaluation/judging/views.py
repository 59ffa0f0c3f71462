"""Verdicts of judges as pictures."""

from __future__ import annotations

from luthier.tools.evaluation.judging.agreement import agreement_of
from luthier.tools.evaluation.judging.pairs import Pair
from luthier.tools.evaluation.model import Evaluation
from luthier.tools.evaluation.words import points
from luthier.tools.language import _
from luthier.tools.views import Sample, Samples, Table

A, B = "A", "B"


def pair_view(pair: Pair, number: int, total: int) -> Samples:
    """One pair as the user rates it: nothing says whose answer is which."""
    first, second = pair.shown
    return Samples(
        title=_("Pair {number} of {total}: which answer is better?", number=number, total=total),
        samples=(
            Sample(prompt=pair.prompt, expected=pair.expected, answers=((A, first), (B, second))),
        ),
    )


def judging_table(evaluation: Evaluation) -> Table | None:
    """What the judge and the user found better, and how far they agree; None before either."""
    judged, rated = evaluation.judged, evaluation.rated
    if judged is None and not rated:
        return None
    rows: list[tuple[str, ...]] = []
    notes = []
    if judged is not None:
        tuned, other, ties = (judged.count(each) for each in ("tuned", "other", "tie"))
        rows.append((judged.judge, str(tuned), str(other), str(ties)))
        notes.append(
            _(
                "The judge saw every pair in both orders; a tie is also what it preferred in one order "
                "only ({disagreed} pairs).",
                disagreed=judged.disagreed,
            )
        )
        notes.append(
            _(
                "Wins minus losses: {value} points, 95% interval {low} to {high}{chance}.",
                value=points((tuned - other) / max(len(judged.rows), 1)),
                low=points(judged.low),
                high=points(judged.high),
                chance=_("; the difference could be chance") if judged.p_value >= 0.05 else "",
            )
        )
        notes.append(_("Rubric: {rubric}", rubric=judged.rubric))
    if rated:
        mine = [one.better for one in rated]
        rows.append((_("you"), *(str(mine.count(each)) for each in ("tuned", "other", "tie"))))
    found = agreement_of(evaluation)
    if found is not None:
        kappa = "–" if found.kappa is None else f"{found.kappa:.2f}"
        notes.append(
            _(
                "You and the judge agree on {same} of {pairs} pairs (kappa {kappa}): {words}.",
                same=found.same,
                pairs=found.pairs,
                kappa=kappa,
                words=found.words,
            )
        )
    comparison = evaluation.comparison
    other_arm = evaluation.arm(comparison.best_alternative) if comparison else None
    return Table(
        title=_("Which answers were found better, side by side"),
        columns=(
            _("judge"),
            _("tuned model"),
            other_arm.label if other_arm else _("the alternative"),
            _("tie"),
        ),
        rows=tuple(rows),
        notes=tuple(notes),
    )
