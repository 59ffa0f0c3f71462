"""From figures to one sentence: ship, ship with care, do not ship, or undecided.

The burden of proof lies on the tuned model: without evidence that it is better, and good enough,
the answer is not "ship".
"""

from __future__ import annotations

from dataclasses import dataclass

from luthier.tools.evaluation.compare import FEWEST_VALUES
from luthier.tools.evaluation.metrics import find_metric
from luthier.tools.evaluation.model import ArmResult, Comparison, Evaluation, Verdict
from luthier.tools.evaluation.price import price_in_words
from luthier.tools.evaluation.words import percent, points, test_rows
from luthier.tools.language import _, mark, plural

TOO_FEW_ROWS = FEWEST_VALUES
FEW_ROWS = 50
FEWEST_DIFFERENT_ROWS = 6  # 5 wins to 0 still has p = 0.06 in a two-sided sign test
RARELY_STOPS = 0.5
OFTEN_STOPS = 0.95
OFTEN_VALID = 0.95
SMALL_GAIN = 0.02
SIGNIFICANT = 0.05  # after Holm, so also where several alternatives were looked at


@dataclass(frozen=True, slots=True)
class _Case:
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
        difference = self.comparison.difference.value
        return difference if self.counts_rows else min(difference, self.score - self.other_score)

    @property
    def score(self) -> float:
        return self.tuned.metrics[self.comparison.metric]

    @property
    def other_score(self) -> float:
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
        return _name(self.alternative)

    @property
    def clearly_better(self) -> bool:
        different = self.comparison.wins + self.comparison.losses
        p_value = self.comparison.p_value
        return (
            self.comparison.difference.low > 0
            and different >= FEWEST_DIFFERENT_ROWS
            and (p_value is None or p_value < SIGNIFICANT)
        )

    @property
    def clearly_short(self) -> bool:
        """The criterion lies above all that the test rows make believable."""
        if self.criterion is None or self.score >= self.criterion:
            return False
        interval = self.tuned.interval
        return interval is None or interval.high < self.criterion


def _name(arm: ArmResult) -> str:
    names = {
        "base": _("the base model"),
        "prompted": _("the prompt with instructions"),
        "few_shot": _("the few-shot prompt"),
        "retrieval": _("looking things up"),
        "tuned": _("the tuned one"),
    }
    return names.get(arm.arm, arm.label)


def judge(evaluation: Evaluation) -> Verdict | None:
    """The verdict on an evaluation; None where there is no tuned arm or nothing to compare with."""
    tuned, comparison = evaluation.arm("tuned"), evaluation.comparison
    alternative = evaluation.arm(comparison.best_alternative) if comparison else None
    if tuned is None or comparison is None or alternative is None:
        return None
    case = _Case(
        tuned=tuned,
        alternative=alternative,
        comparison=comparison,
        criterion=evaluation.criterion,
        rows=evaluation.test_rows,
        split_rows=evaluation.split_rows,
    )
    refusal, cares = _refuse(case), _cares(case)
    reasons = _reasons(case, evaluation)
    if refusal:
        return Verdict(decision="do_not_ship", sentence=refusal, reasons=reasons)
    doubt = _doubt(case)
    if doubt:
        return Verdict(decision="undecided", sentence=doubt, reasons=reasons)
    gain = (
        _(
            "the tuned model beats {other} by {points} points",
            other=case.other,
            points=points(case.gain).lstrip("+"),
        )
        if case.counts_rows
        else _("the tuned model beats {other}", other=case.other)
    )
    if cares:
        sentence = _(
            "Ship with care: {gain} ({both}), but {care}.",
            gain=gain,
            both=case.both,
            care=cares[0],
        )
        also = tuple(_("Mind also: {care}.", care=care) for care in cares[1:])
        return Verdict(decision="ship_with_care", sentence=sentence, reasons=also + reasons)
    return Verdict(
        decision="ship",
        sentence=_(
            "Ship it: {gain} ({both}), and a gain this size is very unlikely to be chance.",
            gain=gain,
            both=case.both,
        ),
        reasons=reasons,
    )


