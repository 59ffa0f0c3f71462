"""``luthier deployments``: tuned models that answer at Azure, what they cost, and how to end that."""

from __future__ import annotations

import click

from luthier.tools.language import _
from luthier.tui.cli_shared import ask_first, json_option, say, show, the_workspace
from luthier.tui.exit_codes import OK

name_argument = click.argument("name", metavar="[NAME]", default="", required=False)
yes_option = click.option("--yes", is_flag=True, help="Agree beforehand.")


@click.group(invoke_without_command=True, short_help="Tuned models at Azure, and what they cost.")
@json_option
@click.pass_context
def deployments(context: click.Context, as_json: bool) -> None:
    """Deployments at Azure that Luthier made: each costs by the hour until it is deleted.

    Lists them by default. NAME is a deployment's name; it is not needed while only one runs.
    """
    if context.invoked_subcommand is None:
        _list(as_json)


@deployments.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """List what runs, with its price by the hour, by the month and so far."""
    _list(as_json)


def _list(as_json: bool) -> None:
    from luthier.tools.azure.deployments import list_deployments
    from luthier.tools.azure.views import deployments_table

    found = [one for one in list_deployments(the_workspace()) if one.state != "deleted"]
    if not found and not as_json:
        say(_("Luthier knows of no deployment at Azure."))
        return
    show([deployments_table(found)] if found else [], found, as_json=as_json)


@deployments.command("make")
@click.argument("train_job", metavar="[JOB]", default="", required=False)
@click.option("--step", type=int, default=0, help="Deploy the checkpoint of that step instead.")
@yes_option
@json_option
def make_command(train_job: str, step: int, yes: bool, as_json: bool) -> int:
    """Deploy the model that the training JOB tuned at Azure (the newest by default), and wait.

    It costs by the hour from then on; the price is shown and asked about first.
    """
    from luthier.tools.azure.launch import deploy, find_training
    from luthier.tools.azure.tables import hosting_price, price_words
    from luthier.tools.azure.views import deployments_table

    workspace = the_workspace()
    job, wanted = find_training(workspace, train_job, step)
    price = price_words(hosting_price(wanted[0].sku))
    say(
        _(
            "{name} at {account}: {price}.",
            name=wanted[0].name,
            account=wanted[0].account,
            price=price,
        )
    )
    if not yes:
        ask_first(_("Deploy it?"))
    made = deploy(workspace, job, wanted, say)
    show([deployments_table(made)], made, as_json=as_json)
    return OK


@deployments.command("check")
@name_argument
@json_option
def check_command(name: str, as_json: bool) -> None:
    """Ask Azure whether a deployment still exists and answers."""
    from luthier.tools.azure.deployments import find_deployment, refresh
    from luthier.tools.azure.views import deployments_table

    workspace = the_workspace()
    found = refresh(workspace, find_deployment(workspace, name))
    show([deployments_table([found])], found, as_json=as_json)


@deployments.command("delete")
@name_argument
@yes_option
@json_option
def delete_command(name: str, yes: bool, as_json: bool) -> None:
    """Delete a deployment, so that it costs nothing any more. The tuned model stays at Azure."""
    from luthier.tools.azure.deployments import delete, find_deployment
    from luthier.tools.azure.views import deployments_table

    workspace = the_workspace()
    found = find_deployment(workspace, name)
    if not yes:
        ask_first(_("Delete the deployment {name} at Azure?", name=found.name))
    gone = delete(workspace, found)
    say(_("The deployment {name} is deleted; it costs nothing any more.", name=gone.name))
    if as_json:
        show([deployments_table([gone])], gone, as_json=True)
