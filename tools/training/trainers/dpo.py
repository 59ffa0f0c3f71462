"""DPO: TRL's trainer on pairs; the base model without the adapter is the reference."""

from __future__ import annotations

from collections.abc import Sequence

from trl import DPOConfig, DPOTrainer

from luthier.tools.training.preference_rows import PairRow
from luthier.tools.training.rows import TokenRow
from luthier.tools.training.trainers.base import Example, Parts, Training
from luthier.tools.training.trainers.preferences import (
    CountingTrainer,
    preference_arguments,
    preference_parts,
)


class PairTrainer(CountingTrainer, DPOTrainer):  # type: ignore[misc]  # TRL is untyped
    """TRL's DPO trainer on rows that are tokens already."""


def make(parts: Parts) -> Training:
    """Build the trainer."""
    trainer = PairTrainer(
        args=DPOConfig(**preference_arguments(parts), max_length=None),
        **preference_parts(parts, pair_examples),
    )
    return Training(trainer, trainer.model, pair_examples)


def pair_examples(rows: Sequence[TokenRow], _first: int = 0) -> list[Example]:
    """Pairs as TRL takes them."""
    return [
        {"prompt_ids": row.question, "chosen_ids": row.chosen, "rejected_ids": row.rejected}
        for row in rows
        if isinstance(row, PairRow)
    ]
