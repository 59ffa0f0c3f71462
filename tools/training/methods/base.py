"""What a method of tuning is: what it reads, what it trains, how large its steps are, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from luthier.tools.training.plan import MethodName

Reads = Literal["answers", "pairs", "judged"]
"""Answers; pairs of a better and a worse one; answers marked as wanted or not."""


@dataclass(frozen=True, slots=True)
class Method:
    """One way to tune.

    Attributes:
        name: as in the plan.
        title: what people call it; to be translated.
        about: what it does, in one sentence; to be translated.
        reads: what a row has to hold.
        rates: pairs of a number of parameters and the learning rate of models below it; the last
            rate is that of all larger ones.
        rate_reason: why the steps have this size; to be translated.
        most_epochs: passes over the data beyond which it mostly learns by heart.
        trainer: module and function that puts the trainer together; imported in workers only.
        adapter: whether a LoRA adapter is trained instead of all weights.
        work: computing per token of a step, against LoRA on answers.
        synonyms: other words for it.
    """

    name: MethodName
    title: str
    about: str
    reads: Reads
    rates: tuple[tuple[float, float], ...]
    rate_reason: str
    most_epochs: float
    trainer: str
    adapter: bool = True
    work: float = 1.0
    synonyms: tuple[str, ...] = ()

    def rate(self, parameters: int) -> float:
        """The learning rate for a model of this many parameters."""
        return next((rate for limit, rate in self.rates if parameters < limit), self.rates[-1][1])
