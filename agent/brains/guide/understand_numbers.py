"""Read numbers, shares and spans of time out of what a user typed, in digits or English words."""

from __future__ import annotations

import math
import re

from luthier.agent.brains.guide.arabic import in_english
from luthier.agent.brains.guide.understand_words import plain

_SMALL = {
    word: value
    for value, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
        ]
    )
} | {"a dozen": 12, "dozen": 12, "none": 0, "a couple": 2, "half a dozen": 6}
_TENS = {
    word: 10 * value
    for value, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000, "k": 1000, "m": 1_000_000}
_NUMERAL = (
    r"[-+]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?|\.\d+)(?:\s?[eE]\s?[-+]?\d+)?(?![\d])"
)
_WORD_NUMBER = re.compile(
    r"\b(half a dozen|a dozen|a couple|dozen|"
    + "|".join((*_TENS, *sorted(_SMALL, key=len, reverse=True)))
    + r")(?:[\s-]("
    + "|".join(list(_SMALL)[1:10])
    + r"))?\b"
)
_NUMBER = re.compile(
    rf"(?<![\w.])({_NUMERAL})\s?(k|m)?(?![a-z0-9])|(?<![\w.])({_NUMERAL})(?=[a-z%])"
)


def read_number(text: str) -> float | None:
    """The first number in the text, in digits or English words; "90%" gives 90."""
    lowered = in_english(text).casefold().replace("−", "-").replace("–", "-")
    in_digits = _NUMBER.search(lowered)
    in_words = _WORD_NUMBER.search(lowered) or re.search(
        r"\b(?:a|one) (?:hundred|thousand|million)\b", lowered
    )
    if in_digits and (not in_words or in_digits.start() <= in_words.start()):
        value = _parse_numeral(in_digits.group(1) or in_digits.group(3))
        value *= _SCALES.get(in_digits.group(2) or "", 1)
        return _finite(value * _scale_after(lowered[in_digits.end() :]))
    if not in_words:
        return None
    if not in_words.re.groups:
        return float(_SCALES[in_words.group().split()[1]])
    word = in_words.group(1)
    value = float(_TENS.get(word, _SMALL.get(word, 0)))
    if in_words.group(2):
        value += _SMALL[in_words.group(2)]
    rest = lowered[in_words.end() :]
    if re.match(r" and a half\b", rest):
        value += 0.5
    return _finite(value * _scale_after(rest))


