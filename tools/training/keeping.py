"""The best weights of a training as a folder of their own, checked before they are called finished."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luthier.tools.models.loading import base_precision
from luthier.tools.models.tuned_folder import TOKENIZER_FILES
from luthier.tools.training.best import Best
from luthier.tools.training.material import Material
from luthier.tools.training.methods.registry import method_of
from luthier.tools.training.plan import Plan
from luthier.tools.training.plan_file import save_plan

if TYPE_CHECKING:
    from luthier.tools.training.trainers.base import Training

ADAPTER, MODEL = "adapter", "model"
"""What the folder in a job's output is called: an adapter, or a whole model."""


def keep(
    output: Path, plan: Plan, material: Material, training: Training, best: Best
) -> tuple[Path, dict[str, Any]]:
    """Put the folder together from the best weights and check what was saved.

    Returns:
        The folder and what the checks found.

    Raises:
        LuthierError: the saved weights are broken or change nothing.
    """
    whole = not method_of(plan).adapter
    folder = output / (MODEL if whole else ADAPTER)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name in TOKENIZER_FILES:
        if (material.reference.folder / name).is_file():
            shutil.copy2(material.reference.folder / name, folder / name)
    save_plan(plan, folder / "plan.yaml")
    source = output / best.folder
    row = (material.validation or material.train)[0]
    question = row.ids[: row.first_trained]
    if whole:
        return folder, _keep_model(source, folder, training, question, material)
    return folder, _keep_adapter(source, folder, training, question)


def _keep_adapter(
    source: Path, folder: Path, training: Training, question: list[int]
) -> dict[str, Any]:
    from peft import set_peft_model_state_dict
    from safetensors.torch import load_file

    from luthier.tools.training.verify import WEIGHTS, check_effect, check_saved_weights

    for name in (WEIGHTS, "adapter_config.json"):
        shutil.copy2(source / name, folder / name)
    checks = check_saved_weights(folder)
    set_peft_model_state_dict(training.model, load_file(folder / WEIGHTS))
    return {**checks, **check_effect(training.model, question)}


def _keep_model(
    source: Path, folder: Path, training: Training, question: list[int], material: Material
) -> dict[str, Any]:
    """All weights, rounded once to the precision of the base model."""
    import torch
    from transformers import AutoModelForCausalLM

    from luthier.tools.training.verify import check_change, check_saved_model, last_logits

    precision = getattr(torch, base_precision(material.reference.folder))
    tuned = AutoModelForCausalLM.from_pretrained(source, dtype=precision, local_files_only=True)
    tuned.save_pretrained(folder)
    checks = check_saved_model(folder)
    base = AutoModelForCausalLM.from_pretrained(
        material.reference.folder, dtype=precision, local_files_only=True, trust_remote_code=False
    )
    before = last_logits(base, question)
    del base
    return {**checks, **check_change(tuned, question, before)}
