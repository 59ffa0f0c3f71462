"""The picture of an export: files, rows, and what could not be taken along."""

from __future__ import annotations

from luthier.tools.data.exports.write import ExportReport
from luthier.tools.language import _, plural
from luthier.tools.views import Table, View


def export_views(report: ExportReport) -> tuple[View, ...]:
    """The files with their rows, the rows left out with reasons, and how to go on."""
    left_out = tuple(
        plural("{n} row left out: {reason}.", "{n} rows left out: {reason}.", count, reason=reason)
        for reason, count in report.left_out.items()
    )
    return (
        Table(
            title=_("Exported for {format} to {folder}", format=report.title, folder=report.folder),
            columns=(_("file"), _("rows")),
            rows=tuple(
                (file.path.rsplit("/", 1)[-1], "–" if file.rows is None else f"{file.rows:,}")
                for file in report.files
            ),
            notes=(*left_out, *report.notes),
        ),
    )
