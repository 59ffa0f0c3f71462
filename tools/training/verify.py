"""What saved weights must pass before their job may be called finished."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from luthier.tools.errors import LuthierError
from luthier.tools.language import _
from luthier.tools.training.packed_attention import CurrentLayout, make_layout

WEIGHTS = "adapter_model.safetensors"
SMALLEST_CHANGE = 1e-4


def check_saved_weights(folder: Path) -> dict[str, float]:
    """Read the saved adapter and check it; returns counts for the report.

    Raises:
        LuthierError: the file is missing or unreadable, holds numbers that are not finite, or has
            every LoRA B at zero, so that the adapter does nothing.
    """
    path = folder / WEIGHTS
    weights = _finite_weights(path)
    ups = [tensor for name, tensor in weights.items() if ".lora_B." in name]
    largest = max((float(tensor.abs().max()) for tensor in ups), default=0.0)
    if largest == 0.0:
        raise _broken(
            _("The saved adapter does nothing."),
            _("Every LoRA B is zero, so nothing was learned."),
            path,
            "all_zero",
        )
    return {"tensors": float(len(weights)), "largest_lora_b": largest}


def check_saved_model(folder: Path) -> dict[str, float]:
    """Read the saved weights of a whole model and check them; returns counts for the report.

    Raises:
        LuthierError: a file is missing or unreadable, or holds numbers that are not finite.
    """
    files = sorted(folder.glob("*.safetensors")) or [folder / "model.safetensors"]
    return {"tensors": float(sum(len(_finite_weights(path)) for path in files))}


def _finite_weights(path: Path) -> dict[str, torch.Tensor]:
    try:
        weights: dict[str, torch.Tensor] = load_file(path)
    except (OSError, SafetensorError) as error:
        raise _broken(
            _("The saved weights cannot be read."),
            _("The reader says: {reason}.", reason=error),
            path,
            "unreadable",
        ) from error
    if not weights:
        raise _broken(
            _("The file of the saved weights is empty."), _("It holds no weights."), path, "empty"
        )
    for name, tensor in weights.items():
        if not torch.isfinite(tensor).all():
            raise _broken(
                _("The saved weights are broken."),
                _("The weights of {name} are not all finite numbers.", name=name),
                path,
                "not_finite",
            )
    return weights


def check_change(model: Any, ids: list[int], base: torch.Tensor) -> dict[str, float]:
    """Check that ``model`` (all weights trained) says something else about the row ``ids``.

    Args:
        model: the trained model.
        ids: tokens of the row.
        base: what :func:`last_logits` gave before the training.

    Raises:
        LuthierError: as for :func:`check_effect`.
    """
    return _judge_change(last_logits(model, ids), base)


def last_logits(model: Any, ids: list[int]) -> torch.Tensor:
    """The model's scores for what follows ``ids``."""
    inputs = torch.tensor([ids], device=model.device)
    was_training = model.training
    model.eval()
    with torch.no_grad():
        logits: torch.Tensor = model(input_ids=inputs, use_cache=False).logits[0, -1].float()
    model.train(was_training)
    return logits


def check_effect(model: Any, ids: list[int]) -> dict[str, float]:
    """Check that the adapter on ``model`` (PEFT) changes what it says about the row ``ids``.

    Raises:
        LuthierError: the output is not finite, or equal with and without the adapter.
    """
    inputs = torch.tensor([ids], device=model.device)
    was_training = model.training
    model.eval()
    with torch.no_grad():
        tuned = _last_logits(model, inputs)
        with model.disable_adapter():
            base = _last_logits(model, inputs)
    model.train(was_training)
    return _judge_change(tuned, base)


def _judge_change(tuned: torch.Tensor, base: torch.Tensor) -> dict[str, float]:
    if not torch.isfinite(tuned).all():
        raise _broken(
            _("The tuned model is broken."),
            _("Its output is not finite."),
            None,
            "output_not_finite",
        )
    change = float((tuned - base).abs().max() / base.abs().max().clamp(min=1e-9))
    if change < SMALLEST_CHANGE:
        raise _broken(
            _("The tuned model says exactly what the base model says."),
            _("Before and after the training the output is the same."),
            None,
            "no_effect",
        )
    return {"output_change": change}


def _last_logits(model: Any, inputs: torch.Tensor) -> torch.Tensor:
    base = model.get_base_model()
    backbone = getattr(base, base.base_model_prefix)
    CurrentLayout.layout = make_layout(0, [inputs.shape[1]], inputs.device)
    hidden = backbone(input_ids=inputs, use_cache=False).last_hidden_state[0, -1]
    logits: torch.Tensor = hidden @ base.get_output_embeddings().weight.t()
    return logits.float()


def _broken(what: str, why: str, place: Path | None, code: str) -> LuthierError:
    return LuthierError(
        what,
        why=why,
        remedy=_(
            "The job is not counted as finished. Train again with a different learning rate; if "
            "it happens again, look at what the model will learn."
        ),
        place=str(place) if place else "",
        code=f"training.{code}",
    )
