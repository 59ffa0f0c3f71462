"""One file per program that a data set can be taken to; ``registry`` lists them."""

from __future__ import annotations
