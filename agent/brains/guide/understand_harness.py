"""What a typed message wishes of lm-eval: which task it shall ask."""

from __future__ import annotations

import re

_NAME = r"(?:lm[- _]?eval(?:uation)?(?:[- _]harness)?|evaluation harness)"
_ASK = re.compile(
    rf"(?:please |can you |could you )*(?:run|use|ask|start|try|measure with|check with) (?:the )?"
    rf"{_NAME}(?: (?:on|with|for|about))?(?: (?:the )?task)?(?: file)? (?P<task>.+)",
    re.I,
)
_QUESTION = re.compile(r"[?؟]\s*$|\b(?:is|are|does|do)\b", re.I)


def read_harness(text: str) -> str | None:
    """The task file or name that lm-eval shall ask, as written; None where nothing is wished."""
    words = " ".join(text.split()).rstrip(".!")
    found = _ASK.fullmatch(words)
    if found is None or _QUESTION.search(words):
        return None
    task = found["task"].removesuffix(" please").rstrip(",")
    return task.strip("\"'“”‘’`«»")
