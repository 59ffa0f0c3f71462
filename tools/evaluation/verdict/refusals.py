"""Why a tuned model should not be shipped, or not yet be judged."""

from __future__ import annotations

from luthier.tools.evaluation.growth import rows_wanted
from luthier.tools.evaluation.model import Evaluation
from luthier.tools.evaluation.price import break_even
from luthier.tools.evaluation.verdict.case import TOO_FEW_ROWS, Case
from luthier.tools.evaluation.words import percent, test_rows
from luthier.tools.language import _, plural

RARELY_STOPS = 0.5
OTHER_MODEL = "model:"
AS_GOOD = 0.05  # the tuned model may at best be so much better


def refuse(case: Case, evaluation: Evaluation) -> str:
    """Why it should not be shipped, or nothing."""
    enough = case.rows >= TOO_FEW_ROWS
    if case.comparison.difference.high < 0 and enough:
        return _(
            "Do not ship this: the tuned model is worse than {other} ({both}).",
            other=case.other,
            both=case.both,
        )
    as_good = not case.clearly_better and case.comparison.difference.high < AS_GOOD
    if enough and as_good and case.other_score > 0:
        return _as_good(case, evaluation)
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


def _as_good(case: Case, evaluation: Evaluation) -> str:
    """At best a little better: then the price decides, and training comes on top of it."""
    if case.alternative.arm.startswith(OTHER_MODEL):  # which was trained, too
        return _("Do not ship this one: {other} is as good ({both}).", other=case.other,
                 both=case.both)  # fmt: skip
    if case.score == 0:
        return _(
            "Do not ship this: none of its answers to the test rows is right, and {other} does no "
            "worse ({both}) without any training.",
            other=case.other,
            both=case.both,
        )
    found = break_even(evaluation)
    if found is None or found.requests is None:
        return _(
            "Do not ship this: {other} is as good ({both}) and cheaper.",
            other=case.other,
            both=case.both,
        )
    return _(
        "Do not ship this for its answers: {other} is as good ({both}) and needs no training. It "
        "would pay through its price alone, from {requests} on.",
        other=case.other,
        both=case.both,
        requests=plural("{n:,} request", "{n:,} requests", found.requests),
    )


def _short_of_criterion(case: Case) -> str:
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


def may_need_rows(case: Case) -> bool:
    """Whether the goal is missed, on enough test rows to say so."""
    return case.score < case.goal and case.rows >= TOO_FEW_ROWS


def more_data(case: Case, evaluation: Evaluation) -> str:
    """That more rows would help, and how many, where the learning curve still rises; or nothing.

    The goal is what was asked for and what the best alternative reaches, whichever is more.
    """
    goal = case.goal
    wanted = rows_wanted(evaluation.learning, goal)
    if wanted is None or not may_need_rows(case):
        return ""
    have = max(point.rows for point in evaluation.learning)
    return _(
        "More data first: the tuned model reaches {score} with {have} and still gets better with "
        "more; at this rate of improvement about {wanted} would bring it to {goal}.",
        score=percent(case.score),
        have=plural("{n:,} training row", "{n:,} training rows", have),
        wanted=plural("{n:,} row", "{n:,} rows", wanted),
        goal=percent(goal),
    )


def doubt(case: Case) -> str:
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


def _rows_wanted(case: Case) -> str:
    """How many rows would settle it, where that can be said and is more than there are."""
    wanted = case.comparison.rows_to_decide
    if wanted is None or wanted <= case.rows:
        return ""
    return " " + plural(
        "To settle a difference of this size, about {n:,} test row would be needed.",
        "To settle a difference of this size, about {n:,} test rows would be needed.",
        wanted,
    )
