"""The training rows as token ids with their labels, exactly as the learn view shows them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from luthier.tools.data.model import Row
from luthier.tools.data.store import load_rows
from luthier.tools.errors import LuthierError
from luthier.tools.language import _
from luthier.tools.models.reference import ModelReference, resolve_model
from luthier.tools.models.rendering import Renderer
from luthier.tools.progress import Progress, silent
from luthier.tools.training.plan import Plan
from luthier.tools.workspace import Workspace

IGNORED = -100
VALIDATION_ROWS = 256
"""More validation rows would cost time at every check and tell hardly more."""


@dataclass(frozen=True, slots=True)
class TokenRow:
    """One row for the trainer: ``labels`` are the ids where trained, else :data:`IGNORED`."""

    ids: list[int]
    labels: list[int]

    @property
    def first_trained(self) -> int:
        """Index of the first trained token; the number of tokens where none is."""
        return next((i for i, label in enumerate(self.labels) if label != IGNORED), len(self.ids))


@dataclass(frozen=True, slots=True)
class Material:
    """All that a training reads: model, rows, and the fingerprint that a checkpoint must match."""

    reference: ModelReference
    train: tuple[TokenRow, ...]
    validation: tuple[TokenRow, ...]
    pad_id: int
    fingerprint: str

    @property
    def tokens(self) -> int:
        """Tokens of one pass over the training rows."""
        return sum(len(row.ids) for row in self.train)


def load_material(workspace: Workspace, plan: Plan, progress: Progress = silent) -> Material:
    """Find the model and render the plan's rows.

    Raises:
        LuthierError: model or data set are missing, or nothing is left to train on
            (``training.nothing_to_learn``).
    """
    reference = resolve_model(workspace, plan.model.id)
    renderer = Renderer(reference.folder)
    progress(_("Preparing the rows"), 0, 0)
    length = plan.train.max_length
    train = load_rows(workspace, plan.data.dataset_id, "train")
    validation = load_rows(workspace, plan.data.dataset_id, "validation")[:VALIDATION_ROWS]
    material = Material(
        reference=reference,
        train=token_rows(renderer, train, length),
        validation=token_rows(renderer, validation, length),
        pad_id=renderer.pad_id,
        fingerprint=fingerprint(plan, reference, [*train, *validation]),
    )
    if not material.train:
        raise LuthierError(
            _("There is nothing to learn in these rows."),
            why=_("No training row has an answer within the length that the plan allows."),
            remedy=_("Raise the length in the plan, or look at what the model will learn."),
            code="training.nothing_to_learn",
        )
    return material


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


def fingerprint(plan: Plan, reference: ModelReference, rows: Sequence[Row]) -> str:
    """Hash of everything that decides the trained weights; 32 hex digits."""
    digest = hashlib.sha256()
    for part in (plan.lora, plan.train):
        digest.update(part.model_dump_json().encode())
    digest.update(f"{plan.method} {reference.id} {reference.revision}".encode())
    for row in rows:
        digest.update(row.id.encode())
    return digest.hexdigest()[:32]


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
