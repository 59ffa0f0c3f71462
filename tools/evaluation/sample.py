"""A part of the rows where all would take too long, the same part every time."""

from __future__ import annotations

from collections.abc import Sequence

from luthier.tools.data.model import Row


def sample_rows(rows: Sequence[Row], most: int) -> list[Row]:
    """At most ``most`` rows in their own order.

    Ids are content hashes, so the rows with the smallest ids are an arbitrary but repeatable
    sample, whatever the order of the file.
    """
    chosen = {row.id for row in sorted(rows, key=lambda row: row.id)[:most]}
    return [row for row in rows if row.id in chosen]
