"""What every method's trainer is made from, and what it has to be for the job around it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig
from transformers import TrainerCallback

from luthier.tools.training.material import Material
from luthier.tools.training.plan import Plan
from luthier.tools.training.rows import TokenRow

SCHEDULERS = {"cosine": "cosine", "linear": "linear", "constant": "constant_with_warmup"}
KEPT_CHECKPOINTS = 2

Example = dict[str, Any]
Examples = Callable[[Sequence[TokenRow], int], list[Example]]
"""Rows as the trainer takes them, numbered from the given number on."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a trainer is put together from; ``base`` is the loaded model, in training's precision."""

    plan: Plan
    material: Material
    base: Any
    tokenizer: Any
    output: Path
    device: str
    callbacks: Sequence[TrainerCallback]


@dataclass(frozen=True, slots=True)
class Training:
    """A training ready to run.

    Attributes:
        trainer: the trainer with its data and callbacks; counts ``row_tokens`` as it goes.
        model: the model in it, a PEFT model where an adapter is trained.
        examples: rows as the trainer takes them.
        fast: whether Luthier's fast way computes the same loss for this model and is on.
        prefix: tokens that all rows share at their start.
        attention: transformers' name of the attention that the model answers with, where the fast
            way has put its own in place.
    """

    trainer: Any
    model: Any
    examples: Examples
    fast: bool = False
    prefix: int = 0
    attention: str = ""


def plain_examples(rows: Sequence[TokenRow], first: int = 0) -> list[Example]:
    """Tokens with their labels."""
    return [
        {"input_ids": row.ids, "labels": row.labels, "index": index}
        for index, row in enumerate(rows, start=first)
    ]


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


def common_arguments(plan: Plan, output: Path, device: str) -> dict[str, Any]:
    """The settings that every trainer takes from a plan.

    Saving and evaluating are asked for by Luthier's callback; NaN is logged, not filtered, so that
    the watchdog sees it.
    """
    train = plan.train
    return {
        "output_dir": str(output),
        "per_device_train_batch_size": train.batch_size,
        "gradient_accumulation_steps": train.gradient_accumulation,
        "num_train_epochs": train.epochs,
        "learning_rate": train.learning_rate,
        "lr_scheduler_type": SCHEDULERS[train.scheduler],
        "warmup_steps": train.warmup,
        "weight_decay": 0.0,
        "seed": train.seed,
        "use_cpu": device == "cpu",
        "bf16": False,
        "logging_steps": 1,
        "logging_nan_inf_filter": False,
        "save_strategy": "no",
        "eval_strategy": "no",
        "save_total_limit": KEPT_CHECKPOINTS,
        "report_to": "none",
        "disable_tqdm": True,
        "dataloader_pin_memory": False,
        "remove_unused_columns": False,
    }