def _refuse(case: _Case) -> str:
    """Why it should not be shipped, or nothing."""
    enough = case.rows >= TOO_FEW_ROWS
    if case.comparison.difference.high < 0 and enough:
        return _(
            "Do not ship this: the tuned model is worse than {other} ({both}).",
            other=case.other,
            both=case.both,
        )
    if case.gain < 0:
        return _(
            "Do not ship this: the tuned model did worse than {other} ({both}); the difference "
            "could be chance, but nothing speaks for the tuned model.",
            other=case.other,
            both=case.both,
        )
    if case.gain == 0 and enough:
        return _(
            "Do not ship this: the tuned model is no better than {other} ({score} each), which "
            "needs no training.",
            other=case.other,
            score=percent(case.score),
        )
    if case.tuned.stop_rate < RARELY_STOPS and enough:
        return _(
            "Do not ship this: only {stop_rate} of its answers end by themselves, the rest run "
            "on until they are cut off.",
            stop_rate=percent(case.tuned.stop_rate),
        )
    if case.clearly_short and enough:
        return _short_of_criterion(case)
    return ""


def _short_of_criterion(case: _Case) -> str:
    gain = (
        _(
            "it does beat {other} ({other_score})",
            other=case.other,
            other_score=percent(case.other_score),
        )
        if case.clearly_better
        else _(
            "its lead over {other} ({other_score}) could be chance",
            other=case.other,
            other_score=percent(case.other_score),
        )
    )
    return _(
        "Do not ship this yet: the tuned model reaches {score}, well short of the "
        "{criterion} you asked for; {gain}.",
        score=percent(case.score),
        criterion=percent(case.criterion or 0),
        gain=gain,
    )


def _doubt(case: _Case) -> str:
    """Why nothing can be said, or nothing."""
    if case.rows < TOO_FEW_ROWS:
        return _(
            "Undecided: {rows} cannot show whether the tuned model is better than {other} "
            "({both}); the difference could be chance.",
            rows=test_rows(case.rows),
            other=case.other,
            both=case.both,
        )
    if not case.clearly_better:
        doubt = _(
            "Undecided: the tuned model scored {both} for {other}, and with {rows} the "
            "difference could be chance.",
            both=case.both,
            other=case.other,
            rows=test_rows(case.rows),
        )
        return f"{doubt}{_rows_wanted(case)}"
    return ""


def _rows_wanted(case: _Case) -> str:
    """How many rows would settle it, where that can be said and is more than there are."""
    wanted = case.comparison.rows_to_decide
    if wanted is None or wanted <= case.rows:
        return ""
    return " " + plural(
        "To settle a difference of this size, about {n:,} test row would be needed.",
        "To settle a difference of this size, about {n:,} test rows would be needed.",
        wanted,
    )


def _p_in_words(case: _Case) -> tuple[str, ...]:
    """The paired test in one sentence; nothing where an old evaluation has none."""
    comparison = case.comparison
    if comparison.p_value is None or case.rows < TOO_FEW_ROWS:
        return ()
    tests = {"mcnemar": _("McNemar's test"), "permutation": _("permutation test")}
    looked_at = len(comparison.against)
    chance = percent(comparison.p_value) if comparison.p_value >= 0.001 else _("less than 0.1%")
    text = _(
        "If both were equally good, luck alone would part them as far in {chance} of such tests "
        "({test}).",
        chance=chance,
        test=tests[comparison.test],
    )
    if looked_at > 1:
        text += " " + _(
            "That figure allows for the {number} alternatives that were looked at (Holm).",
            number=looked_at,
        )
    return (text,)


