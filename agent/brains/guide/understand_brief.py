"""Read the interview's answers out of free text: the use case, and what was tried so far."""

from __future__ import annotations

import re

from luthier.agent.brains.guide.arabic import in_english
from luthier.agent.brains.guide.understand_words import plain
from luthier.tools.advice.model import Tried, UseCase

_USE_CASES: tuple[tuple[UseCase, str], ...] = (
    (
        "new_facts",
        r"facts?|knowledge|know (?:about|our|my|the)|documents?|docs|manuals?|wiki|handbook|faq"
        r"|policies|price list|catalogue|catalog|up[- ]to[- ]date|recent (?:events|news)|our products"
        r"|questions about|look(?:ing)? (?:things )?up",
    ),
    (
        "structured",
        r"json|xml|yaml|sql|structured|structure|fields?|extract\w*|parse|tables?|forms?|tickets?"
        r"|key[- ]values?|slots?|schema|api calls?|commands?|records?|entities",
    ),
    (
        "labels",
        r"labels?|classif\w*|categor\w*|sort(?:ing)?|spam|topics?|sentiment|route|routing|tag(?:s|ging)?"
        r"|detect\w*|moderat\w*|triage|intents?|yes or no|flag(?:ging)?|group(?:ing)?",
    ),
    (
        "style",
        r"style|tone|voice|persona|character|limericks?|poems?|rhymes?|polite|friendly|formal|shorter"
        r"|concise|brand|sounds? like|like (?:me|us|shakespeare|a pirate)|rewrit\w*|rephras\w*"
        r"|write like|answer like|format(?:ting)?|templates?|summar\w*|translat\w*|jokes?",
    ),
)
_TRIED: tuple[tuple[Tried, str], ...] = (
    ("few_shot", r"few[- ]?shot|one[- ]?shot|examples?|in[- ]context|shots"),
    (
        "retrieval",
        r"rag|retriev\w*|search|vector|embedding\w*|look(?:ing|ed)? (?:things |it )?up|index",
    ),
    ("another_tune", r"fine-?tun\w*|tun(?:ed|ing)|train(?:ed|ing)|lora|adapter"),
    (
        "prompting",
        r"prompt\w*|instruct\w*|ask(?:ed|ing)|told|system message|chatgpt|gpt\S*|claude|wording",
    ),
)
_NOTHING = re.compile(
    r"\b(?:nothing|none|not (?:yet|anything)|no(?:t tried| attempts?)?|havent|have not|never)\b"
)


def read_use_case(text: str) -> UseCase | None:
    """The kind of task that a description names most clearly; None where it names none."""
    words = plain(in_english(text))
    found = {name: len(re.findall(rf"\b(?:{pattern})\b", words)) for name, pattern in _USE_CASES}
    best = max(found, key=lambda name: found[name])
    return best if found[best] else None


def read_tried(text: str) -> tuple[Tried, ...] | None:
    """What was tried, of the ways known here; ("nothing",) for a no, None where nothing is named."""
    words = plain(in_english(text))
    found = tuple(name for name, pattern in _TRIED if re.search(rf"\b(?:{pattern})\b", words))
    if _NOTHING.search(words) and (
        not found or re.match(r"(?:no|nothing|none|not|never)\b", words)
    ):
        return ("nothing",)
    return found or None
