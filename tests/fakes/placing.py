"""Rows to be split, written one by one, and the side each of them got."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from luthier.tools.data.split import SIDES, Items, Sizes, split


class Item(NamedTuple):
    """A row: content id, group, label, and seconds."""

    id: int
    group: int
    stratum: str = ""
    time: float = 0.0


def place(
    rows: Sequence[Item],
    sizes: Sizes,
    seed: int,
    *,
    by_time: bool = False,
    large_groups: bool = False,
) -> list[str]:
    """The side of each row, by name."""
    labels: dict[str, int] = {}
    strata = [labels.setdefault(row.stratum, len(labels)) for row in rows]
    items = Items(
        ids=np.array([row.id for row in rows], dtype=np.uint64),
        groups=np.array([row.group for row in rows], dtype=np.int64),
        strata=np.array(strata, dtype=np.int32),
        labels=tuple(labels),
        times=np.array([row.time for row in rows]) if by_time else None,
    )
    sides = split(items, sizes, seed, large_groups=large_groups)
    return [SIDES[side] for side in sides]
