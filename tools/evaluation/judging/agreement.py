"""How far a judge and the user agree, beyond what chance would give."""

from __future__ import annotations

from dataclasses import dataclass

from luthier.tools.evaluation.model import Evaluation
from luthier.tools.language import _

FEWEST = 6


@dataclass(frozen=True, slots=True)
class Agreement:
    """Cohen's kappa (1960) over the pairs that both have judged; None where all say the same."""

    pairs: int
    same: int
    kappa: float | None

    @property
    def words(self) -> str:
        """How good that is, in the words of Landis and Koch (1977)."""
        if self.kappa is None:
            return _("both always chose the same, so it cannot be told from chance")
        steps = (
            (0.2, _("hardly better than guessing: do not go by this judge")),
            (0.4, _("fair: take its verdicts as a hint")),
            (0.6, _("moderate")),
            (0.8, _("good")),
        )
        return next((said for limit, said in steps if self.kappa < limit), _("very good"))


def agreement_of(evaluation: Evaluation) -> Agreement | None:
    """The judge against the user's ratings; None where either is missing or too few are shared."""
    from sklearn.metrics import cohen_kappa_score

    if evaluation.judged is None:
        return None
    by_judge = {row.row_id: row.better for row in evaluation.judged.rows}
    pairs = [
        (one.better, by_judge[one.row_id]) for one in evaluation.rated if one.row_id in by_judge
    ]
    if len(pairs) < FEWEST:
        return None
    mine, theirs = [one for one, _ in pairs], [one for _, one in pairs]
    constant = len({*mine, *theirs}) == 1
    kappa = None if constant else float(cohen_kappa_score(mine, theirs))
    return Agreement(len(pairs), sum(a == b for a, b in pairs), kappa)
