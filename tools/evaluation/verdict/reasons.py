"""The grounds of a verdict, one sentence each."""

from __future__ import annotations

from luthier.tools.evaluation.metrics import find_metric
from luthier.tools.evaluation.model import Evaluation
from luthier.tools.evaluation.price import price_in_words
from luthier.tools.evaluation.verdict.case import TOO_FEW_ROWS, Case
from luthier.tools.evaluation.words import percent, points, test_rows
from luthier.tools.language import _, mark, plural


def _p_in_words(case: Case) -> tuple[str, ...]:
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


def reasons_of(case: Case, evaluation: Evaluation) -> tuple[str, ...]:
    """Difference, tests, goal, likeness, price and what so many rows can show, in this order."""
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
    return tuple(filter(None, reasons))


def _interval_in_words(case: Case, title: str) -> str:
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


def _price(case: Case) -> str:
    tuned = case.tuned.prompt_tokens + case.tuned.completion_tokens
    other = case.alternative.prompt_tokens + case.alternative.completion_tokens
    return _(
        "A request takes {tuned:,.0f} tokens with the tuned model and {other_tokens:,.0f} with {other}.",
        tuned=tuned,
        other_tokens=other,
        other=case.other,
    )


def _what_the_rows_show(case: Case) -> str:
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
    if case.comparison.ties == case.rows:  # no row tells how far chance moves the figure
        return used.strip()
    interval = case.comparison.difference
    visible = max((interval.high - interval.low) / 2, 1 / case.rows)
    return used + plural(
        "With {rows}, differences below about {n} point cannot be told from chance.",
        "With {rows}, differences below about {n} points cannot be told from chance.",
        round(visible * 100),
        rows=test_rows(case.rows),
    )
