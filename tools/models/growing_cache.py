"""Keys and values with room ahead, so that writing a token does not copy those of all before it.

transformers' own cache is laid out anew for every token that is written: all keys and values of all
layers are copied, which costs the more the longer the prompts are.
"""

from __future__ import annotations

from typing import Any

from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

ROOM = 32
"""Tokens that fit before everything is copied once."""


class RoomyLayer(DynamicLayer):  # type: ignore[misc]  # transformers is untyped here
    """A layer whose ``keys`` and ``values`` are the filled part of larger tensors."""

    keys: Any
    values: Any

    def __init__(self) -> None:
        super().__init__()
        self._room: tuple[Any, Any] | None = None

    def update(
        self, key_states: Any, value_states: Any, *_args: Any, **_settings: Any
    ) -> tuple[Any, Any]:
        """Add the newest keys and values, of shape (rows, heads, tokens, size); all there are now."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        before = self.get_seq_length()
        after = before + key_states.shape[-2]
        if not self._has_room(key_states.shape[0], after):
            self._room = (
                _larger(self.keys, key_states, before, after + ROOM),
                _larger(self.values, value_states, before, after + ROOM),
            )
        assert self._room is not None
        keys, values = self._room
        keys[:, :, before:after] = key_states
        values[:, :, before:after] = value_states
        self.keys, self.values = keys[:, :, :after], values[:, :, :after]
        return self.keys, self.values

    def _has_room(self, rows: int, tokens: int) -> bool:
        """Whether the filled part still lies in the room, for as many rows (some may have left)."""
        if self._room is None or self.keys.data_ptr() != self._room[0].data_ptr():
            return False
        room = self._room[0]
        return bool(rows == room.shape[0] and tokens <= room.shape[-2])


def _larger(old: Any, new: Any, filled: int, tokens: int) -> Any:
    rows, heads, _tokens, size = new.shape
    room = new.new_empty(rows, heads, tokens, size)
    if filled:
        room[:, :, :filled] = old
    return room


def growing_cache(model: Any) -> DynamicCache:
    """An empty cache for ``model``; layers that keep something else (a window) are transformers' own."""
    cache = DynamicCache(config=model.config)
    cache.layers = [RoomyLayer() if type(one) is DynamicLayer else one for one in cache.layers]
    return cache
