"""One file per family of remedies; ``registry`` lists them, ``mender`` applies them."""

from __future__ import annotations
