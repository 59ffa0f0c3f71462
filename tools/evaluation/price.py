"""What a thousand requests take with each arm, and when the training has paid for itself.

On one's own computer the price of an answer is time; where the machine is rented, its price per hour
makes money of it. Both follow from the seconds that were measured on the test rows.
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


def per_thousand(arm: ArmResult, price_per_hour: float) -> str:
    """Time of the machine for 1,000 requests, with its price where one was named."""
    seconds = seconds_per_request(arm) * REQUESTS
    time = duration(seconds)
    if not price_per_hour:
        return time
    return f"{time}, {seconds / 3600 * price_per_hour:,.2f}"


@dataclass(frozen=True, slots=True)
class BreakEven:
    """After how many requests the time saved has made up for the training; None: never."""

    requests: int | None
    saved: float  # seconds per request, negative where the tuned model is slower


def break_even(evaluation: Evaluation) -> BreakEven | None:
    """Training against the best alternative, in time of the same machine; None before both exist."""
    tuned, comparison = evaluation.arm("tuned"), evaluation.comparison
    other = evaluation.arm(comparison.best_alternative) if comparison else None
    if tuned is None or other is None or not evaluation.training_seconds:
        return None
    saved = seconds_per_request(other) - seconds_per_request(tuned)
    if saved <= 0:
        return BreakEven(None, saved)
    requests = math.ceil(evaluation.training_seconds / saved)
    return BreakEven(requests if requests <= MOST_REQUESTS else None, saved)


def price_in_words(evaluation: Evaluation) -> tuple[str, ...]:
    """What tuning costs and when it pays, in at most two sentences."""
    found, comparison = break_even(evaluation), evaluation.comparison
    if found is None or comparison is None:
        return ()
    other = evaluation.arm(comparison.best_alternative)
    assert other is not None
    time = duration(evaluation.training_seconds)
    if found.requests is None:
        text = _(
            "The training took {time}. A request is not quicker than with {other}, so tuning pays "
            "through better answers or not at all.",
            time=time,
            other=other.label,
        )
    else:
        text = _(
            "The training took {time}; a request is {saved:.2f} seconds quicker than with {other}, "
            "so it has paid for itself in time after {requests}.",
            time=time,
            saved=found.saved,
            other=other.label,
            requests=plural("{n:,} request", "{n:,} requests", found.requests),
        )
    if not evaluation.price_per_hour:
        return (text,)
    idle = _(
        "Left running day and night, this machine costs {price:,.2f} a month at {hour:g} an hour, "
        "whether it is asked or not.",
        price=evaluation.price_per_hour * HOURS_PER_MONTH,
        hour=evaluation.price_per_hour,
    )
    return (text, idle)
