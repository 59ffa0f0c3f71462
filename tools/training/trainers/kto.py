"""KTO: TRL's trainer on single answers that are marked as wanted or not."""

from __future__ import annotations

from collections.abc import Sequence

from trl import KTOConfig, KTOTrainer

from luthier.tools.training.preference_rows import JudgedRow
from luthier.tools.training.rows import TokenRow
from luthier.tools.training.trainers.base import Example, Examples, Parts, Training
from luthier.tools.training.trainers.preferences import (
    CountingTrainer,
    preference_arguments,
    preference_parts,
)


class JudgedTrainer(CountingTrainer, KTOTrainer):  # type: ignore[misc]  # TRL is untyped
    """TRL's KTO trainer on rows that are tokens already."""


def make(parts: Parts) -> Training:
    """Build the trainer."""
    weights = parts.plan.preference
    examples = judged_examples(parts.plan.train.batch_size)
    trainer = JudgedTrainer(
        args=KTOConfig(
            **preference_arguments(parts),
            desirable_weight=weights.wanted_weight,
            undesirable_weight=weights.unwanted_weight,
            max_length=None,
        ),
        **preference_parts(parts, examples),
    )
    return Training(trainer, trainer.model, examples)


def judged_examples(batch: int) -> Examples:
    """Rows as TRL takes them, each with the answer of its neighbour in the batch.

    How far the model has moved from the base is estimated on such mismatched answers (Ethayarajh
    et al. 2024, section 4.1), so rows are not shuffled between batches.
    """

    def examples(rows: Sequence[TokenRow], _first: int = 0) -> list[Example]:
        judged = [row for row in rows if isinstance(row, JudgedRow)]
        made: list[Example] = []
        for start in range(0, len(judged), batch):
            members = judged[start : start + batch]
            others = [members[-1], *members[:-1]]
            made += [
                {
                    "prompt_ids": row.question,
                    "completion_ids": row.answer,
                    "KL_completion_ids": other.answer,
                    "label": row.wanted,
                }
                for row, other in zip(members, others, strict=True)
            ]
        return made

    return examples
