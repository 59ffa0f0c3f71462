"""What a typed message wishes to see measured beside the tuned model: more alternatives, own prompts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from luthier.agent.brains.guide.understand_measuring import Wish, read_measuring
from luthier.agent.brains.guide.understand_rating import read_rating
from luthier.agent.brains.guide.understand_words import plain


@dataclass(frozen=True, slots=True)
class AlternativesWish:
    """Names of arms to measure (empty: those already chosen), and the user's own instructions.

    ``measuring`` is another tool's call instead: with what, or by what, to measure.
    """

    arms: tuple[str, ...] = ()
    prompt: str = ""
    measuring: Wish | None = None


_VERB = (
    r"(?:please |also |can you |could you |and )*"
    r"(?:compare|measure|test|try|evaluate|add|include)(?: also| it| them)?"
)
_ALL = re.compile(
    rf"{_VERB}(?: (?:with|against|to))? (?:everything|all|every)"
    r"(?: (?:the |of the )?(?:other )?(?:alternatives?|arms?|ways|options))?"
)
_KNOWN = (
    (
        "tuned_retrieval",
        r"tuned (?:model )?(?:\+|and|with|plus) (?:retrieval|rag|looking things up)",
    ),
    ("retrieval", r"retrieval|rag|looking (?:things )?up|look(?:ing)? ?up"),
    ("few_shot", r"few[- ]shot|examples in the prompt"),
    ("prompted", r"instructions?(?: in the prompt)?|prompting|a better prompt|system prompts?"),
)
_SOME = re.compile(
    rf"{_VERB}(?: (?:with|against|to))?(?: the)? (?P<what>(?:{'|'.join(p for _, p in _KNOWN)})"
    r"(?:(?:,| and| or)* (?:the )?(?:"
    + "|".join(p for _, p in _KNOWN)
    + r"))*)(?: too| as well| also)?"
)
_PROMPT = re.compile(
    r"(?:(?:my|our) (?:own )?(?:prompt|instructions?) (?:is|are|reads?|says?)|"
    r"(?:use|try|measure|test) (?:my|our|this) (?:own )?(?:prompt|instructions?))\s*[:=]\s*(?P<text>.+)",
    re.IGNORECASE | re.DOTALL,
)
EVERY_ARM = ("prompted", "few_shot", "retrieval", "tuned_retrieval")


def read_alternatives(text: str) -> AlternativesWish | None:
    """The wish in ``text``, or None: "compare with everything", "add retrieval", "my prompt is: ..."."""
    measuring = read_rating(text, plain(text)) or read_measuring(text)
    if measuring:
        return AlternativesWish(measuring=measuring)
    own = _PROMPT.fullmatch(text.strip())
    if own:
        return AlternativesWish(arms=("prompted",), prompt=own["text"].strip().strip("\"“”'"))
    words = re.sub(r"\s+", " ", text.strip().lower()).rstrip(".!? ")
    if _ALL.fullmatch(words):
        return AlternativesWish(arms=EVERY_ARM)
    some = _SOME.fullmatch(words)
    if not some:
        return None
    rest, found = some["what"], []
    for name, pattern in _KNOWN:
        rest, number = re.subn(pattern, " ", rest)
        if number:
            found.append(name)
    return AlternativesWish(arms=tuple(name for name in EVERY_ARM if name in found))
