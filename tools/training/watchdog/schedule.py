"""When answers are looked at: at the check nearest to the end of each pass, but the last."""

from __future__ import annotations

from dataclasses import dataclass

FEWEST_LOOKS = 2
"""Looks where there are fewer passes than that."""
NEAR = 0.45
"""Of the way between two checks, by which a check may come before the end of a pass."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The looks of a training of ``epochs`` passes with so many checks in each."""

    epochs: float
    checks_per_epoch: int

    @property
    def unit(self) -> float:
        """Passes between two looks: one, or less where there are hardly any."""
        return min(1.0, self.epochs / (FEWEST_LOOKS + 1))

    def is_due(self, epoch: float, last: float) -> bool:
        """Whether to look at a check after ``epoch`` passes; the last look was after ``last``."""
        return self._reached(last) < self._reached(epoch) < self._reached(self.epochs)

    def ahead(self, epoch: float) -> int:
        """Looks to come; the end is no look, since the evaluation follows."""
        return max(self._reached(self.epochs) - 1 - self._reached(epoch), 0)

    def _reached(self, epoch: float) -> int:
        return int((epoch + NEAR / self.checks_per_epoch) / self.unit) if epoch else 0
