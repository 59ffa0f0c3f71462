"""Answers in which another model refuses or speaks of itself: the tuned model would do the same."""

from __future__ import annotations

import re
from collections.abc import Iterator

from luthier.tools.data.checks.base import Places
from luthier.tools.data.model import Problem, Row, Task
from luthier.tools.language import _

_BOILERPLATE = re.compile(
    r"\bas an? (?:ai|artificial intelligence)(?:[ -](?:language )?(?:model|assistant|chatbot))?\b[, ]"
    r"|\bas a (?:large )?language model\b|\bI(?:'m| am) (?:just|only) an? (?:ai|artificial intelligence)"
    r"(?: (?:language )?(?:model|assistant))?\b"
    r"|\bI(?:'m| am) sorry,? but (?:I|as)(?: am|'m)?(?: (?:can(?:not|'t|’t)|unable|not able)| an? AI)\b"
    r"|\bI(?:'m| am)(?: not able| unable) to (?:assist|help|comply|fulfil?l|provide|answer)\b"
    r"|\bI (?:can(?:not|'t|’t)) (?:assist|help) (?:you )?with (?:that|this)\b"
    r"|\bmy (?:knowledge|training)(?: data)? (?:cut-?off|only goes)|\bknowledge cut-?off\b"
    r"|\b(?:developed|trained|created) by OpenAI\b",
    re.IGNORECASE,
)


_HINTS = (
    "as a", "language model", "i'm", "i am", "i can", "my knowledge", "my training",
    "knowledge cut", "by openai",
)  # fmt: skip
"""One of these stands in every match: looking for them first takes a tenth of the time."""


def boilerplate(text: str) -> str:
    """The first such phrase in ``text``, or ""."""
    start = text[:4000].replace("’", "'")
    lower = start.lower()
    for hint in _HINTS:
        if hint in lower:
            break
    else:
        return ""
    found = _BOILERPLATE.search(start)
    return found.group() if found else ""


class Boilerplate:
    """Counts rows with such an answer."""

    def __init__(self) -> None:
        self._places = Places()

    def see(self, row: Row) -> None:
        """Look at the assistant's turns."""
        for message in row.messages:
            if message.role == "assistant":
                found = boilerplate(message.content)
                if found:
                    self._places.add(row.source, found)
                    return

    def findings(self, rows: int, task: Task) -> Iterator[Problem]:
        """One warning; nothing where the answers are labels."""
        if self._places.count and task.kind != "labels":
            yield self._places.problem(
                "refusals",
                "warns",
                _("The answer refuses, or speaks “as an AI”."),
                _("Leave these rows out, unless your model shall refuse such questions."),
            )
