"""What a thousand requests take with each arm, and when the training has paid for itself.

On one's own computer the price of an answer is time; where the machine is rented, its price per hour
makes money of it. Both follow from the seconds that were measured on the test rows. An endpoint has a
price list instead.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from luthier.tools.evaluation.model import ArmResult, Evaluation
from luthier.tools.language import _, plural
from luthier.tools.wording import duration

REQUESTS = 1_000
HOURS_PER_MONTH = 730  # 365 days of 24 hours over 12 months
MOST_REQUESTS = 1_000_000_000  # beyond this, nobody will live to see it


def seconds_per_request(arm: ArmResult) -> float:
    """Mean wall time of one request, many asked at once."""
    return arm.seconds / arm.rows if arm.rows else 0.0


def money_per_request(arm: ArmResult, price_per_hour: float) -> float | None:
    """What one request costs: by the price list, or by the machine's time; None: no price known."""
    if arm.price_per_request is not None:
        return arm.price_per_request
    return seconds_per_request(arm) / 3600 * price_per_hour if price_per_hour else None


def per_thousand(arm: ArmResult, price_per_hour: float) -> str:
    """Time of the machine for 1,000 requests, with its price where one is known."""
    time = duration(seconds_per_request(arm) * REQUESTS)
    money = money_per_request(arm, price_per_hour)
    return time if money is None else f"{time}, {money_words(money * REQUESTS)}"


def money_words(amount: float) -> str:
    """An amount with as many digits as it takes to see it."""
    return f"{amount:,.2f}" if amount >= 0.1 or not amount else f"{amount:.2g}"


@dataclass(frozen=True, slots=True)
class BreakEven:
    """After how many requests what was saved has made up for what was spent once; None: never.

    In money where a price is known for both, otherwise in seconds of the same machine.
    """

    requests: int | None
    saved: float  # per request, negative where the tuned model takes more
    once: float  # training and preparation
    in_money: bool
    idle: float = 0.0  # money per month for a model that stands ready
    monthly: int | None = None  # requests a month that pay for the idle hours; None: never


def break_even(evaluation: Evaluation) -> BreakEven | None:
    """The tuned model against the best alternative; None before both exist, or without prices.

    None, too, where nothing that it answers is right: that never pays. A provider's training is
    paid for in money alone: the time that it took there is nobody's.
    """
    tuned, comparison = evaluation.arm("tuned"), evaluation.comparison
    other = evaluation.arm(comparison.best_alternative) if comparison else None
    if tuned is None or other is None or not evaluation.training_seconds:
        return None
    if tuned.metrics.get(evaluation.metric) == 0:
        return None
    price = evaluation.price_per_hour
    ours, theirs = money_per_request(tuned, price), money_per_request(other, price)
    elsewhere = evaluation.trained_elsewhere
    if elsewhere and (ours is None or theirs is None or evaluation.training_price is None):
        return None
    if ours is None or theirs is None:
        saved = seconds_per_request(other) - seconds_per_request(tuned)
        once = evaluation.training_seconds
        return BreakEven(_times(once, saved), saved, once, in_money=False)
    saved = theirs - ours
    training = evaluation.training_price or 0.0
    if not elsewhere:
        training = evaluation.training_seconds / 3600 * price
    once = training + evaluation.preparation_price
    idle = evaluation.hosting_per_hour * HOURS_PER_MONTH
    return BreakEven(
        _times(once, saved), saved, once, in_money=True, idle=idle, monthly=_times(idle, saved)
    )


def _times(amount: float, saved: float) -> int | None:
    if saved <= 0:
        return None
    requests = math.ceil(amount / saved)
    return requests if requests <= MOST_REQUESTS else None


def price_in_words(evaluation: Evaluation) -> tuple[str, ...]:
    """What tuning costs and when it pays, in at most three sentences."""
    found, comparison = break_even(evaluation), evaluation.comparison
    if found is None or comparison is None:
        return ()
    other = evaluation.arm(comparison.best_alternative)
    assert other is not None
    said = _in_money(evaluation, found, other) if found.in_money else _in_time(found, other)
    return (said, *_idle(evaluation, found))


def _in_time(found: BreakEven, other: ArmResult) -> str:
    time = duration(found.once)
    if found.requests is None:
        return _(
            "The training took {time}. A request is not quicker than with {other}, so tuning pays "
            "through better answers or not at all.",
            time=time,
            other=other.label,
        )
    return _(
        "The training took {time}; a request is {saved:.2f} seconds quicker than with {other}, "
        "so it has paid for itself in time after {requests}.",
        time=time,
        saved=found.saved,
        other=other.label,
        requests=_requests(found.requests),
    )


def _in_money(evaluation: Evaluation, found: BreakEven, other: ArmResult) -> str:
    spent = (
        _(
            "Training ({time}) and preparing the data cost {once}",
            time=duration(evaluation.training_seconds),
            once=money_words(found.once),
        )
        if evaluation.preparation_price
        else _(
            "The training ({time}) cost {once}",
            time=duration(evaluation.training_seconds),
            once=money_words(found.once),
        )
    )
    if found.requests is None:
        return _(
            "{spent}. A request is not cheaper than with {other}, so tuning pays through better "
            "answers or not at all.",
            spent=spent,
            other=other.label,
        )
    return _(
        "{spent}; 1,000 requests cost {saved} less than with {other}, so it has paid for itself "
        "after {requests}.",
        spent=spent,
        saved=money_words(found.saved * REQUESTS),
        other=other.label,
        requests=_requests(found.requests),
    )


def _idle(evaluation: Evaluation, found: BreakEven) -> tuple[str, ...]:
    """What a model costs that nobody asks, and how many requests would earn that."""
    if found.idle:
        text = _(
            "Standing ready day and night, the tuned model costs {price} a month at {hour:g} an "
            "hour, whether it is asked or not.",
            price=money_words(found.idle),
            hour=evaluation.hosting_per_hour,
        )
        earned = (
            _(
                "What a request saves makes up for that from {requests} a month on.",
                requests=_requests(found.monthly),
            )
            if found.monthly
            else _("What a request saves never makes up for that.")
        )
        return (f"{text} {earned}",)
    if not evaluation.price_per_hour:
        return ()
    return (
        _(
            "Left running day and night, this machine costs {price:,.2f} a month at {hour:g} an hour, "
            "whether it is asked or not.",
            price=evaluation.price_per_hour * HOURS_PER_MONTH,
            hour=evaluation.price_per_hour,
        ),
    )


def _requests(number: int) -> str:
    return plural("{n:,} request", "{n:,} requests", number)
