"""``luthier prices``: the dated table of what models and their tuning cost, and how to renew it."""

from __future__ import annotations

import click

from luthier.tools.language import _, plural
from luthier.tui.cli_shared import ask_first, json_option, print_json, say, show, the_workspace


@click.group(invoke_without_command=True, short_help="What models and their tuning cost.")
@json_option
@click.pass_context
def prices(context: click.Context, as_json: bool) -> None:
    """Prices in US dollars for a million tokens, each with its day and its source.

    What is not listed is unknown and said to be. Lists them by default.
    """
    if context.invoked_subcommand is None:
        _list(as_json)


@prices.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """List all lines, your own before the built-in ones."""
    _list(as_json)


def _list(as_json: bool) -> None:
    from luthier.tools.prices.table import TABLE, price_table
    from luthier.tools.prices.views import prices_table

    found = list(price_table(the_workspace().home / TABLE).values())
    show([prices_table(found)], found, as_json=as_json)


@prices.command("update")
@click.argument("source", metavar="FILE|URL")
@click.option("--yes", is_flag=True, help="Fetch and take the new lines without asking.")
@json_option
def update_command(source: str, yes: bool, as_json: bool) -> None:
    """Take newer lines from a CSV file, or from an address that is asked for once.

    Lines older than the present ones are left out. They are kept in the home folder and go before
    the built-in ones; deleting prices.csv there takes them back.
    """
    from luthier.tools.prices.update import compare, read_source, take
    from luthier.tools.prices.views import prices_table

    workspace = the_workspace()
    if "://" in source and not yes:
        ask_first(_("Fetch prices from {source}? Nothing else is sent.", source=source))
    update = compare(workspace, read_source(source), source)
    show([] if as_json else [prices_table(list(update.lines))], None, as_json=False)
    new = plural("{n} line is new.", "{n} lines are new.", len(update.lines))
    if update.lines:
        if not yes:
            ask_first(_("{new} Take them?", new=new))
        take(workspace, update)
    if as_json:
        print_json({"new": update.lines, "left_out": update.older})
    else:
        say(new)
