"""Exports in the database: saved when their checks are through, found again, removed with their files."""

from __future__ import annotations

import shutil
from pathlib import Path

from luthier.tools.database import writing
from luthier.tools.errors import LuthierError
from luthier.tools.hosting.model import Export
from luthier.tools.language import _
from luthier.tools.workspace import Workspace


def save_export(workspace: Workspace, export: Export) -> None:
    """Keep an export; saving the same id again replaces it."""
    with workspace.database() as database, writing(database):
        database.table("exports").upsert(
            {
                "id": export.id,
                "session_id": export.session_id,
                "train_job": export.train_job,
                "kind": export.kind,
                "state": export.state,
                "created_at": export.created_at,
                "record": export.model_dump_json(),
            },
            pk="id",
        )


def list_exports(
    workspace: Workspace, *, session_id: str | None = None, train_job: str | None = None
) -> list[Export]:
    """The exports, newest first; only those of a session or of a training where one is given."""
    wanted = {"session_id": session_id, "train_job": train_job}
    given = {name: value for name, value in wanted.items() if value is not None}
    with workspace.database() as database:
        rows = database.table("exports").rows_where(
            " and ".join(f"{name} = :{name}" for name in given) or None,
            given,
            order_by="created_at desc, id desc",
        )
        return [Export.model_validate_json(row["record"]) for row in rows]


def get_export(workspace: Workspace, export_id: str, session_id: str | None = None) -> Export:
    """The export with this id; else the one whose id alone begins or ends so.

    Where several do, those of ``session_id`` are meant, and of these the ones that are ready.

    Raises:
        LuthierError: there is none (``export.not_found``), or several (``export.ambiguous``).
    """
    part = export_id.strip().upper()
    known = list_exports(workspace)
    exact = [one for one in known if one.id == part]  # what was published is named after it
    found = exact or [
        one for one in known if part and (one.id.startswith(part) or one.id.endswith(part))
    ]
    found = [one for one in found if one.session_id == session_id] or found
    if len(found) > 1:
        found = [one for one in found if one.state == "ready"] or found
    if len(found) == 1:
        return found[0]
    if found:
        raise LuthierError(
            _("{number} exports begin or end with “{part}”.", number=len(found), part=part),
            remedy=_("Say which, by its id: {ids}.", ids=", ".join(one.short_id for one in found)),
            code="export.ambiguous",
        )
    raise LuthierError(
        _("There is no export “{part}”.", part=export_id),
        remedy=_("“Show exports”, or `luthier exports`, lists those that there are."),
        code="export.not_found",
    )


def need_files(export: Export) -> Path:
    """Where the files of an export are.

    Raises:
        LuthierError: it failed, is not on this computer, or its files are gone (``host.no_files``).
    """
    path = Path(export.path)
    if export.state != "ready" or not export.path or not path.exists():
        raise LuthierError(
            _("{title} cannot be used.", title=export.title),
            why=" ".join(export.problems) or _("Its files are not on this computer."),
            remedy=_("Export the model again, then use that."),
            place=export.path,
            code="host.no_files",
        )
    return path


def delete_export(workspace: Workspace, export_id: str) -> Export:
    """Forget an export and remove its files below the exports folder; others' places are left.

    Raises:
        LuthierError: there is no such export.
    """
    export = get_export(workspace, export_id)
    shutil.rmtree(workspace.exports / export.id, ignore_errors=True)
    with workspace.database() as database, writing(database):
        database.table("exports").delete(export.id)
    return export


def bytes_in(path: Path) -> int:
    """The size of a file, or of all files in a folder."""
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
