"""Which rows are answered in a look, and how: by the metric that decides, and by it alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from luthier.tools.data.model import Row
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.arms.arm import Bench
from luthier.tools.evaluation.arms.choice import choice_rows
from luthier.tools.evaluation.cache import Reply
from luthier.tools.evaluation.memorised import private_in
from luthier.tools.evaluation.metrics.base import Standards
from luthier.tools.evaluation.metrics.ruler import Ruler
from luthier.tools.evaluation.sample import sample_rows
from luthier.tools.language import _
from luthier.tools.training.rows import first_part


@dataclass
class Questions:
    """The rows of one data set that a training answers between its passes.

    Args:
        bench: has the rows and says what decides; its model is not used.
        train_rows: the first so many are trained on; all where it is 0.
    """

    bench: Bench
    train_rows: int = 0

    @cached_property
    def held_out(self) -> list[Row]:
        """The validation rows on which the alternatives were chosen; none where they are too few."""
        return choice_rows(self.bench)

    @cached_property
    def trained(self) -> list[Row]:
        """As many training rows: those with private things first, then others."""
        rows = first_part(self.bench.rows("train"), self.train_rows)
        private = [row for row in rows if private_in(row)][: len(self.held_out) // 2]
        taken = {row.id for row in private}
        others = [row for row in rows if row.id not in taken]
        return [*private, *sample_rows(others, len(self.held_out) - len(private))]

    def scores(self, rows: Sequence[Row], replies: Sequence[Reply]) -> dict[str, float]:
        """The score in [0, 1] of each answer, by the id of its row.

        Raises:
            LuthierError: the metric cannot be used, or needs a second model (``watchdog.second_model``).
        """
        found = self._ruler.score(rows, [reply.text for reply in replies])
        return {row.id: by[self.bench.plan.metric] for row, by in zip(rows, found, strict=True)}

    @cached_property
    def _ruler(self) -> Ruler:
        standards = Standards(
            task=self.bench.dataset.task,
            plan=self.bench.plan,
            answers=[row.completion for row in self.bench.rows("train")],
            embed=self._embed,
        )
        return Ruler(standards, deciding_alone=True)

    def _embed(self, texts: Sequence[str]) -> Any:
        """Vectors by the plan's own encoder; the base model would be a second one in memory."""
        if not self.bench.plan.encoder:
            raise LuthierError(
                _("The measure that decides would need a second model in memory."),
                code="watchdog.second_model",
            )
        return self.bench.embed(texts)
