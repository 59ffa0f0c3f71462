"""What is tried, and what came of it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from luthier.tools.jobs.model import JobState


class Candidate(BaseModel):
    """Settings to try: dotted plan fields with their values."""

    model_config = ConfigDict(frozen=True)

    settings: dict[str, float | int]


class Trial(BaseModel):
    """One training that was tried; a job with its own line."""

    model_config = ConfigDict(frozen=True)

    number: int
    settings: dict[str, float | int]
    shortened: bool = Field(default=False, description="fewer passes only to save time")
    job_id: str = ""
    state: JobState
    validation_loss: float | None = None
    best_epoch: float = Field(default=0.0, description="where the validation loss was lowest")
    seconds: float = 0.0
    words: str = Field(default="", description="why there is no figure, where there is none")


class SearchResult(BaseModel):
    """All trials of a search; ``best`` is the number of the winner, if there is one."""

    model_config = ConfigDict(frozen=True)

    trials: tuple[Trial, ...]
    best: int | None = None
    present: dict[str, float | int] = Field(description="the plan's own settings")
    skipped: int = Field(default=0, description="candidates for which the time did not suffice")
    seconds: float = 0.0
    budget: float = 0.0

    @property
    def winner(self) -> Trial | None:
        """The trial with the lowest validation loss."""
        return next((trial for trial in self.trials if trial.number == self.best), None)

    def changes(self) -> dict[str, Any]:
        """What taking the winner changes in the plan; nothing where the plan has won.

        Passes that were cut short to save time are no proposal, unless they beat longer trainings.
        """
        winner = self.winner
        if winner is None:
            return {}
        longer = any(not one.shortened for one in self.trials if one.validation_loss is not None)
        return {
            name: value
            for name, value in winner.settings.items()
            if value != self.present.get(name)
            and (name != "train.epochs" or longer or not winner.shortened)
        }