def _cares(case: _Case) -> list[str]:
    """What to keep in mind when shipping, the weightiest first."""
    cares = []
    if case.criterion is not None and case.score < case.criterion:
        cares.append(
            _(
                "{score} is just short of the {criterion} you asked for",
                score=percent(case.score),
                criterion=percent(case.criterion),
            )
        )
    valid = case.tuned.metrics.get("valid_json", 1.0)
    if valid < OFTEN_VALID:
        cares.append(
            _(
                "{valid} of its answers are not valid JSON, so check each one",
                valid=percent(1 - valid),
            )
        )
    if case.tuned.stop_rate < OFTEN_STOPS:
        cares.append(
            _(
                "{stop_rate} of its answers do not end by themselves",
                stop_rate=percent(1 - case.tuned.stop_rate),
            )
        )
    if case.criterion is not None and case.other_score >= case.criterion:
        cares.append(
            _(
                "{other} already reaches the {criterion} you asked for, without any training",
                other=case.other,
                criterion=percent(case.criterion),
            )
        )
    if case.gain < SMALL_GAIN:
        cares.append(_("the gain is small"))
    if case.rows < FEW_ROWS:
        cares.append(_("{rows} can only show the rough picture", rows=test_rows(case.rows)))
    return cares


def _reasons(case: _Case, evaluation: Evaluation) -> tuple[str, ...]:
    comparison = case.comparison
    title = _(find_metric(comparison.metric).title) if case.counts_rows else _("right answers")
    different = _(
        "Row by row, the tuned model was better on {wins}, worse on {losses} and equal on {ties}.",
        wins=comparison.wins,
        losses=comparison.losses,
        ties=comparison.ties,
    )
    reasons = [_interval_in_words(case, title), different, *_p_in_words(case)]
    if case.criterion is not None:
        met = (
            mark("You asked for {criterion}: reached with {score}.")
            if case.score >= case.criterion
            else mark("You asked for {criterion}: not reached with {score}.")
        )
        reasons.append(_(met, criterion=percent(case.criterion), score=percent(case.score)))
    if not find_metric(comparison.metric).counts_right:
        reasons.append(
            _(
                "{title} measures likeness to the expected wording, not whether an answer is right: "
                "read some answers yourself before you rely on it.",
                title=title,
            )
        )
    reasons.append(
        _("{stop_rate} of its answers end by themselves.", stop_rate=percent(case.tuned.stop_rate))
    )
    reasons.append(_price(case))
    reasons += price_in_words(evaluation)
    reasons.append(_what_the_rows_show(case))
    return tuple(reasons)


def _interval_in_words(case: _Case, title: str) -> str:
    interval = case.comparison.difference
    if case.rows < TOO_FEW_ROWS:
        return _(
            "In {title}, tuned minus {other} is {value} points; {rows} cannot show how far "
            "chance moves that.",
            title=title,
            other=case.other,
            value=points(interval.value),
            rows=test_rows(case.rows),
        )
    zero = (
        _("so zero, no difference at all, is possible too: the difference could be chance")
        if interval.low <= 0 <= interval.high
        else _("which leaves out zero, no difference at all")
    )
    return _(
        "In {title}, tuned minus {other} is {value} points; the 95% interval runs from {low} "
        "to {high} points, {zero}.",
        title=title,
        other=case.other,
        value=points(interval.value),
        low=points(interval.low),
        high=points(interval.high),
        zero=zero,
    )


def _price(case: _Case) -> str:
    tuned = case.tuned.prompt_tokens + case.tuned.completion_tokens
    other = case.alternative.prompt_tokens + case.alternative.completion_tokens
    return _(
        "A request takes {tuned:,.0f} tokens with the tuned model and {other_tokens:,.0f} with {other}.",
        tuned=tuned,
        other_tokens=other,
        other=case.other,
    )


def _what_the_rows_show(case: _Case) -> str:
    used = (
        _(
            "{rows:,} of the {split_rows:,} test rows were used.",
            rows=case.rows,
            split_rows=case.split_rows,
        )
        + " "
        if case.split_rows > case.rows
        else ""
    )
    if case.rows < TOO_FEW_ROWS:
        return used + _(
            "With {rows}, one answer more or less changes the figure by {points:.0f} "
            "points; a firm answer needs some 50 to 200 rows.",
            rows=test_rows(case.rows),
            points=100 / case.rows,
        )
    interval = case.comparison.difference
    visible = max((interval.high - interval.low) / 2, 1 / case.rows)
    return used + _(
        "With {rows}, differences below about {points:.0f} points cannot be told from chance.",
        rows=test_rows(case.rows),
        points=visible * 100,
    )
