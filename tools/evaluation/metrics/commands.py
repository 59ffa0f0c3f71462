"""Metrics for shell commands: the right program, and the right command whatever its blanks are called."""

from __future__ import annotations

import re
import shlex

from luthier.tools.data.model import Task
from luthier.tools.evaluation.metrics.base import Metric
from luthier.tools.language import mark

_CHOICE = re.compile(r"\{\{\[([^|\]]*)\|([^\]]*)\]\}\}")  # {{[-s|--long]}}: either spelling
_BLANK = re.compile(r"\{\{.*?\}\}|<[\w /.-]+>")
_HOLE = "{{}}"


def command_words(text: str) -> list[str]:
    """The words of a command; what the user fills in counts as the same hole everywhere.

    Choices of a short and a long option become the long one. Quotes around a word do not matter.
    """
    line = _CHOICE.sub(r"\2", text.strip().strip("`").strip())
    line = _BLANK.sub(_HOLE, line.removeprefix("$ "))
    try:
        return shlex.split(line)
    except ValueError:  # an open quote
        return line.split()


def _match(_task: Task, expected: str, answer: str) -> float:
    return float(command_words(expected) == command_words(answer))


def _program(_task: Task, expected: str, answer: str) -> float:
    return float(command_words(expected)[:1] == command_words(answer)[:1] != [])


COMMAND_MATCH = Metric(
    name="command_match",
    title=mark("same command"),
    explanation=mark(
        "Share of answers that are the expected command word for word; blanks to fill in count as the "
        "same whatever they are called."
    ),
    score=_match,
)

PROGRAM = Metric(
    name="first_word",
    title=mark("right program"),
    explanation=mark("Share of answers that begin with the expected program."),
    score=_program,
)
