"""``luthier model``: which brain speaks, the offline guide or a language model, and its test."""

from __future__ import annotations

import asyncio
import sys

import click

from luthier.tools.language import _
from luthier.tui.cli_shared import json_option, print_json, say, show, the_workspace
from luthier.tui.exit_codes import NEGATIVE, OK


@click.group(invoke_without_command=True, short_help="Choose who speaks: the guide or a model.")
@click.pass_context
def model(context: click.Context) -> None:
    """Choose who speaks in the chat: the offline guide, or a language model behind any
    OpenAI-compatible endpoint. Without a command, say who speaks now.
    """
    if context.invoked_subcommand is None:
        context.invoke(show_model, as_json=False)


@model.command("show")
@json_option
def show_model(as_json: bool) -> None:
    """Say who speaks, and where its key comes from (never the key)."""
    from luthier.agent.brains.choose import brain_name
    from luthier.agent.settings import load_settings
    from luthier.tools.endpoints.keys import key_source

    settings = load_settings(the_workspace())
    if as_json:
        source = key_source(settings) if settings else ""
        print_json({"brain": "model" if settings else "guide", "settings": settings, "key": source})
        return
    click.echo(_("You talk to {name}.", name=brain_name(settings)))
    if settings:
        click.echo(_("Address: {address}", address=settings.base_url))
        click.echo(_("Key: {source}", source=key_source(settings)))


@model.command("list")
@json_option
def list_servers(as_json: bool) -> None:
    """List the models of servers that run on this computer, and of the one in use."""
    from luthier.agent.brains.discover import find_servers, list_models
    from luthier.agent.settings import load_settings
    from luthier.tools.views import Table

    settings = load_settings(the_workspace())
    servers = asyncio.run(find_servers())
    rows = [(server.name, server.base_url, name) for server in servers for name in server.models]
    if settings and settings.base_url not in {server.base_url for server in servers}:
        models = asyncio.run(list_models(settings))
        rows += [(settings.host, settings.base_url, name) for name in models]
    if not rows and not as_json:
        say(
            _(
                "No model server answers on this computer's usual ports (Ollama, LM Studio, llama.cpp, "
                "vLLM). The guide needs none."
            )
        )
        return
    names = ("server", "address", "model")
    table = Table(
        title=_("Models"),
        columns=(_("server"), _("address"), _("model")),
        rows=tuple(rows),
        notes=(_("Use one: luthier model use ADDRESS MODEL"),),
    )
    show([table], [dict(zip(names, row, strict=True)) for row in rows], as_json=as_json)


@model.command("use")
@click.argument("address")
@click.argument("name", metavar="MODEL")
@click.option(
    "--key-env", default="", metavar="NAME", help="Take the key from this environment variable."
)
@click.option(
    "--key-stdin", is_flag=True, help="Read a key from stdin and put it into the system keyring."
)
@click.option(
    "--context",
    default=16_000,
    show_default=True,
    type=click.IntRange(min=2_000),
    help="How many tokens of conversation the model can take.",
)
@click.option(
    "--budget",
    default="none",
    metavar="AMOUNT",
    help='How much one session may use, such as "200k tokens", "$2" or "none".',
)
@click.option(
    "--price-in", type=click.FloatRange(min=0), metavar="USD", help="For a million tokens sent."
)
@click.option(
    "--price-out", type=click.FloatRange(min=0), metavar="USD", help="For a million answered."
)
@click.option(
    "--lead",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="Give the model one step at a time; auto does so where it is small or loses its way.",
)
@click.option("--no-test", is_flag=True, help="Take it without the test call.")
def use_model(
    address: str,
    name: str,
    key_env: str,
    key_stdin: bool,
    context: int,
    budget: str,
    price_in: float | None,
    price_out: float | None,
    lead: str,
    no_test: bool,
) -> int:
    """Let MODEL at ADDRESS speak, after one test call with a tool.

    ADDRESS is an OpenAI-compatible endpoint, such as https://api.openai.com/v1 or
    http://127.0.0.1:11434/v1. The exit code is 4 where the model cannot call tools.
    """
    from luthier.agent.brains.probe import probe
    from luthier.agent.budget import read_budget
    from luthier.agent.settings import make_settings, save_settings
    from luthier.tools.endpoints.keys import store_key

    workspace = the_workspace()
    if (price_in is None) != (price_out is None):
        raise click.UsageError("--price-in and --price-out belong together.")
    allowed = read_budget(budget)
    settings = make_settings(
        address,
        name,
        key_variable=key_env,
        context_tokens=context,
        budget_tokens=allowed.tokens,
        budget_dollars=allowed.dollars,
        price_input=price_in,
        price_output=price_out,
        lead=lead,
    )
    if key_stdin:
        store_key(settings, sys.stdin.readline())
        settings = settings.model_copy(update={"key_in_keyring": True})
    if not no_test:
        result = asyncio.run(probe(settings))
        if not result.ok:
            say(result.words)
            return NEGATIVE
        say(result.words)
    save_settings(workspace, settings)
    say(
        _(
            "From now on you talk to {name}. `luthier model guide` goes back to the guide.",
            name=settings.words,
        )
    )
    if not settings.is_local:
        say(
            _(
                "What is said in the chat goes to {host}, with names of files and columns, "
                "labels and results. Files are not uploaded.",
                host=settings.host,
            )
        )
    return OK


@model.command("guide")
def use_guide() -> None:
    """Let the offline guide speak: no key, no network, no model."""
    from luthier.agent.settings import save_settings

    save_settings(the_workspace(), None)
    say(_("From now on you talk to the offline guide."))
