"""Which method of tuning a message asks for: "use DPO", "full fine-tuning", "back to LoRA"."""

from __future__ import annotations

import re

_USE = (
    r"(?:(?:use|try|take|do|go (?:with|back to|for)|back to|switch(?: back)? to|change to|with|by|via"
    r"|tune|train|run|set|make it|start)\s+)*"
    r"(?:(?:it |this |the model )?(?:with|by|via|using|as)\s+)?(?:the |a )?"
    r"(?:(?:training |tuning )?method(?: is| to|:| =)? )?"
)
_WAYS = (
    ("full", r"full[- ]?(?:parameter )?(?:fine[- ]?)?(?:tuning|training|fine ?tune)|all (?:the )?weights"
             r"|every weight|the whole model|(?:all|the whole) of the model"),
    ("dpo", r"dpo|direct preference optimi[sz]ation|preference tuning"),
    ("orpo", r"orpo|odds ratio(?: preference optimi[sz]ation)?"),
    ("kto", r"kto|(?:my |the )?thumbs(?: up(?: and| or)? down)?"),
    ("lora", r"lora|sft|supervised(?: fine[- ]?tuning)?"),
)  # fmt: skip
_BARE = frozenset({"lora", "sft"})
_END = r"(?:\s+(?:instead|tuning|training|fine[- ]?tuning|method|on it|of it))*"
_PATTERNS = tuple((name, re.compile(rf"{_USE}(?:{way}){_END}", re.I)) for name, way in _WAYS)


def read_method(request: str) -> str | None:
    """The name of the method that the whole of ``request`` asks for, or None."""
    words = " ".join(request.split()).rstrip(".! ")
    if words.casefold() in _BARE:  # a bare word may as well be a question
        return None
    return next((name for name, pattern in _PATTERNS if pattern.fullmatch(words)), None)
