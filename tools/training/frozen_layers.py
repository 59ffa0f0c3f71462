"""The layers below the first adapter, computed once per row instead of at every step.

With adapters in the upper half only, the lower half gives the same hidden states for a row in every
epoch. They are computed once, kept in memory in the weights' own type, and training starts from
them; it then costs half as much from the second epoch on, and hardly more in the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from luthier.tools.training.batches import PackedCollator
from luthier.tools.training.packed_attention import CurrentLayout, make_layout
from luthier.tools.training.rows import TokenRow

MOST_BYTES = 2**30
ROWS_AT_ONCE = 16


class FrozenLower:
    """Hidden states of all rows where the first adapted layer begins.

    Args:
        backbone: the decoder without its head, with packed attention switched on.
        first: index of the first layer that carries an adapter.
        rows: training rows, then validation rows; a row is named by its index here.
        prefix: tokens that all rows share.
    """

    def __init__(self, backbone: Any, first: int, rows: Sequence[TokenRow], prefix: int) -> None:
        self._backbone = backbone
        self._upper = backbone.layers[first:]
        self._own: list[torch.Tensor] = []
        capture = _Capture()
        lower = torch.nn.ModuleList([*backbone.layers[:first], capture])
        collate = PackedCollator(prefix)
        for start in range(0, len(rows), ROWS_AT_ONCE):
            chunk = rows[start : start + ROWS_AT_ONCE]
            batch = collate([{"input_ids": row.ids, "labels": row.labels} for row in chunk])
            device = backbone.device
            CurrentLayout.layout = make_layout(prefix, batch["lengths"].tolist(), device)
            with torch.no_grad(), _layers(backbone, lower):
                backbone(
                    input_ids=batch["input_ids"].to(device),
                    position_ids=batch["position_ids"].to(device),
                    use_cache=False,
                )
            hidden = capture.hidden[0]
            self._shared = hidden[:prefix].clone()
            own = torch.split(hidden[prefix:], batch["lengths"].tolist())
            self._own += [part.clone() for part in own]

    def forward(self, indices: torch.Tensor, position_ids: torch.Tensor) -> torch.Tensor:
        """Last hidden states (1, tokens, width) of a packed batch of the rows ``indices``."""
        parts = [self._shared, *(self._own[index] for index in indices.tolist())]
        with _layers(self._backbone, self._upper):
            result: torch.Tensor = self._backbone(
                inputs_embeds=torch.cat(parts)[None], position_ids=position_ids, use_cache=False
            ).last_hidden_state
        return result


class _Capture(torch.nn.Module):
    """Stands behind the lower layers and keeps what comes out of them."""

    hidden: torch.Tensor

    def forward(self, hidden_states: torch.Tensor, **_: Any) -> torch.Tensor:
        """Keep and pass on."""
        self.hidden = hidden_states
        return hidden_states


@contextmanager
def _layers(backbone: Any, layers: torch.nn.ModuleList) -> Iterator[None]:
    """The backbone with other layers for one forward pass; names in saved files stay the same."""
    usual = backbone.layers
    backbone.layers = layers
    try:
        yield
    finally:
        backbone.layers = usual


def worth_freezing(rows: Sequence[TokenRow], prefix: int, backbone: Any) -> bool:
    """Whether the hidden states of all rows fit into the memory set aside for them."""
    tokens = sum(len(row.ids) - prefix for row in rows) + prefix
    width: int = backbone.config.get_text_config().hidden_size
    bytes_per_number: int = backbone.dtype.itemsize
    return tokens * width * bytes_per_number <= MOST_BYTES
