"""One file per format; ``registry`` lists them."""

from __future__ import annotations
