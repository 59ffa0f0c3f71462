"""Putting one training together: base model, method, rows and trainer, ready to run."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from transformers import TrainerCallback, set_seed
from transformers.trainer_callback import PrinterCallback
from transformers.utils import logging as transformers_logging

from luthier.tools.estimate.machine import Machine
from luthier.tools.models.device import choose_device
from luthier.tools.models.loading import load_base
from luthier.tools.training.material import Material
from luthier.tools.training.methods.registry import method_of
from luthier.tools.training.plan import Plan
from luthier.tools.training.trainers.base import Parts, Training


def assemble(
    plan: Plan,
    material: Material,
    machine: Machine,
    output: Path,
    callbacks: Sequence[TrainerCallback] = (),
) -> Training:
    """Load the model and build the trainer of the plan's method.

    The seed is set just before an adapter's random start, as TRL does. Where every weight is
    trained they are held in float32: the small changes of a step would be lost in bfloat16.

    Raises:
        LuthierError: the model cannot be loaded or does not fit into memory.
    """
    transformers_logging.set_verbosity_error()
    torch.set_num_threads(machine.cores)
    device = choose_device().name
    method = method_of(plan)
    short = method.adapter and (machine.bfloat16 or device == "cuda")
    base, tokenizer = load_base(material.reference, dtype="bfloat16" if short else "float32")
    base.config.use_cache = False
    set_seed(plan.train.seed)
    parts = Parts(plan, material, base, tokenizer, output, device, callbacks)
    module, _, name = method.trainer.partition(":")
    make: Callable[[Parts], Training] = getattr(importlib.import_module(module), name)
    training = make(parts)
    training.trainer.remove_callback(PrinterCallback)
    return training
