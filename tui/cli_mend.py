"""``luthier data mend``, ``undo`` and ``trace``: faults mended by named remedies, and every row's way."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from luthier.tools.language import _
from luthier.tui.cli_reading import mapping_of, reading_options
from luthier.tui.cli_shared import json_option, say, show, the_workspace
from luthier.tui.exit_codes import NEGATIVE, OK

if TYPE_CHECKING:
    from luthier.tools.data.model import Inspection, Mapping
    from luthier.tools.views import View
    from luthier.tools.workspace import Workspace

ALL_ROWS = 1_000_000_000


def look(
    workspace: Workspace,
    file: str,
    mapping: Mapping | None,
    *,
    quick: bool = False,
    against: str = "",
) -> Inspection:
    """What FILE holds: a path, or the id of a version of its rows.

    Raises:
        LuthierError: it cannot be read, or there is no such version.
    """
    from luthier.tools.data.held_out import find_held_out, splits_beside
    from luthier.tools.data.inspect import inspect_file
    from luthier.tui.progress_bars import Bars

    path, mapping = path_and_mapping(workspace, file, mapping)
    held_out = [] if quick else splits_beside(path, mapping.part if mapping else "")
    if against:
        held_out.append(find_held_out(workspace, against))
    title = _("Checking the rows")
    with Bars() as bars:
        found = inspect_file(
            path,
            mapping=mapping,
            closely=0 if quick else ALL_ROWS,
            also=[each.check() for each in held_out],
            progress=bars.listener(title),
        )
        bars.finish(title, f"{found.rows_in:,}")
    return found


def path_and_mapping(
    workspace: Workspace, file: str, mapping: Mapping | None
) -> tuple[Path, Mapping | None]:
    """The path that FILE means, and the mapping of the version where it is a version's id.

    Raises:
        LuthierError: there is no such version.
    """
    from luthier.tools.data.hub import folder_of, is_fetched
    from luthier.tools.data.paths import parse_path
    from luthier.tools.data.versions import load_version
    from luthier.tools.errors import LuthierError
    from luthier.tools.models.hub import is_hub_id

    is_version = len(file) >= 6 and all(char in "0123456789abcdef" for char in file)
    if is_version and not Path(file).exists():
        version = load_version(workspace, file)
        return Path(version.report.path), mapping or version.mapping
    path = parse_path(file)
    if not path.exists() and is_fetched(workspace, file):
        return folder_of(workspace, file), mapping
    if not path.exists() and is_hub_id(file) and not path.parent.exists():
        raise LuthierError(
            _("There is no file called {file}.", file=file),
            why=_("It may be the id of a data set on the Hugging Face Hub."),
            remedy=_("Fetch that first: luthier data fetch {file}", file=file),
            code="data.not_fetched",
        )
    return path, mapping


@click.command("mend")
@click.argument("file")
@click.option(
    "--remedy", "remedies", multiple=True, metavar="NAME", help="A remedy to apply; repeatable."
)
@click.option("--all", "everything", is_flag=True, help="Apply all that need no decision of yours.")
@click.option(
    "--quick", is_flag=True, help="Leave out what takes long: near copies, personal data, keys."
)
@click.option("--preview", "only_preview", is_flag=True, help="Show what would change, and stop.")
@click.option(
    "--out", default="", metavar="PATH", help="Also write the mended rows as messages JSONL."
)
@reading_options
@json_option
def mend_command(
    file: str,
    remedies: tuple[str, ...],
    everything: bool,
    quick: bool,
    only_preview: bool,
    out: str,
    as_json: bool,
    **reading: Any,
) -> int:
    """Mend the rows of FILE and keep the result as a version; FILE itself is not changed.

    FILE is a path, or the id of a version to go on from. Without --remedy and --all the remedies that
    would help are listed. Use the new version's id in place of FILE: `luthier data prepare VERSION`.
    """
    from luthier.tools.data.mend import automatic

    workspace = the_workspace()
    before = look(workspace, file, mapping_of(**reading), quick=quick)
    names = [*remedies, *(automatic(before) if everything else ())]
    if not names:
        return _list_remedies(before, as_json, nothing_wrong=everything)
    if only_preview:
        return _preview(before, names, as_json)
    return _mend(workspace, before, names, everything, out, as_json)


def _list_remedies(before: Inspection, as_json: bool, *, nothing_wrong: bool) -> int:
    from luthier.tools.data.doctor_views import remedy_view
    from luthier.tools.data.remedies.registry import offered

    view = remedy_view(before)
    if view is None or nothing_wrong:
        say(_("There is nothing to mend that Luthier could mend by itself."))
    show([view] if view else [], list(offered(before.problems)), as_json=as_json)
    return OK


def _preview(before: Inspection, names: list[str], as_json: bool) -> int:
    from luthier.tools.data.doctor_views import preview_views
    from luthier.tools.data.inspect import open_mapped
    from luthier.tools.data.remedies.preview import preview
    from luthier.tools.progress import silent

    source = open_mapped(Path(before.path), before.mapping, None, silent)
    previews = preview(source, before.mapping, names)
    show(preview_views(previews), previews, as_json=as_json)
    return OK


def _mend(
    workspace: Workspace,
    before: Inspection,
    names: list[str],
    everything: bool,
    out: str,
    as_json: bool,
) -> int:
    from luthier.tools.data.doctor_views import preview_views, report_views
    from luthier.tools.data.inspect import open_mapped
    from luthier.tools.data.mend import mend, mend_all, write_messages
    from luthier.tools.data.remedies.preview import preview
    from luthier.tools.data.versions import keep_version
    from luthier.tools.progress import silent
    from luthier.tui.progress_bars import Bars

    closely = ALL_ROWS if before.looked_closely else 0
    title = _("Mending the rows")
    with Bars() as bars:
        listener = bars.listener(title)
        if everything:
            after = mend_all(workspace, before, also=names, closely=closely, progress=listener)
        else:
            after = mend(workspace, before, names, closely=closely, progress=listener)
        bars.finish(title, f"{after.usable:,}")
    version = keep_version(workspace, after)
    say(_("Version {version}; undo with: luthier data undo {version}", version=version.id))
    source = open_mapped(Path(before.path), before.mapping, None, silent)
    applied = after.mapping.remedies[len(before.mapping.remedies) :]
    views: list[View] = [
        *preview_views(preview(source, before.mapping, applied)),
        *report_views(version.report),
    ]
    if out:
        with Bars() as bars:
            rows = write_messages(
                after, Path(out).expanduser(), bars.listener(_("Writing the rows"))
            )
        say(_("{rows} rows were written to {path}.", rows=rows, path=out))
    show(views, version, as_json=as_json)
    return NEGATIVE if after.to_agree else OK


@click.command("undo")
@click.argument("version")
@json_option
def undo_command(version: str, as_json: bool) -> None:
    """Go back to the version before the last remedies, and report on it.

    VERSION is the id that `luthier data mend` gave. The version itself is kept and can be used again.
    """
    from luthier.tools.data.doctor_views import report_views
    from luthier.tools.data.mend import look_at_version
    from luthier.tools.data.versions import keep_version, parent_of

    workspace = the_workspace()
    before = parent_of(workspace, version)
    _stored, found = look_at_version(workspace, before.id)
    say(_("Back at version {version}.", version=before.id))
    show(report_views(before.report), keep_version(workspace, found), as_json=as_json)


@click.command("trace")
@click.argument("dataset")
@click.argument("row")
@json_option
def trace_command(dataset: str, row: str, as_json: bool) -> None:
    """Say where a ROW of a prepared DATASET (an id or a name) came from, and each remedy since.

    ROW is the row's id, its number among the training rows, or a part and a number such as test:3.
    """
    from luthier.tools.data.store import named_dataset
    from luthier.tools.data.trace import trace_row, trace_views

    workspace = the_workspace()
    found = trace_row(workspace, named_dataset(workspace, dataset).id, row)
    show(trace_views(found), found, as_json=as_json)
