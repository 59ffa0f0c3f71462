"""What judges say of two answers to the same row: a language model's verdicts, and the user's own."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Preference = Literal["tuned", "other", "tie"]


class Preferred(BaseModel):
    """Which of two answers to a row was found better; "other" is the best alternative's."""

    model_config = ConfigDict(frozen=True)

    row_id: str
    better: Preference


class Judged(BaseModel):
    """A language model's verdicts: each pair shown in both orders, a tie where these disagree."""

    model_config = ConfigDict(frozen=True)

    judge: str = Field(description="the model and where it answers")
    rubric: str
    other: str = Field(description="name of the arm that the tuned model was held against")
    rows: tuple[Preferred, ...]
    disagreed: int = Field(description="pairs on which the two orders gave different winners")
    low: float = Field(description="95 % interval of (wins - losses) / pairs")
    high: float
    p_value: float

    def count(self, better: Preference) -> int:
        """How many pairs went so."""
        return sum(1 for row in self.rows if row.better == better)
