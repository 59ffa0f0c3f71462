"""One file per check on the usable rows; ``registry`` lists them."""

from __future__ import annotations
