"""Switching the fast way on, and proving on a few rows that it computes the same loss.

The fast way (packed rows, own attention and LoRA passes, loss of trained tokens only) suits the
usual decoder: causal full attention and a plain linear head. Whether a model is of that kind is not
guessed from its name; both ways are computed and compared, and the usual way is kept on any doubt.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from transformers import AttentionInterface

from luthier.tools.training.batches import PackedCollator, PaddedCollator
from luthier.tools.training.fast_lora import speed_up_lora
from luthier.tools.training.frozen_layers import FrozenLower
from luthier.tools.training.packed_attention import NAME, packed_attention
from luthier.tools.training.rows import TokenRow, shared_prefix
from luthier.tools.training.trainer import packed_loss

PROBE_ROWS = 4
TOLERANCE = {torch.bfloat16: 0.03, torch.float16: 0.01, torch.float32: 1e-3}
"""Largest relative difference of the two losses: rounding differs, the mathematics do not."""


def switch_on(model: Any, rows: Sequence[TokenRow], pad_id: int) -> tuple[bool, int]:
    """Make ``model`` (a PEFT model) fast if its loss stays the same.

    Returns:
        Whether it is fast now, and how many tokens all ``rows`` share at their start.
    """
    prefix = shared_prefix(rows)
    if not _attends_to_everything(model, max(len(row.ids) for row in rows)):
        return False, prefix
    probe = sorted(rows, key=lambda row: len(row.ids))[:PROBE_ROWS]
    examples = [{"input_ids": row.ids, "labels": row.labels} for row in probe]
    base = model.get_base_model()
    usual_attention = base.config._attn_implementation
    expected = _usual_loss(model, PaddedCollator(pad_id)(examples))
    AttentionInterface.register(NAME, packed_attention)
    try:
        base.set_attn_implementation(NAME)
        found = _packed_loss(model, PackedCollator(prefix)(examples))
    except (ValueError, TypeError, AttributeError, RuntimeError, KeyError, AssertionError):
        found = float("nan")  # this architecture computes attention in a way of its own
    tolerance = TOLERANCE.get(base.dtype, 0.01)
    if not abs(found - expected) <= tolerance * max(1.0, abs(expected)):
        base.set_attn_implementation(usual_attention)
        return False, prefix
    speed_up_lora(model)
    return True, prefix


def same_loss_when_frozen(
    model: Any, frozen: FrozenLower, rows: Sequence[TokenRow], prefix: int
) -> bool:
    """Whether training from the kept hidden states gives the loss of the whole model."""
    batch = PackedCollator(prefix)(
        [
            {"input_ids": row.ids, "labels": row.labels, "index": index}
            for index, row in enumerate(rows[:PROBE_ROWS])
        ]
    )
    whole, kept = _packed_loss(model, batch), _packed_loss(model, batch, frozen)
    tolerance = TOLERANCE.get(model.get_base_model().dtype, 0.01)
    return abs(kept - whole) <= tolerance * max(1.0, abs(whole))


def _attends_to_everything(model: Any, longest: int) -> bool:
    """Whether no row reaches a sliding window and attention has no dropout: a probe can miss both."""
    config = model.get_base_model().config.get_text_config()
    window = getattr(config, "sliding_window", None)
    return not (window and longest > window) and not getattr(config, "attention_dropout", 0)


def _usual_loss(model: Any, batch: dict[str, Any]) -> float:
    with torch.no_grad():
        moved = {name: value.to(model.device) for name, value in batch.items()}
        return float(model(**moved, use_cache=False).loss)


def _packed_loss(model: Any, batch: dict[str, Any], frozen: FrozenLower | None = None) -> float:
    with torch.no_grad():
        moved = {name: value.to(model.device) for name, value in batch.items()}
        total, count = packed_loss(model, moved, frozen)
        return float(total) / count
