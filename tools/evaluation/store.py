"""Evaluations in the database: saved once finished, found again by id or session."""

from __future__ import annotations

from luthier.tools.database import writing
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.model import Evaluation
from luthier.tools.language import _
from luthier.tools.workspace import Workspace


def save_evaluation(
    workspace: Workspace, evaluation: Evaluation, *, session_id: str, job_id: str
) -> None:
    """Keep an evaluation; saving the same id again replaces it."""
    with workspace.database() as database, writing(database):
        database.table("evaluations").upsert(
            {
                "id": evaluation.id,
                "session_id": session_id,
                "dataset_id": evaluation.dataset_id,
                "job_id": job_id,
                "created_at": evaluation.created_at,
                "result": evaluation.model_dump_json(),
            },
            pk="id",
        )


def replace_evaluation(workspace: Workspace, evaluation: Evaluation) -> None:
    """Keep a later state of an evaluation that is there already, such as with a judge's verdicts."""
    with workspace.database() as database, writing(database):
        database.table("evaluations").update(
            evaluation.id, {"result": evaluation.model_dump_json()}
        )


def load_evaluation(workspace: Workspace, evaluation_id: str) -> Evaluation:
    """The evaluation of that id.

    Raises:
        LuthierError: there is none (``code`` ``evaluation.not_found``).
    """
    with workspace.database() as database:
        found = list(database.table("evaluations").rows_where("id = ?", [evaluation_id], limit=1))
    if not found:
        raise LuthierError(
            _("There is no evaluation '{evaluation_id}'.", evaluation_id=evaluation_id),
            remedy=_("`luthier eval list` shows them all."),
            code="evaluation.not_found",
        )
    return Evaluation.model_validate_json(found[0]["result"])


def list_evaluations(
    workspace: Workspace, session_id: str | None = None, *, dataset_id: str | None = None
) -> list[Evaluation]:
    """All evaluations, or those of one session or on one data set, the newest first."""
    wanted = {"session_id": session_id, "dataset_id": dataset_id}
    given = {name: value for name, value in wanted.items() if value is not None}
    with workspace.database() as database:
        found = database.table("evaluations").rows_where(
            " and ".join(f"{name} = :{name}" for name in given) or None,
            given,
            order_by="created_at desc, id desc",
        )
        return [Evaluation.model_validate_json(row["result"]) for row in found]
