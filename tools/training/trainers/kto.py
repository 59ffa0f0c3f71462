"""KTO: TRL's trainer on single answers that are marked as wanted or not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from datasets import Dataset
from trl import KTOConfig, KTOTrainer

from luthier.tools.training.preference_rows import JudgedRow
from luthier.tools.training.rows import TokenRow
from luthier.tools.training.trainers.base import (
    Example,
    Parts,
    Training,
    common_arguments,
    lora_config,
)
from luthier.tools.training.trainers.preferences import CountingTrainer, bound_memory


class JudgedTrainer(CountingTrainer, KTOTrainer):  # type: ignore[misc]  # TRL is untyped
    """TRL's KTO trainer on rows that are tokens already."""


def make(parts: Parts) -> Training:
    """Build the trainer; it puts the adapter on the model itself."""
    bound_memory()
    plan, material = parts.plan, parts.material
    examples = judged_examples(plan.train.batch_size)
    trainer = JudgedTrainer(
        model=parts.base,
        args=KTOConfig(
            **common_arguments(plan, parts.output, parts.device),
            per_device_eval_batch_size=plan.train.batch_size,
            gradient_checkpointing=plan.train.gradient_checkpointing,
            beta=plan.preference.beta,
            desirable_weight=plan.preference.wanted_weight,
            undesirable_weight=plan.preference.unwanted_weight,
            max_length=None,
        ),
        train_dataset=Dataset.from_list(examples(material.train, 0)),
        eval_dataset=Dataset.from_list(examples(material.validation, 0))
        if material.validation
        else None,
        processing_class=parts.tokenizer,
        peft_config=lora_config(plan, parts.base),
        callbacks=list(parts.callbacks),
    )
    return Training(trainer, trainer.model, examples)


def judged_examples(batch: int) -> Callable[[Sequence[TokenRow], int], list[Example]]:
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
