"""How rows are laid out (Alpaca, ShareGPT, …): one file per layout; ``registry`` lists them."""

from __future__ import annotations
