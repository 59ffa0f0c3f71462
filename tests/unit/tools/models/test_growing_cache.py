"""Keys and values are those of transformers' own cache, without a copy for every token."""

from __future__ import annotations

import copy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from transformers import AutoConfig, DynamicCache
from transformers.cache_utils import DynamicLayer

from luthier.tools.models.growing_cache import ROOM, RoomyLayer, growing_cache

pytestmark = pytest.mark.training


def pieces(tokens: int, rows: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.randn(rows, 2, tokens, 4), torch.randn(rows, 2, tokens, 4)


def both(layers: tuple[Any, Any], keys: torch.Tensor, values: torch.Tensor) -> None:
    """Add to both; what they give must be equal."""
    found, expected = (layer.update(keys, values) for layer in layers)
    assert torch.equal(found[0], expected[0])
    assert torch.equal(found[1], expected[1])
    assert layers[0].get_seq_length() == layers[1].get_seq_length()


def test_it_gives_what_the_usual_cache_gives() -> None:
    torch.manual_seed(1)
    layers = (RoomyLayer(), DynamicLayer())
    both(layers, *pieces(5, rows=1))
    layers = copy.deepcopy(layers)
    for layer in layers:
        layer.batch_repeat_interleave(3)
    both(layers, *pieces(7))
    for _ in range(ROOM + 3):
        both(layers, *pieces(1))
    for layer in layers:
        layer.batch_select_indices(torch.tensor([0, 2]))
    for _ in range(3):
        both(layers, *pieces(1, rows=2))


def test_a_shared_beginning_is_not_written_over() -> None:
    shared = RoomyLayer()
    keys, _ = shared.update(*pieces(5))
    before = keys.clone()
    copied = copy.deepcopy(shared)
    copied.update(*pieces(3))
    assert torch.equal(shared.keys, before)
    assert shared.get_seq_length() == 5


def test_fewer_rows_at_the_same_place_get_room_of_their_own() -> None:
    layers = (RoomyLayer(), DynamicLayer())
    both(layers, *pieces(5))
    for layer in layers:  # the first rows alone, which begin where all of them began
        layer.keys, layer.values = layer.keys[:1], layer.values[:1]
    for _ in range(2):
        both(layers, *pieces(1, rows=1))


def test_one_token_more_copies_nothing() -> None:
    layer = RoomyLayer()
    layer.update(*pieces(5))
    places = {layer.update(*pieces(1))[0].data_ptr() for _ in range(ROOM)}
    assert len(places) == 1


def test_a_window_stays_with_its_own_layer(tiny_model: Path) -> None:
    config = AutoConfig.from_pretrained(tiny_model)
    assert {type(layer) for layer in growing_cache(SimpleNamespace(config=config)).layers} == {
        RoomyLayer
    }
    config.sliding_window = 8
    config.layer_types = ["sliding_attention", "full_attention"]
    usual = [type(layer) for layer in DynamicCache(config=config).layers]
    found = [type(layer) for layer in growing_cache(SimpleNamespace(config=config)).layers]
    assert found == [usual[0], RoomyLayer]
