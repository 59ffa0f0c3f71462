"""What a typed message wishes to be measured with: documents, other models, own measures, prices."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Wish = tuple[str, dict[str, Any]]
"""A tool and its arguments."""

_FILE = r"[\"“'`]?(?P<one>(?:~|\.{0,2}/|[A-Za-z]:\\)?[^\s\"”'`]+(?:\\ [^\s\"”'`]+)*)[\"”'`]?"
_DO = r"(?:please |also |can you |could you |and )*"
_NUMBER = r"(?P<one>\d+(?:[.,]\d+)?)"
_CURRENCY = r"(?: ?(?:\$|€|£|usd|eur|dollars?|euros?|pounds?))?"
_MEASURES = (
    ("macro_f1", r"macro[- _]?f1|f1"),
    ("chrf", r"chrf"),
    ("rouge_l", r"rouge(?:[- _]?l)?"),
    ("meaning", r"(?:likeness of )?meaning|embedding similarity|semantic similarity"),
    ("exact_match", r"exact match"),
    ("format_rules", r"format(?: rules)?|form"),
    ("refusal", r"refusals?"),
    ("schema_valid", r"schema validity"),
)


def _compare(name: str) -> Callable[[str], Wish]:
    return lambda value: ("compare_alternatives", {name: value})


def _amount(name: str) -> Callable[[str], Wish]:
    return lambda value: ("compare_alternatives", {name: float(value.replace(",", "."))})


_PATTERNS: tuple[tuple[str, Callable[[str], Wish]], ...] = (
    (
        rf"{_DO}(?:look (?:things |it |them )?up|search|retrieve) (?:in|from) (?:my |the |our )?"
        rf"(?:documents?|files?|folder|docs)?(?: in| under| at)? ?{_FILE}",
        _compare("documents"),
    ),
    (
        rf"{_DO}(?:compare|measure|test|try|use|add) (?:with )?(?:my |the |our )(?:documents|docs)"
        rf"(?: in| under| at)? {_FILE}",
        _compare("documents"),
    ),
    (
        rf"{_DO}(?:compare|measure|test|add|try)(?: it| them)?(?: with| against)? (?:the |its |this )?"
        r"(?:checkpoint(?: at| of)?(?: step)?|step) (?P<one>\d{1,9})",
        lambda value: ("compare_alternatives", {"models": [f":{value}"]}),
    ),
    (
        rf"{_DO}(?:compare|measure|test|add|try)(?: it| them)?(?: with| against)? "
        r"(?:all |every |the |of |its |other )*(?P<one>checkpoints)",
        lambda _value: ("compare_alternatives", {"models": [":all"]}),
    ),
    (
        rf"{_DO}(?:use|take|try|(?:compare|measure)(?: meaning)? (?:by|with)) (?:my |the |our )?"
        rf"(?:sentence |own |embedding )*(?:encoder|embeddings)(?: in| under| at| from)? {_FILE}"
        r"(?: for meaning)?",
        _compare("encoder"),
    ),
    (
        rf"{_DO}(?:compare|measure|test|add)(?: it| them)?(?: with| against)? (?:the )?(?:other )?"
        r"(?:training|tuned model|checkpoint|job) (?P<one>[A-Za-z0-9]{6,}(?::\d+)?)",
        lambda value: ("compare_alternatives", {"models": [value]}),
    ),
    (
        rf"{_DO}(?:check|measure|validate|judge)(?: them| it| answers| the answers)? (?:with|against|by) "
        rf"(?:my |the |our )?(?:json )?schema {_FILE}",
        _compare("json_schema"),
    ),
    (
        rf"{_DO}(?:run|execute|check|test) (?:the )?(?:sql|queries|answers) (?:on|against|in) "
        rf"(?:my |the |our )?(?:database |schema )?{_FILE}",
        _compare("database"),
    ),
    (
        r"(?:the )?answers? (?:should|must|have to) (?:match|fit) (?:the )?(?:pattern |regex )?"
        r"(?P<one>.+)",
        _compare("pattern"),
    ),
    (
        rf"{_DO}(?:an|one) hour (?:of (?:this|the) (?:machine|computer) )?costs {_NUMBER}{_CURRENCY}",
        _amount("price_per_hour"),
    ),
    (
        rf"{_DO}(?:preparing the data|the data|preparation) (?:has )?cost {_NUMBER}{_CURRENCY}",
        _amount("preparation_price"),
    ),
    (
        rf"{_DO}(?:hosting|standing ready|the server) costs {_NUMBER}{_CURRENCY} (?:an|per|a) hour",
        _amount("hosting_per_hour"),
    ),
    (
        rf"{_DO}(?:measure|score|judge)(?: them| it| everything)? (?:with|by) (?:my|our) (?:own )?"
        rf"(?:measure|metric|function|script)(?: in)? {_FILE}",
        lambda value: ("use_own_metric", {"path": value}),
    ),
    (
        rf"{_DO}(?:decide|go) by (?:my|our) (?:own )?(?:measure|metric|function|script)(?: in)? {_FILE}",
        lambda value: ("use_own_metric", {"path": value, "decides": True}),
    ),
)
_READY = tuple((re.compile(pattern, re.IGNORECASE), make) for pattern, make in _PATTERNS)
_ELSEWHERE = re.compile(
    rf"{_DO}(?:compare|measure|test|try|add|ask)(?: it| them)?(?: with| against)? (?:the )?(?:model )?"
    r"(?P<model>[\w./:-]+) (?:at|on|from) (?P<url>https?://\S+|localhost\S*|[\w.-]+\.[a-z]{2,}\S*)",
    re.IGNORECASE,
)
_MORE = re.compile(
    rf"{_DO}(?:also )?(?:show|measure|add|use)(?: me)?(?: the)? "
    rf"(?P<one>{'|'.join(pattern for _name, pattern in _MEASURES)})(?: too| as well| also)?",
    re.IGNORECASE,
)


def read_measuring(text: str) -> Wish | None:
    """The tool and its arguments, or None: "look things up in docs/", "an hour costs 0.10" ..."""
    said = " ".join(text.split()).rstrip("!? ").removesuffix(".")
    elsewhere = _ELSEWHERE.fullmatch(said)
    if elsewhere:
        return "compare_elsewhere", {"url": elsewhere["url"], "model": elsewhere["model"]}
    for pattern, make in _READY:
        found = pattern.fullmatch(said)
        if found:
            return make(found["one"])
    more = _MORE.fullmatch(said)
    if more is None:
        return None
    name = next(n for n, p in _MEASURES if re.fullmatch(p, more["one"], re.IGNORECASE))
    return "compare_alternatives", {"measures": [name]}
