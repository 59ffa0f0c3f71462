"""Versions of a file's rows: each is the file, the mapping, and the remedies applied so far.

A version is a recipe and not a copy: the rows are made anew from the source each time, so a version costs
nothing, and any row of it leads back to its line. Mending makes a version whose parent is the one
before; undoing goes back to the parent. The report on each is stored with it.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, Field

from luthier.tools.data.model import Inspection, Mapping, Problem
from luthier.tools.database import writing
from luthier.tools.errors import LuthierError
from luthier.tools.language import _
from luthier.tools.workspace import Workspace


class DataReport(BaseModel):
    """What the doctor found in one version; stored with it."""

    model_config = ConfigDict(frozen=True)

    version: str
    parent: str = Field(default="", description="the version before the last remedies")
    path: str
    sha256: str
    rows_in: int
    usable: int
    duplicates: int
    left_out: int
    looked_closely: int = Field(
        description="usable rows at which the expensive checks looked: near copies, personal data, keys"
    )
    remedies: tuple[str, ...] = Field(default=(), description="applied so far, in order")
    findings: tuple[Problem, ...] = ()


class DataVersion(BaseModel):
    """One version with its way back and its report."""

    model_config = ConfigDict(frozen=True)

    id: str
    parent: str
    mapping: Mapping
    report: DataReport
    created_at: str


def version_id(sha256: str, mapping: Mapping) -> str:
    """12 hex digits of the file's content, the mapping and the remedies."""
    decides = mapping.model_dump(mode="json", exclude={"reason", "confident", "asked"})
    content = json.dumps([sha256, decides], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def report_on(inspection: Inspection, parent: str = "") -> DataReport:
    """The report on what was inspected."""
    return DataReport(
        version=version_id(inspection.sha256, inspection.mapping),
        parent=parent,
        path=inspection.path,
        sha256=inspection.sha256,
        rows_in=inspection.rows_in,
        usable=inspection.usable,
        duplicates=inspection.duplicates,
        left_out=inspection.left_out,
        looked_closely=inspection.looked_closely,
        remedies=inspection.mapping.remedies,
        findings=inspection.problems,
    )


def keep_version(workspace: Workspace, inspection: Inspection, parent: str = "") -> DataVersion:
    """Store the version with its report; a version known already keeps its parent.

    Raises:
        LuthierError: the database cannot be written.
    """
    known = _find(workspace, version_id(inspection.sha256, inspection.mapping))
    report = report_on(inspection, known.parent if known else parent)
    version = DataVersion(
        id=report.version,
        parent=report.parent,
        mapping=inspection.mapping,
        report=report,
        created_at=known.created_at if known else datetime.now(UTC).isoformat(timespec="seconds"),
    )
    with workspace.database() as database, writing(database):
        database.table("data_versions").insert(
            {
                "id": version.id,
                "parent": version.parent,
                "path": report.path,
                "sha256": report.sha256,
                "created_at": version.created_at,
                "version": version.model_dump_json(),
            },
            pk="id",
            replace=True,
        )
    return version


def load_version(workspace: Workspace, version: str) -> DataVersion:
    """The version of that id, or of an unambiguous beginning of it.

    Raises:
        LuthierError: there is none.
    """
    found = _find(workspace, version)
    if found is None:
        raise LuthierError(
            _("There is no version “{version}” of any data.", version=version),
            remedy=_("Mend a file first; the version's name is shown then."),
            code="data.no_such_version",
        )
    return found


def parent_of(workspace: Workspace, version: str) -> DataVersion:
    """The version before the last remedies.

    Raises:
        LuthierError: there is no such version, or nothing was mended in it.
    """
    found = load_version(workspace, version)
    if not found.parent:
        raise LuthierError(
            _("There is nothing to undo: no remedy was applied to these rows."),
            code="data.nothing_to_undo",
        )
    return load_version(workspace, found.parent)


def _find(workspace: Workspace, version: str) -> DataVersion | None:
    if len(version) < 4 or not version.isalnum():
        return None
    with workspace.database() as database:
        rows = list(
            database.query(
                "select version from data_versions where substr(id, 1, ?) = ? limit 2",
                [len(version), version],
            )
        )
    return DataVersion.model_validate_json(rows[0]["version"]) if len(rows) == 1 else None
