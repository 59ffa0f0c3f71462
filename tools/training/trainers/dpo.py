"""DPO: TRL's trainer on pairs; the base model without the adapter is the reference."""

from __future__ import annotations

from collections.abc import Sequence

from datasets import Dataset
from trl import DPOConfig, DPOTrainer

from luthier.tools.training.preference_rows import PairRow
from luthier.tools.training.rows import TokenRow
from luthier.tools.training.trainers.base import (
    Example,
    Parts,
    Training,
    common_arguments,
    lora_config,
)
from luthier.tools.training.trainers.preferences import CountingTrainer, bound_memory


class PairTrainer(CountingTrainer, DPOTrainer):  # type: ignore[misc]  # TRL is untyped
    """TRL's DPO trainer on rows that are tokens already."""


def make(parts: Parts) -> Training:
    """Build the trainer; it puts the adapter on the model itself."""
    bound_memory()
    plan, material = parts.plan, parts.material
    trainer = PairTrainer(
        model=parts.base,
        args=DPOConfig(
            **common_arguments(plan, parts.output, parts.device),
            per_device_eval_batch_size=plan.train.batch_size,
            gradient_checkpointing=plan.train.gradient_checkpointing,
            beta=plan.preference.beta,
            max_length=None,
        ),
        train_dataset=Dataset.from_list(pair_examples(material.train)),
        eval_dataset=Dataset.from_list(pair_examples(material.validation))
        if material.validation
        else None,
        processing_class=parts.tokenizer,
        peft_config=lora_config(plan, parts.base),
        callbacks=list(parts.callbacks),
    )
    return Training(trainer, trainer.model, pair_examples)


def pair_examples(rows: Sequence[TokenRow], _first: int = 0) -> list[Example]:
    """Pairs as TRL takes them."""
    return [
        {"prompt_ids": row.question, "chosen_ids": row.chosen, "rejected_ids": row.rejected}
        for row in rows
        if isinstance(row, PairRow)
    ]
