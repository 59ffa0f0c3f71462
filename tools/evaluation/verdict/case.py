"""What a verdict looks at: the tuned model, the best alternative, and how far apart they are."""

from __future__ import annotations

from dataclasses import dataclass

from luthier.tools.evaluation.compare import FEWEST_VALUES
from luthier.tools.evaluation.metrics import find_metric
from luthier.tools.evaluation.model import ArmResult, Comparison, Evaluation
from luthier.tools.evaluation.words import percent
from luthier.tools.language import _

TOO_FEW_ROWS = FEWEST_VALUES
FEWEST_DIFFERENT_ROWS = 6  # 5 wins to 0 still has p = 0.06 in a two-sided sign test
SIGNIFICANT = 0.05  # after Holm, so also where several alternatives were looked at


@dataclass(frozen=True, slots=True)
class Case:
    """What the verdict looks at."""

    tuned: ArmResult
    alternative: ArmResult
    comparison: Comparison
    criterion: float | None
    rows: int
    split_rows: int

    @property
    def counts_rows(self) -> bool:
        """Whether the figures are averages of rows, as the difference always is."""
        return find_metric(self.comparison.metric).is_mean

    @property
    def gain(self) -> float:
        """Tuned minus the alternative; the smaller of rows and figure where they disagree."""
        difference = self.comparison.difference.value
        return difference if self.counts_rows else min(difference, self.score - self.other_score)

    @property
    def score(self) -> float:
        """The tuned model under the deciding metric, in [0, 1]."""
        return self.tuned.metrics[self.comparison.metric]

    @property
    def other_score(self) -> float:
        """The best alternative under the deciding metric, in [0, 1]."""
        return self.alternative.metrics[self.comparison.metric]

    @property
    def both(self) -> str:
        """'88% against 12%'."""
        return _(
            "{score} against {other_score}",
            score=percent(self.score),
            other_score=percent(self.other_score),
        )

    @property
    def other(self) -> str:
        """The best alternative as the subject of a sentence."""
        return name_of(self.alternative)

    @property
    def clearly_better(self) -> bool:
        """Whether neither interval nor test leaves room for chance."""
        different = self.comparison.wins + self.comparison.losses
        p_value = self.comparison.p_value
        return (
            self.comparison.difference.low > 0
            and different >= FEWEST_DIFFERENT_ROWS
            and (p_value is None or p_value < SIGNIFICANT)
        )

    @property
    def goal(self) -> float:
        """What was asked for, and what the best alternative reaches, whichever is more."""
        return max(self.criterion or 0.0, self.other_score)

    @property
    def clearly_short(self) -> bool:
        """The criterion lies above all that the test rows make believable."""
        if self.criterion is None or self.score >= self.criterion:
            return False
        interval = self.tuned.interval
        return interval is None or interval.high < self.criterion


def case_of(evaluation: Evaluation) -> Case | None:
    """What a verdict on this evaluation looks at; None without a tuned arm or an alternative."""
    tuned, comparison = evaluation.arm("tuned"), evaluation.comparison
    alternative = evaluation.arm(comparison.best_alternative) if comparison else None
    if tuned is None or comparison is None or alternative is None:
        return None
    return Case(
        tuned=tuned,
        alternative=alternative,
        comparison=comparison,
        criterion=evaluation.criterion,
        rows=evaluation.test_rows,
        split_rows=evaluation.split_rows,
    )


def name_of(arm: ArmResult) -> str:
    """An arm as the subject of a sentence."""
    names = {
        "base": _("the base model"),
        "prompted": _("the prompt with instructions"),
        "few_shot": _("the few-shot prompt"),
        "retrieval": _("looking things up"),
        "tuned": _("the tuned one"),
    }
    return names.get(arm.arm, arm.label)
