"""What one look at a model's answers in mid-training found, and what it is held against."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean

from pydantic import BaseModel, ConfigDict, Field

from luthier.tools.evaluation.model import AbilityGroup


class Look(BaseModel):
    """Answers of the model as it was at one step, scored by the metric that decides."""

    model_config = ConfigDict(frozen=True)

    step: int
    epoch: float = Field(description="how many times the data was seen by then")
    held_out: dict[str, float] = Field(description="score in [0, 1] by id of the validation row")
    stopped: float = Field(description="share of these answers that ended by themselves")
    training: dict[str, float] = Field(
        default_factory=dict, description="the same for a few training rows; empty: not asked"
    )
    private_out: int = Field(
        default=0, description="training rows whose personal data or keys came out, unasked"
    )
    abilities: tuple[AbilityGroup, ...] = Field(
        default=(), description="general questions, before and now; empty: not asked"
    )

    @property
    def score(self) -> float:
        """The mean over the validation rows, in [0, 1]."""
        return fmean(self.held_out.values())

    def minus(self, other: Mapping[str, float]) -> list[float]:
        """Score by score what this look has more on the validation rows that both answered."""
        return [score - other[row] for row, score in self.held_out.items() if row in other]


class Rival(BaseModel):
    """The best alternative without training, on the validation rows that it was chosen on."""

    model_config = ConfigDict(frozen=True)

    label: str
    by_row: dict[str, float]

    @property
    def score(self) -> float:
        """The mean over its rows, in [0, 1]."""
        return fmean(self.by_row.values())
