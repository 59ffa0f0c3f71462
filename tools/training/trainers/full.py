"""Full fine-tuning: the trainer of answers on every weight of the model, in float32."""

from __future__ import annotations

from luthier.tools.training.trainers.answers import answer_trainer
from luthier.tools.training.trainers.base import Parts, Training, plain_examples


def make(parts: Parts) -> Training:
    """Let every weight learn.

    The packed loss keeps the output head still and so cannot be used; TRL's own is.
    """
    parts.base.requires_grad_(True)
    trainer = answer_trainer(parts, parts.base, fast=False, prefix=0)
    return Training(trainer, trainer.model, plain_examples)
