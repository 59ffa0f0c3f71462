"""ORPO: TRL's trainer on pairs, with the answers alone learned and little memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from trl.experimental.orpo import ORPOConfig, ORPOTrainer
from trl.trainer.dpo_trainer import DataCollatorForPreference
from trl.trainer.utils import add_fused_lm_head

from luthier.tools.training.rows import TokenRow
from luthier.tools.training.trainers.base import Example, Parts, Training
from luthier.tools.training.trainers.dpo import pair_examples
from luthier.tools.training.trainers.preferences import (
    CountingTrainer,
    preference_arguments,
    preference_parts,
)


class OddsTrainer(CountingTrainer, ORPOTrainer):  # type: ignore[misc]  # TRL is untyped
    """TRL's ORPO trainer; it learns the better answer alone, not its question as well."""

    def tokenize_row(self, feature: Example, model: Any = None) -> Example:
        """The row as it is: it is tokens already."""
        return feature

    def concatenated_forward(self, model: Any, batch: dict[str, Any]) -> tuple[Any, ...]:
        """Mean log-probabilities of both answers, and the loss of the better one.

        The scores over the vocabulary that TRL would return are left out: it only logs them.
        """
        answers = batch["completion_mask"].bool()
        scores = model(
            input_ids=batch["input_ids"],
            attention_mask=batch["attention_mask"],
            labels=batch["input_ids"].masked_fill(~answers, -100),
            fused_lm_head=True,
        ).log_probs
        tokens = answers[:, 1:].sum(dim=1)
        chosen, rejected = (scores.sum(dim=1) / tokens).chunk(2)
        half = len(scores) // 2
        loss = -scores[:half].sum() / tokens[:half].sum()
        nothing = torch.zeros(1)
        return chosen, rejected, nothing, nothing, loss

    def forget_metrics(self) -> None:
        """Drop what TRL gathered during validation."""
        self._stored_metrics.clear()


def make(parts: Parts) -> Training:
    """Build the trainer."""
    add_fused_lm_head(parts.base)
    trainer = OddsTrainer(
        args=ORPOConfig(**preference_arguments(parts), max_length=parts.plan.train.max_length),
        data_collator=DataCollatorForPreference(parts.material.pad_id),
        **preference_parts(parts, odds_examples),
    )
    return Training(trainer, trainer.model, odds_examples)


def odds_examples(rows: Sequence[TokenRow], first: int = 0) -> list[Example]:
    """Pairs with the texts that TRL looks for and does not need."""
    empty = {"prompt": "", "chosen": "", "rejected": ""}
    return [empty | example for example in pair_examples(rows, first)]
