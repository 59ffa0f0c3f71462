"""Values said in comparison with the present one: "more", "half", "a bit less", "one more".

What a comparison means is a convention of people, not arithmetic: "more epochs" is half as many again,
and at least one; a rank or a batch is doubled or halved, since it is chosen in powers of two.
"""

from __future__ import annotations

import math
import re

FACTORS = {
    "more": 1.5,
    "a bit more": 1.25,
    "much more": 2.0,
    "double": 2.0,
    "triple": 3.0,
    "less": 1 / 1.5,
    "a bit less": 0.8,
    "much less": 0.5,
    "half": 0.5,
    "a third": 1 / 3,
}
"""What each comparison does to a value."""

POWERS_OF_TWO = frozenset({"lora.rank", "lora.alpha", "train.batch_size", "evaluation.batch_size"})
_STEPS = re.compile(r"(\d+) (more|less)")


def is_relative(words: str) -> bool:
    """Whether ``words`` name a comparison instead of a value."""
    return words in FACTORS or _STEPS.fullmatch(words) is not None


def resolve(path: str, current: object, words: str) -> float | int | None:
    """The value that ``words`` mean beside ``current``; None where it is no number.

    Whole numbers stay whole and change by one at least, except that half of 1 is 0.5: a training may
    see half of its rows. Other numbers keep two digits.
    """
    if isinstance(current, bool) or not isinstance(current, int | float):
        return None
    steps = _STEPS.fullmatch(words)
    if steps:
        count = int(steps.group(1))
        return current + count if steps.group(2) == "more" else current - count
    factor = FACTORS[words]
    if path in POWERS_OF_TWO and words not in ("triple", "a third"):
        return int(current * 2) if factor > 1 else max(1, int(current // 2))
    value = current * factor
    if float(current).is_integer() and value >= 1:
        nearest = math.ceil(value) if factor > 1 else math.floor(value)
        return nearest if nearest != current else nearest + (1 if factor > 1 else -1)
    return float(f"{value:.2g}")
