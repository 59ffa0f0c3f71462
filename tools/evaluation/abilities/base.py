"""What one question about general ability is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Item:
    """A question whose answer a rule can judge: ``passes`` says whether the answer is right."""

    prompt: str
    passes: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Question:
    """A question of knowledge with its right answer and wrong ones, judged by which is likelier."""

    prompt: str
    right: str
    wrong: tuple[str, ...]
