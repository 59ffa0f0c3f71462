"""Ids that sort by the time they were made."""

from __future__ import annotations

import secrets
import time

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O or U to misread


def new_id() -> str:
    """A fresh id in the form of a ULID: 48 bits of milliseconds, then 80 random bits.

    Source: https://github.com/ulid/spec. Two ids made in one millisecond are unique, not ordered.
    """
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    return "".join(ALPHABET[value >> shift & 31] for shift in range(125, -1, -5))
