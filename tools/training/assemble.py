"""Putting one training together: base model, adapter, rows and trainer, ready to run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from peft import LoraConfig, get_peft_model
from transformers import TrainerCallback, set_seed
from transformers.trainer_callback import PrinterCallback
from transformers.utils import logging as transformers_logging
from trl import SFTConfig

from luthier.tools.estimate.machine import Machine
from luthier.tools.models.device import choose_device
from luthier.tools.models.loading import load_base
from luthier.tools.training.acceleration import same_loss_when_frozen, switch_on
from luthier.tools.training.batches import PackedCollator, PaddedCollator
from luthier.tools.training.frozen_layers import FrozenLower, worth_freezing
from luthier.tools.training.plan import Plan
from luthier.tools.training.rows import Material, TokenRow
from luthier.tools.training.trainer import AnswerTrainer

SCHEDULERS = {"cosine": "cosine", "linear": "linear", "constant": "constant_with_warmup"}
KEPT_CHECKPOINTS = 2


@dataclass(frozen=True, slots=True)
class Training:
    """A training ready to run.

    Attributes:
        trainer: the trainer with its data and callbacks.
        model: the PEFT model in it.
        fast: whether Luthier's fast way computes the same loss for this model and is on.
        prefix: tokens that all rows share at their start.
    """

    trainer: AnswerTrainer
    model: Any
    fast: bool
    prefix: int


def assemble(
    plan: Plan,
    material: Material,
    machine: Machine,
    output: Path,
    callbacks: Sequence[TrainerCallback] = (),
) -> Training:
    """Load the model, put a fresh adapter on it and build the trainer.

    The seed is set just before the adapter's random start, as TRL does.

    Raises:
        LuthierError: the model cannot be loaded or does not fit into memory.
    """
    transformers_logging.set_verbosity_error()
    torch.set_num_threads(machine.cores)
    device = choose_device().name
    dtype = "bfloat16" if machine.bfloat16 or device == "cuda" else "float32"
    base, tokenizer = load_base(material.reference, dtype=dtype)
    base.config.use_cache = False
    set_seed(plan.train.seed)
    model = get_peft_model(base, lora_config(plan, base))
    fast, prefix = switch_on(model, [*material.train, *material.validation], material.pad_id)
    trainer = AnswerTrainer(
        model=model,
        args=trainer_arguments(plan, output, device),
        train_dataset=as_dataset(material.train),
        eval_dataset=as_dataset(material.validation, first=len(material.train))
        if material.validation
        else None,
        processing_class=tokenizer,
        data_collator=PackedCollator(prefix) if fast else PaddedCollator(material.pad_id),
        callbacks=list(callbacks),
        fast=fast,
    )
    trainer.remove_callback(PrinterCallback)
    if fast and plan.lora.layers == "upper_half":
        trainer.frozen = freeze_lower(model, material, prefix)
    return Training(trainer, trainer.model, fast, prefix)


def lora_config(plan: Plan, base: Any) -> LoraConfig:
    """LoRA on every linear matrix of all layers, or of the upper half of them."""
    common = {
        "r": plan.lora.rank,
        "lora_alpha": plan.lora.alpha,
        "lora_dropout": plan.lora.dropout,
        "task_type": "CAUSAL_LM",
    }
    if plan.lora.layers == "all":
        return LoraConfig(target_modules="all-linear", **common)
    layers = base.config.get_text_config().num_hidden_layers
    backbone = getattr(base, base.base_model_prefix)
    names = {
        name.rpartition(".")[2]
        for name, module in backbone.layers.named_modules()
        if isinstance(module, torch.nn.Linear)
    }
    upper = list(range(layers // 2, layers))
    return LoraConfig(target_modules=sorted(names), layers_to_transform=upper, **common)


def trainer_arguments(plan: Plan, output: Path, device: str) -> SFTConfig:
    """TRL's configuration for a plan.

    Saving and evaluating are asked for by Luthier's callback; NaN is logged, not filtered, so that
    the watchdog sees it.
    """
    train = plan.train
    return SFTConfig(
        output_dir=str(output),
        per_device_train_batch_size=train.batch_size,
        per_device_eval_batch_size=2 * train.batch_size,
        gradient_accumulation_steps=train.gradient_accumulation,
        num_train_epochs=train.epochs,
        learning_rate=train.learning_rate,
        lr_scheduler_type=SCHEDULERS[train.scheduler],
        warmup_steps=train.warmup,
        weight_decay=0.0,
        seed=train.seed,
        activation_checkpointing=train.gradient_checkpointing,
        use_cpu=device == "cpu",
        bf16=False,
        logging_steps=1,
        logging_nan_inf_filter=False,
        save_strategy="no",
        eval_strategy="no",
        save_total_limit=KEPT_CHECKPOINTS,
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=False,
        remove_unused_columns=False,
        max_length=None,
        dataset_kwargs={"skip_prepare_dataset": True},
    )


def as_dataset(rows: Sequence[TokenRow], first: int = 0) -> Dataset:
    """The rows as the trainer takes them, numbered from ``first`` on."""
    return Dataset.from_dict(
        {
            "input_ids": [row.ids for row in rows],
            "labels": [row.labels for row in rows],
            "index": range(first, first + len(rows)),
        }
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
