"""Seeded faults, the rules they are compared by, and the peers run on them."""

from __future__ import annotations
