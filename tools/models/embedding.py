"""Sentences as vectors, from the hidden states of the model that is at hand.

For worker processes only. Without a hub there is no model made for this, and the mean of a language
model's last hidden states does well enough to find rows that mean about the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from luthier.tools.models.rendering import Renderer

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONGEST = 256
BATCH = 32


def embed(model: Any, renderer: Renderer, texts: Sequence[str]) -> NDArray[Any]:
    """Unit vectors (texts x hidden size, float32): the last hidden states' mean over the tokens.

    All of them lean the same way ("anisotropy", Ethayarajh 2019); who compares them takes the mean of
    the whole collection off first (Mu and Viswanath 2018).

    Args:
        model: a causal language model of transformers, without its head being used.
        renderer: of the same model, for its tokens.
        texts: what to embed; only their first 256 tokens are read.
    """
    import numpy as np
    import torch

    encoded = [(ids or [renderer.pad_id])[:LONGEST] for ids in renderer.encode(texts)]
    order = sorted(range(len(encoded)), key=lambda place: -len(encoded[place]))
    vectors = np.zeros((len(texts), int(model.config.hidden_size)), dtype=np.float32)
    body = model.get_decoder()
    with torch.inference_mode():
        for start in range(0, len(order), BATCH):
            places = order[start : start + BATCH]
            longest = len(encoded[places[0]])
            ids = torch.tensor(
                [encoded[p] + [renderer.pad_id] * (longest - len(encoded[p])) for p in places],
                device=model.device,
            )
            mask = torch.tensor(
                [[1] * len(encoded[p]) + [0] * (longest - len(encoded[p])) for p in places],
                device=model.device,
            )
            states = body(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state
            weights = mask.unsqueeze(-1).float()
            mean = (states.float() * weights).sum(1) / weights.sum(1)
            vectors[places] = torch.nn.functional.normalize(mean, dim=-1).cpu().numpy()
    return vectors
