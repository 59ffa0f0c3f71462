"""All that a training reads, put together from a plan: model, rows, and what they are known by."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from luthier.tools.data.model import Row
from luthier.tools.data.store import load_rows, load_unwanted
from luthier.tools.errors import LuthierError
from luthier.tools.language import _
from luthier.tools.models.reference import ModelReference, resolve_model
from luthier.tools.models.rendering import Renderer
from luthier.tools.progress import Progress, silent
from luthier.tools.training.methods.registry import method_of
from luthier.tools.training.plan import Plan
from luthier.tools.training.preference_rows import judged_rows, pair_rows
from luthier.tools.training.rows import TokenRow, first_part, token_rows
from luthier.tools.workspace import Workspace

VALIDATION_ROWS = 256
"""More validation rows would cost time at every check and tell hardly more."""


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
        return sum(row.tokens for row in self.train)


def load_material(workspace: Workspace, plan: Plan, progress: Progress = silent) -> Material:
    """Find the model and render the plan's rows.

    Raises:
        LuthierError: model or data set are missing, or nothing is left to train on
            (``training.nothing_to_learn``).
    """
    reference = resolve_model(workspace, plan.model.id)
    renderer = Renderer(reference.folder)
    progress(_("Preparing the rows"), 0, 0)
    train = load_rows(workspace, plan.data.dataset_id, "train")
    validation = load_rows(workspace, plan.data.dataset_id, "validation")[:VALIDATION_ROWS]
    unwanted, unwanted_validation = _unwanted(workspace, plan)
    share = plan.data.train_rows / max(1, len(train))
    unwanted = first_part(unwanted, round(len(unwanted) * share))
    train = first_part(train, plan.data.train_rows)
    material = Material(
        reference=reference,
        train=rows_to_learn(renderer, plan, train, unwanted),
        validation=rows_to_learn(renderer, plan, validation, unwanted_validation),
        pad_id=renderer.pad_id,
        fingerprint=fingerprint(
            plan, reference, [*train, *validation, *unwanted, *unwanted_validation]
        ),
    )
    if not material.train:
        raise LuthierError(
            _("There is nothing to learn in these rows."),
            why=_("No training row has an answer within the length that the plan allows."),
            remedy=_("Raise the length in the plan, or look at what the model will learn."),
            code="training.nothing_to_learn",
        )
    return material


def rows_to_learn(
    renderer: Renderer, plan: Plan, rows: Sequence[Row], unwanted: Sequence[Row]
) -> tuple[TokenRow, ...]:
    """The rows as the plan's method learns them.

    Raises:
        LuthierError: these rows do not allow the method.
    """
    method, length = method_of(plan), plan.train.max_length
    if method.reads == "pairs":
        return pair_rows(renderer, rows, length)
    if method.reads == "judged":
        return judged_rows(renderer, rows, unwanted, length)
    return token_rows(renderer, rows, length)


def _unwanted(workspace: Workspace, plan: Plan) -> tuple[list[Row], list[Row]]:
    """The unwanted answers to train and to validate on, for a method that reads them."""
    if method_of(plan).reads != "judged":
        return [], []
    data = plan.data.dataset_id
    train = load_unwanted(workspace, data, "train")
    return train, load_unwanted(workspace, data, "validation")[:VALIDATION_ROWS]


def fingerprint(plan: Plan, reference: ModelReference, rows: Sequence[Row]) -> str:
    """Hash of everything that decides the trained weights; 32 hex digits."""
    digest = hashlib.sha256()
    for part in (plan.lora, plan.train):
        digest.update(part.model_dump_json().encode())
    if method_of(plan).reads != "answers":
        digest.update(plan.preference.model_dump_json().encode())
    digest.update(f"{plan.method} {reference.id} {reference.revision}".encode())
    for row in rows:
        digest.update(row.id.encode())
    return digest.hexdigest()[:32]
