"""``luthier data``: look at a data file, and turn it into frozen splits, without a chat."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from luthier.tools.language import _
from luthier.tui.cli_dataset import export_command, tokens_command
from luthier.tui.cli_intake import fetch_command, questions_command
from luthier.tui.cli_mend import (
    look,
    mend_command,
    path_and_mapping,
    trace_command,
    undo_command,
)
from luthier.tui.cli_reading import mapping_of, reading_options
from luthier.tui.cli_shared import json_option, say, show, the_workspace
from luthier.tui.ending import unwind_when_told_to_end
from luthier.tui.exit_codes import NEGATIVE, OK

if TYPE_CHECKING:
    from luthier.tools.data.model import SplitChoice


@click.group()
def data() -> None:
    """Look at a data file, or prepare it for tuning."""
    unwind_when_told_to_end()


_COMMANDS = (
    fetch_command, questions_command, mend_command, undo_command, trace_command, tokens_command,
    export_command,
)  # fmt: skip
for command in _COMMANDS:
    data.add_command(command)


@data.command("check")
@click.argument("source")
@click.option(
    "--quick", is_flag=True, help="Leave out what takes long: near copies, personal data, keys."
)
@click.option(
    "--against",
    default="",
    metavar="FILE",
    help="Evaluation questions that must not be among the rows: a file, or the name or id of a "
    "prepared data set, whose frozen test rows are meant.",
)
@reading_options
@json_option
def check_command(source: str, quick: bool, against: str, as_json: bool, **reading: Any) -> int:
    """Say what SOURCE holds and what is wrong with it, with lines, examples and remedies.

    SOURCE is a file (CSV, TSV, JSON, JSONL, Parquet, Arrow, Excel, SQLite, Markdown, text, PDF,
    Word, a chat export; also zipped), a folder of such files, or the id of a mended version. Format
    and encoding are detected, columns are guessed unless named. SOURCE is not changed; the report is
    kept in the home folder. The exit code is 4 where rows or the whole source cannot be used.
    """
    from luthier.tools.data.doctor_views import report_views
    from luthier.tools.data.versions import keep_version
    from luthier.tools.data.views import inspection_views

    workspace = the_workspace()
    inspection = look(workspace, source, mapping_of(**reading), quick=quick, against=against)
    report = keep_version(workspace, inspection).report
    views = [*inspection_views(inspection)[:2], *report_views(report)]
    show(views, {**inspection.model_dump(mode="json"), "report": report}, as_json=as_json)
    blocked = any(problem.severity == "blocks" for problem in inspection.problems)
    return NEGATIVE if inspection.to_agree or blocked else OK


@data.command("prepare")
@click.argument("source")
@reading_options
@click.option(
    "--leave-out-unusable", is_flag=True, help="Agree to leave out rows that cannot be used."
)
@click.option("--name", default="", help="Name of the data set.")
@click.option("--seed", default=13, show_default=True, help="Seed of the split.")
@click.option(
    "--split",
    "method",
    type=click.Choice(["random", "stratified", "group", "time"]),
    help="How rows are dealt: by chance, label by label, all rows of one customer or document on "
    "one side, or the newest as test. Without it, one is proposed with its reason.",
)
@click.option(
    "--split-column", default="", metavar="COL", help="Column of the group or the time to split by."
)
@json_option
def prepare_command(
    source: str,
    leave_out_unusable: bool,
    name: str,
    seed: int,
    method: str | None,
    split_column: str,
    as_json: bool,
    **reading: Any,
) -> None:
    """Freeze SOURCE into training, validation and test rows; near-copies stay on one side.

    Exact duplicates are removed. Rows that cannot be used stop the command unless
    --leave-out-unusable is given.
    """
    from luthier.tools.data.prepare import prepare_dataset
    from luthier.tools.data.views import dataset_views
    from luthier.tui.progress_bars import Bars

    workspace = the_workspace()
    path, mapping = path_and_mapping(workspace, source, mapping_of(**reading))
    title = _("Preparing the data")
    with _consent_by_option(), Bars() as bars:
        info = prepare_dataset(
            workspace,
            path,
            mapping,
            leave_out_unusable=leave_out_unusable,
            choice=_split_choice(method, split_column),
            seed=seed,
            name=name,
            progress=bars.listener(title),
        )
        bars.finish(title, _("data set {id}", id=info.id))
    say(_("Columns: {reason}", reason=info.mapping.reason))
    show(dataset_views(info), info, as_json=as_json)


@contextmanager
def _consent_by_option() -> Iterator[None]:
    """Name the option that agrees, where rows are not left out unasked."""
    from luthier.tools.errors import LuthierError

    try:
        yield
    except LuthierError as error:
        if error.code == "data.consent_needed":
            error.remedy = _(
                "Add --leave-out-unusable to leave them out, or mend the file and prepare it again."
            )
        raise


def _split_choice(method: str | None, column: str) -> SplitChoice | None:
    """The split that was named, or None where one shall be proposed."""
    from luthier.tools.data.model import SplitChoice

    if column and method not in (None, "group", "time"):
        raise click.UsageError(_("--split-column goes with --split group or --split time."))
    if column and method is None:
        method = "group"
    return SplitChoice.model_validate({"method": method, "column": column}) if method else None
