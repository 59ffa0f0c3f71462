"""LoRA on the answers: TRL's SFT trainer with Luthier's packed rows and loss."""

from __future__ import annotations

from typing import Any

from datasets import Dataset
from peft import get_peft_model
from trl import SFTConfig

from luthier.tools.training.acceleration import same_loss_when_frozen, switch_on
from luthier.tools.training.batches import PackedCollator, PaddedCollator
from luthier.tools.training.frozen_layers import FrozenLower, worth_freezing
from luthier.tools.training.material import Material
from luthier.tools.training.trainer import AnswerTrainer
from luthier.tools.training.trainers.base import (
    Parts,
    Training,
    common_arguments,
    lora_config,
    plain_examples,
)


def make(parts: Parts) -> Training:
    """Put a fresh adapter on the model and build the trainer."""
    plan, material = parts.plan, parts.material
    model = get_peft_model(parts.base, lora_config(plan, parts.base))
    attention = parts.base.config._attn_implementation
    fast, prefix = switch_on(model, [*material.train, *material.validation], material.pad_id)
    trainer = answer_trainer(parts, model, fast, prefix)
    if fast and plan.lora.layers == "upper_half":
        trainer.frozen = freeze_lower(model, material, prefix)
    return Training(trainer, trainer.model, plain_examples, fast, prefix, attention)


def answer_trainer(parts: Parts, model: Any, fast: bool, prefix: int) -> AnswerTrainer:
    """The trainer of answers on ``model``, over packed rows where that is possible."""
    plan, material = parts.plan, parts.material
    first = len(material.train)
    return AnswerTrainer(
        model=model,
        args=SFTConfig(
            **common_arguments(plan, parts.output, parts.device),
            per_device_eval_batch_size=2 * plan.train.batch_size,
            activation_checkpointing=plan.train.gradient_checkpointing,
            max_length=None,
            dataset_kwargs={"skip_prepare_dataset": True},
        ),
        train_dataset=Dataset.from_list(plain_examples(material.train)),
        eval_dataset=Dataset.from_list(plain_examples(material.validation, first))
        if material.validation
        else None,
        processing_class=parts.tokenizer,
        data_collator=PackedCollator(prefix) if fast else PaddedCollator(material.pad_id),
        callbacks=list(parts.callbacks),
        fast=fast,
    )


def freeze_lower(model: Any, material: Material, prefix: int) -> FrozenLower | None:
    """What the layers below the first adapter give, if it fits and gives the same loss.

    Models that change embeddings before their first layer would give another loss.
    """
    base = model.get_base_model()
    backbone = getattr(base, base.base_model_prefix)
    rows = [*material.train, *material.validation]
    if not worth_freezing(rows, prefix, backbone):
        return None
    first = base.config.get_text_config().num_hidden_layers // 2
    frozen = FrozenLower(backbone, first, rows, prefix)
    return frozen if same_loss_when_frozen(model, frozen, rows, prefix) else None