def _parse_numeral(numeral: str) -> float:
    tidy = numeral.replace(" ", "")
    if re.fullmatch(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?", tidy):
        tidy = tidy.replace(",", "")
    return float(tidy.replace(",", "."))


def _scale_after(rest: str) -> int:
    found = re.match(r"\s(hundred|thousand|million)\b", rest)
    return _SCALES[found.group(1)] if found else 1


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


_FRACTION_WORDS = {
    "half": 0.5, "a third": 1 / 3, "one third": 1 / 3, "two thirds": 2 / 3, "a quarter": 0.25,
    "one quarter": 0.25, "three quarters": 0.75, "four fifths": 0.8, "all of them": 1.0,
    "all": 1.0, "every one": 1.0, "every time": 1.0, "always": 1.0, "perfect": 1.0,
    "everything": 1.0, "none": 0.0,
}  # fmt: skip


def read_share(text: str) -> float | None:
    """A share between 0 and 1: "90%", "0.9", "9 out of 10", "nine in ten", "two thirds".

    Spans of time and sums of money in the same text are passed over: "80% in half an hour" gives 0.8.
    """
    text = _MONEY.sub(" ", _without_times(in_english(text)))
    lowered = plain(text).replace("-", " ") if "%" not in text else text.casefold()
    ratio = re.search(
        r"(\S+)\s*(?:out of|of every|in every|in|of|/)\s*(?:a |every )?(\S+)", lowered
    )
    if ratio:
        part, whole = read_number(ratio.group(1)), read_number(ratio.group(2))
        if part is not None and whole and 0 <= part <= whole:
            return part / whole
    named = [words for words in _FRACTION_WORDS if re.search(rf"\b{words}\b", lowered)]
    if named and not re.search(r"\d", lowered):
        return _FRACTION_WORDS[max(named, key=len)]
    number = read_number(text)
    if number is None:
        return None
    if re.search(r"%|per ?cent|points", text.casefold()) or number > 1:
        number /= 100
    return number if 0 <= number <= 1 else None


_MONEY = re.compile(
    rf"[$€£]\s?{_NUMERAL}|{_NUMERAL}\s?k?\s?(?:[$€£]|(?:euros?|eur|dollars?|usd|bucks|pounds?|gbp)\b)",
    re.IGNORECASE,
)

_MINUTES_PER = {"second": 1 / 60, "minute": 1.0, "hour": 60.0, "day": 1440.0, "week": 10080.0}
_UNITS = re.compile(
    r"(seconds?|secs?|s|minutes?|mins?|min|m|hours?|hrs?|hr|h|days?|d|weeks?)(?![a-z])"
)
_FIXED_TIMES = (
    (r"\b(?:three quarters of an hour|three-quarters of an hour)\b", 45),
    (r"\b(?:a )?quarter of an hour|quarter hour\b", 15),
    (r"\bhalf an? (?:hour|hr)|half[- ]hour\b", 30),
    (r"\b(?:an|one|1) hour and a half|an hour and a half\b", 90),
    (r"\bhalf a day\b", 720),
    (r"\bover ?night|all night|while i sleep\b", 480),
    (r"\b(?:all day|a working day|whole day)\b", 480),
    (r"\b(?:a |the )?week ?end\b", 2880),
    (r"\bas long as (?:it takes|needed|you (?:need|want|like))\b", 1440),
    (r"\b(?:no limit|unlimited|no matter how long|forever)\b", 1440),
    (r"\ba few (?:minutes|mins)\b|\bnot (?:very )?long\b|\bquickly\b", 5),
    (r"\ba few hours\b", 180),
)  # fmt: skip

_RATE = re.compile(
    rf"(?:{_NUMERAL}|\b(?:an?|half an?|some|{'|'.join((*_SMALL, *_TENS))}))[\s-]*{_UNITS.pattern}"
    r"\s*(?:an?|each|every|per|/)\s*(?:minute|hour|day|week|month|year|person|head|ticket|mail)\b"
)


def read_minutes(text: str) -> int | None:
    """A span of time in whole minutes (at least 1): "half an hour", "15 min", "overnight".

    A bare number means minutes; of a range the longer end counts; "as long as it takes" is a day.
    What is saved or spent regularly ("an hour a day") is no time that this computer may take.
    """
    lowered = _RATE.sub(" ", in_english(text).casefold().replace("½", ".5"))
    fixed = next((value for pattern, value in _FIXED_TIMES if re.search(pattern, lowered)), None)
    if fixed is not None:
        return fixed
    clock = re.search(r"\b(\d{1,2}):(\d{2})\b", lowered)
    if clock:
        return max(1, int(clock.group(1)) * 60 + int(clock.group(2)))
    spoken = re.sub(r"\b(?:an?|one) (?=hours?|hr|minutes?|min|day|week)", "1 ", lowered)
    spoken = re.sub(r"\ba couple of\b", "2", spoken)
    spoken = re.sub(rf"{_NUMERAL}\s*(?:-|–|to|or)\s*(?={_NUMERAL})", "", spoken)
    total, rest = 0.0, _WORD_NUMBER.sub(lambda word: f"{read_number(word.group()) or 0:g}", spoken)
    counted = re.findall(rf"({_NUMERAL})\s*{_UNITS.pattern}", rest)
    for amount, unit in counted:
        total += _parse_numeral(amount) * _MINUTES_PER[_unit_name(unit)]
    tail = re.search(r"\dh\s?(\d{1,2})$", rest.strip())
    if counted and tail:
        total += int(tail.group(1))
    if not counted:
        total = _bare_minutes(rest)
    return max(1, math.ceil(total)) if 0 < total < 10**7 else None


def _bare_minutes(text: str) -> float:
    """A number that stands alone, or 0; a share such as "90%", "9/10" or "0.9" is no time."""
    if re.search(r"[%/]|[a-z]{2,}", re.sub(_FILLER_TIME, " ", text)):
        return 0.0
    number = read_number(text) or 0.0
    return number if number >= 1 else 0.0


def _without_times(text: str) -> str:
    for pattern, _ in _FIXED_TIMES:
        text = re.sub(pattern, " ", text, flags=re.I)
    spoken = rf"(?:{_NUMERAL}|\b(?:an?|a couple of|{'|'.join(_SMALL)}|{'|'.join(_TENS)}))"
    span = rf"(?:{_NUMERAL}\s*(?:-|–|to|or)\s*)?{spoken}[\s-]*{_UNITS.pattern}"
    return re.sub(span, " ", text, flags=re.I)


_FILLER_TIME = (
    r"\b(?:about|around|roughly|up|to|at|most|max|maximum|say|maybe|some|or|so|less|than|please"
    r"|under|ok|only|just|take|use)\b"
)


def _unit_name(unit: str) -> str:
    return {"s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week"}[unit[0]]
