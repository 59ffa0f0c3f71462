"""What a run wants before anything is asked, made or spent: the data, the model, the backend itself."""

from __future__ import annotations

import hashlib
from pathlib import Path

from luthier.tools.data.model import DatasetInfo
from luthier.tools.data.store import load_dataset
from luthier.tools.errors import LuthierError
from luthier.tools.language import _
from luthier.tools.models.hub import is_hub_id
from luthier.tools.models.reference import resolve_model
from luthier.tools.models.starter import STARTER_ID
from luthier.tools.training.backends import backend_of
from luthier.tools.training.plan import ModelPlan, Plan
from luthier.tools.workspace import Workspace


def stand_in(plan: Plan) -> ModelPlan | None:
    """The starter for a model folder that is not here, where it is asked for nothing; else None.

    Where training and comparison are at a provider, the model on this computer only counts tokens and
    finds examples, which any model does.
    """
    model = plan.model.id
    if model in ("", STARTER_ID) or is_hub_id(model) or Path(model).expanduser().is_dir():
        return None
    backend = backend_of(plan.backend)
    return ModelPlan() if backend.remote and backend.base(plan.hosted) else None


def refuse_absent(workspace: Workspace, plan: Plan) -> None:
    """Raise for a data file or model folder that is gone or changed; nothing is fetched or written.

    Raises:
        LuthierError: ``run.no_source`` and the like for the data, ``model.not_found`` and the like.
    """
    if prepared_here(workspace, plan) is None:
        verify_source(Path(plan.data.path), plan.data.sha256)
    model = stand_in(plan) or plan.model
    if model.id not in ("", STARTER_ID) and not is_hub_id(model.id):
        resolve_model(workspace, model.id)


def refuse_blocked(workspace: Workspace, plan: Plan) -> None:
    """Raise for what the plan's backend would refuse, before anything is spent.

    Raises:
        LuthierError: with the backend's own name for it.
    """
    for objection in backend_of(plan.backend).check(workspace, plan):
        if objection.stops:
            raise LuthierError(
                _("The run was not started: {problem}", problem=objection.message),
                remedy=objection.remedy,
                code=f"run.{objection.code}",
            )


def prepared_here(workspace: Workspace, plan: Plan) -> DatasetInfo | None:
    """The plan's data set where this home holds it already; then the file itself is not needed."""
    if not (workspace.datasets / plan.data.dataset_id).is_dir():
        return None
    info = load_dataset(workspace, plan.data.dataset_id)
    return info if info.source_sha256 == plan.data.sha256 else None


def verify_source(path: Path, sha256: str) -> None:
    """Raise where the plan's data file is gone or is another.

    Raises:
        LuthierError: ``run.no_source`` or ``run.source_changed``.
    """
    try:
        with path.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise LuthierError(
            _("The plan's data file cannot be read."),
            why=_("The system says: {reason}.", reason=error.strerror or error),
            remedy=_(
                "Put the file back, or name the place where it is now: luthier run PLAN.yaml --data "
                "FILE."
            ),
            place=str(path),
            code="run.no_source",
        ) from error
    if found != sha256:
        raise LuthierError(
            _("The data file is not the one that the plan was made with."),
            why=_("Its content has changed, so the splits and the figures would not be the same."),
            remedy=_("Put the old file back, or make a new plan from the new file in the chat."),
            place=str(path),
            code="run.source_changed",
        )
