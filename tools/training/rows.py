"""The training rows as token ids with their labels, exactly as the learn view shows them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from luthier.tools.data.model import Row
from luthier.tools.models.rendering import Renderer

IGNORED = -100


@dataclass(frozen=True, slots=True)
class TokenRow:
    """One row for the trainer: ``labels`` are the ids where trained, else :data:`IGNORED`."""

    ids: list[int]
    labels: list[int]

    @property
    def first_trained(self) -> int:
        """Index of the first trained token; the number of tokens where none is."""
        return next((i for i, label in enumerate(self.labels) if label != IGNORED), len(self.ids))

    @property
    def tokens(self) -> int:
        """Tokens that a step reads for this row."""
        return len(self.ids)


def first_part(rows: list[Row], most: int) -> list[Row]:
    """A part of ``rows`` that a larger part always holds, in their order; all where ``most`` is 0.

    Which rows are in it depends on their content alone.
    """
    if not most or most >= len(rows):
        return rows
    chosen = set(sorted(hashlib.sha256(row.id.encode()).hexdigest() for row in rows)[:most])
    return [row for row in rows if hashlib.sha256(row.id.encode()).hexdigest() in chosen]


def token_rows(
    renderer: Renderer, rows: Sequence[Row], max_length: int | None
) -> tuple[TokenRow, ...]:
    """Rows that have at least one trained token, in order; the first token is never trained."""
    result = []
    for rendered in renderer.render_many([row.messages for row in rows], max_length):
        trained = [False, *rendered.trained[1:]]
        labels = [
            token if learned else IGNORED
            for token, learned in zip(rendered.ids, trained, strict=False)
        ]
        if any(label != IGNORED for label in labels):
            result.append(TokenRow(rendered.ids, labels))
    return tuple(result)


def shared_prefix(rows: Sequence[TokenRow]) -> int:
    """How many first tokens all rows share, short of any token whose successor is trained."""
    if len(rows) < 2:
        return 0
    first = rows[0].ids
    shared = min(row.first_trained for row in rows) - 1
    for row in rows[1:]:
        pairs = zip(first[:shared], row.ids, strict=False)
        shared = next((i for i, (a, b) in enumerate(pairs) if a != b), min(shared, len(row.ids)))
    return max(0, shared)
