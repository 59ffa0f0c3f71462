"""``luthier data tokens`` and ``luthier data export``: what can be done with a prepared data set."""

from __future__ import annotations

import click

from luthier.tui.cli_shared import ask_first, json_option, say, show, the_workspace


@click.command("tokens")
@click.argument("dataset", default="")
@click.option(
    "--model",
    default="starter",
    show_default=True,
    help="starter, a folder with a tokenizer.json, a Hub id, or an OpenAI model's name.",
)
@click.option("--yes", is_flag=True, help="Fetch a tokenizer from the Hub without asking.")
@json_option
def tokens_command(dataset: str, model: str, yes: bool, as_json: bool) -> None:
    """Count the tokens of DATASET (an id or a name; the newest without) for a model."""
    from luthier.tools.data.store import named_dataset
    from luthier.tools.errors import LuthierError
    from luthier.tools.language import _
    from luthier.tools.models.counters import counter_for
    from luthier.tools.models.token_statistics import token_statistics, token_views
    from luthier.tui.progress_bars import Bars

    workspace = the_workspace()
    info = named_dataset(workspace, dataset)
    try:
        counter = counter_for(workspace, model)
    except LuthierError as error:
        if error.code != "model.not_downloaded":
            raise
        if not yes:
            ask_first(_("Fetch the tokenizer of {model} from the Hugging Face Hub?", model=model))
        counter = counter_for(workspace, model, download=True)
    title = _("Counting tokens")
    with Bars() as bars:
        found = token_statistics(workspace, info.id, counter, bars.listener(title))
        bars.finish(title, info.name)
    show(token_views(found), found, as_json=as_json)


@click.command("export")
@click.argument("dataset", default="")
@click.option("--format", "format_name", required=True, metavar="NAME", help="See the list.")
@click.option(
    "--out",
    "folder",
    required=True,
    type=click.Path(file_okay=False),
    help="Folder to write into; made where it is missing.",
)
@click.option("--overwrite", is_flag=True, help="Replace files of the same names.")
@json_option
def export_command(
    dataset: str, format_name: str, folder: str, overwrite: bool, as_json: bool
) -> None:
    """Write DATASET (an id or a name; the newest without) as another program reads it.

    Formats: openai, trl, trl-prompt-completion, llama-factory, llama-factory-alpaca, axolotl,
    sharegpt. Rows that a format cannot express are left out and counted with the reason. An existing
    dataset_info.json of LLaMA-Factory gets another entry. Nothing is uploaded.
    """
    from pathlib import Path

    from luthier.tools.data.exports.views import export_views
    from luthier.tools.data.exports.write import export_dataset
    from luthier.tools.data.store import named_dataset
    from luthier.tools.language import _
    from luthier.tui.progress_bars import Bars

    workspace = the_workspace()
    info = named_dataset(workspace, dataset)
    title = _("Exporting the data")
    with Bars() as bars:
        report = export_dataset(
            workspace,
            info.id,
            format_name,
            Path(folder).expanduser().absolute(),
            overwrite=overwrite,
            progress=bars.listener(title),
        )
        bars.finish(title, report.folder)
    show(export_views(report), report, as_json=as_json)
    if report.left_out:
        say(
            _(
                "{rows} rows were left out; the reasons are above.",
                rows=sum(report.left_out.values()),
            )
        )
