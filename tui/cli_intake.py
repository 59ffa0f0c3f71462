"""``luthier data fetch`` and ``questions``: data from the Hub, and rows that a language model writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from luthier.tools.language import _
from luthier.tui.cli_reading import mapping_of, reading_options
from luthier.tui.cli_shared import ask_first, json_option, say, show, the_workspace


@click.command("fetch")
@click.argument("dataset")
@click.option("--yes", is_flag=True, help="Fetch without asking.")
@json_option
def fetch_command(dataset: str, yes: bool, as_json: bool) -> None:
    """Fetch DATASET (an id such as owner/name) from the Hugging Face Hub and say what it holds.

    Only its files of rows and its card are fetched, no code. Afterwards the id stands for the folder in
    `luthier data check` and `prepare`.
    """
    from luthier.tools.data.hub import fetch_dataset, is_fetched
    from luthier.tools.data.inspect import inspect_file
    from luthier.tools.data.views import inspection_views
    from luthier.tui.progress_bars import Bars

    workspace = the_workspace()
    if not yes and not is_fetched(workspace, dataset):
        ask_first(_("Fetch {dataset} from the Hugging Face Hub?", dataset=dataset))
    title = _("Fetching the data set")
    with Bars() as bars:
        folder = fetch_dataset(workspace, dataset, bars.listener(title))
        bars.finish(title, dataset)
    say(_("The files are in {folder}.", folder=folder))
    inspection = inspect_file(folder, closely=0)
    show(inspection_views(inspection), inspection, as_json=as_json)


@click.command("questions")
@click.argument("source")
@reading_options
@click.option(
    "--per-passage",
    default=2,
    show_default=True,
    type=click.IntRange(1, 10),
    help="Questions about each passage.",
)
@click.option("--all", "everything", is_flag=True, help="All passages, not three as a preview.")
@click.option("--yes", is_flag=True, help="Send the passages without asking.")
@json_option
def questions_command(
    source: str, per_passage: int, everything: bool, yes: bool, as_json: bool, **reading: Any
) -> None:
    """Have the connected language model write questions and answers about the documents in SOURCE.

    Three passages first, as a preview; with --all every passage. Rows are marked as synthetic and keep
    their passage. The file with them is named, for `luthier data prepare`.
    """
    from luthier.agent.brains.choose import make_brain
    from luthier.agent.brains.writer import writer_of
    from luthier.agent.settings import load_settings
    from luthier.tools.catalog.base import ToolContext
    from luthier.tools.catalog.intake import WriteQuestions, approve_writing, write_questions
    from luthier.tools.data.inspect import inspect_file
    from luthier.tools.facts import Facts
    from luthier.tui.cli_mend import path_and_mapping
    from luthier.tui.progress_bars import Bars

    workspace = the_workspace()
    path, mapping = path_and_mapping(workspace, source, mapping_of(**reading))
    inspection = inspect_file(path, mapping=mapping, closely=0)
    writer = writer_of(make_brain(load_settings(workspace)))
    arguments = WriteQuestions(everything=everything, per_passage=per_passage)
    title = _("Having questions written")
    with Bars() as bars:
        context = ToolContext(
            workspace,
            "",
            Facts(source=inspection),
            progress=bars.listener(title),
            writer=writer,
        )
        approval = approve_writing(context, arguments)
        if not yes:
            details = "; ".join(f"{name}: {value}" for name, value in approval.details)
            ask_first(f"{approval.title}? ({details})")
        outcome = write_questions(context, arguments)
        bars.finish(title, Path(outcome.data["path"]).name)
    say(outcome.summary)
    say(_("The rows are in {path}.", path=outcome.data["path"]))
    show(outcome.views, outcome.data, as_json=as_json)
