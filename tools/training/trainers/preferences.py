"""What the trainers of preferences share: settings, exact validation, counted tokens, bounded memory."""

from __future__ import annotations

from typing import Any

import torch
from datasets import Dataset
from trl.trainer import utils as trl_utils

from luthier.tools.training.trainers.base import Examples, Parts, common_arguments, lora_config

SCORED_AT_ONCE = 256
"""Tokens whose scores over the whole vocabulary exist at one time."""


def preference_arguments(parts: Parts) -> dict[str, Any]:
    """The settings that every trainer of preferences takes from a plan."""
    return {
        **common_arguments(parts.plan, parts.output, parts.device),
        "per_device_eval_batch_size": parts.plan.train.batch_size,
        "gradient_checkpointing": parts.plan.train.gradient_checkpointing,
        "beta": parts.plan.preference.beta,
    }


def preference_parts(parts: Parts, examples: Examples) -> dict[str, Any]:
    """What every trainer of preferences is put together from; it puts the adapter on by itself."""
    bound_memory()
    material = parts.material
    return {
        "model": parts.base,
        "train_dataset": Dataset.from_list(examples(material.train, 0)),
        "eval_dataset": Dataset.from_list(examples(material.validation, 0))
        if material.validation
        else None,
        "processing_class": parts.tokenizer,
        "peft_config": lora_config(parts.plan, parts.base),
        "callbacks": list(parts.callbacks),
    }


def bound_memory() -> None:
    """Make TRL score answers only, and few tokens at a time.

    It scores 32,768 tokens at once and, without a graphics processor, those of the questions too:
    more memory than such a machine has, for numbers that nothing reads.
    """
    trl_utils._CHUNKED_LOGPROB_CHUNK_SIZE = SCORED_AT_ONCE
    trl_utils._use_triton = lambda _device: True


class CountingTrainer:
    """Over a TRL trainer: counts the tokens read and measures validation exactly.

    ``row_tokens`` counts the tokens of all rows trained on so far in this process.
    """

    model: Any
    args: Any
    state: Any
    control: Any
    callback_handler: Any
    row_tokens = 0

    def compute_loss(self, model: Any, inputs: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """TRL's loss; the tokens of a training step are counted."""
        if model.training:
            masks = [value for name, value in inputs.items() if name.endswith("attention_mask")]
            self.row_tokens += sum(int(mask.sum()) for mask in masks)
        return super().compute_loss(model, inputs, *args, **kwargs)  # type: ignore[misc]

    def evaluate(
        self,
        eval_dataset: Any = None,
        ignore_keys: list[str] | None = None,
        metric_key_prefix: str = "eval",
    ) -> dict[str, float]:
        """The mean loss per row over the validation rows, exact whatever the last batch."""
        was_training = self.model.training
        self.model.eval()
        total, count = 0.0, 0
        with torch.no_grad():
            for batch in self.get_eval_dataloader(eval_dataset):  # type: ignore[attr-defined]
                inputs = self._prepare_inputs(batch)  # type: ignore[attr-defined]
                rows = len(next(iter(inputs.values())))
                total += float(self.compute_loss(self.model, inputs)) * rows
                count += rows
        metrics = {f"{metric_key_prefix}_loss": total / max(1, count)}
        self.forget_metrics()
        self.log(metrics)  # type: ignore[attr-defined]
        self.model.train(was_training)
        self.control = self.callback_handler.on_evaluate(
            self.args, self.state, self.control, metrics
        )
        return metrics

    def forget_metrics(self) -> None:
        """Drop what TRL gathered during validation."""
        self._metrics["eval"].clear()  # type: ignore[attr-defined]

    def create_model_card(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: the report writes the model card, with the evaluation in it."""

    def _prepare_dataset(self, dataset: Any, *_args: Any, **_kwargs: Any) -> Any:
        """The rows as they are: they are tokens already, those that the learn view shows."""
        return dataset
