"""Read wishes that compare: "more epochs", "half the test rows", "a bit longer", "double the rank".

What comes out is what ``training.relative`` understands, so that a plan's value need not be known.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from luthier.agent.brains.guide.understand_numbers import read_number

ROWS = "rows"
"""Named when someone wants more or fewer rows to learn from, which the plan does not choose."""

_UP = "more|higher|larger|bigger|greater|longer|stronger|up"
_DOWN = "less|fewer|lower|smaller|shorter|weaker|down"
_BIT = r"(?:a )?(?:bit|little|tad|touch)|slightly|somewhat"
_MUCH = r"much|a lot|lots|lot|far|way|many|considerably"
_STRENGTH = rf"(?:(?P<bit>{_BIT})|(?P<much>{_MUCH}))\s+"
_THE = r"(?:(?:of )?(?:the|my|as many|as much|that many|its|in the)\s+)?"
_COMPARED = re.compile(
    rf"(?:(?:a few|some)\s+)?(?:{_STRENGTH})?(?:(?P<up>{_UP})|(?P<down>{_DOWN}))\s+"
    rf"{_THE}(?P<field>[^\d=:]+)",
    re.I,
)
_BE = r"(?:(?:should |must |can )?be )?"
_COMPARED_AFTER = re.compile(
    rf"{_THE}(?P<field>[^\d=:]+?)\s+{_BE}(?:{_STRENGTH})?(?:(?P<up>{_UP})|(?P<down>{_DOWN}))", re.I
)
_MULTIPLE = re.compile(
    rf"(?:(?P<double>double|twice|doubled?)|(?P<triple>triple|three times)"
    rf"|(?P<half>half|halve|halved)|(?P<third>(?:a |one )?third))\s+{_THE}(?P<field>[^\d=:]+)",
    re.I,
)
_VERB = re.compile(
    rf"(?:(?P<up>raise|increase|bump(?: up)?|grow)|(?P<down>lower|reduce|decrease|cut|shrink))\s+"
    rf"{_THE}(?P<field>[^\d=:]+?)"
    rf"(?:\s+(?:(?:by|in) )?(?:(?P<bit>{_BIT})|(?P<much>{_MUCH})|(?P<half>half)))?",
    re.I,
)
_COUNTED = re.compile(
    r"(?P<count>\d+|one|two|three|four|five|an?(?:other)?)\s+"
    r"(?:(?P<up>more)|(?P<down>less|fewer)|extra|additional)\s+(?P<field>[^\d=:]+)|"
    r"(?P<another>another)\s+(?P<field2>.+)",
    re.I,
)
_OVERALL = re.compile(
    rf"(?:(?:it|this|that|the training|training|train|learn|run|go|take|be|make|let|should)\s+)*"
    rf"(?:{_STRENGTH})?(?:(?P<up>longer|more training|more)|(?P<down>shorter|quicker|quickly|faster"
    r"|less training|less|speed it up|speed up))(?:\s+training|\s+time)?",
    re.I,
)
_NEEDS_A_VERB = re.compile(r"\b(?:train|learn|run|make|go|take)", re.I)

Named = Callable[[str], str | None]


def read_relative(clause: str, named: Named) -> tuple[str, str] | None:
    """The setting and the comparison in ``clause``; ``named`` says which setting words name."""
    text = clause.strip().rstrip(".!")
    counted = _COUNTED.fullmatch(text)
    if counted:
        field = _field(counted.group("field") or counted.group("field2"), named)
        return (field, _steps(counted)) if field else None
    for pattern in (_MULTIPLE, _VERB, _COMPARED, _COMPARED_AFTER):
        found = pattern.fullmatch(text)
        field = _field(found.group("field"), named) if found else None
        if found and field:
            return field, _comparison(found.groupdict())
    overall = _OVERALL.fullmatch(text)
    if overall and (_NEEDS_A_VERB.search(text) or overall.group(0).lower() not in ("more", "less")):
        return "epochs", _comparison(overall.groupdict())
    return None


def _field(words: str, named: Named) -> str | None:
    bare = re.sub(r"^(?:use|take|with|only|just)\s+", "", words.strip(), flags=re.I)
    if re.fullmatch(r"(?:training )?(?:rows|data|examples)", bare, re.I):
        return ROWS
    return named(bare)


def _steps(found: re.Match[str]) -> str:
    count = found.group("count") or "one"
    number = read_number(count) if count[0].lower() != "a" else 1
    return f"{int(number or 1)} {'less' if found.group('down') else 'more'}"


def _comparison(parts: dict[str, str | None]) -> str:
    for word, said in (("double", "double"), ("triple", "triple"), ("third", "a third")):
        if parts.get(word):
            return said
    if parts.get("half"):
        return "half"
    direction = "more" if parts.get("up") else "less"
    if parts.get("bit"):
        return f"a bit {direction}"
    return f"much {direction}" if parts.get("much") else direction
