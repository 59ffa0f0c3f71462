"""``luthier host``: serve an export on this computer, use it, measure it, stop it."""

from __future__ import annotations

import click

from luthier.tools.language import _
from luthier.tui.cli_shared import json_option, print_json, say, show, the_workspace
from luthier.tui.exit_codes import NEGATIVE, OK

server_argument = click.argument("server", metavar="[ID]", default="", required=False)


@click.group(invoke_without_command=True, short_help="Serve the tuned model on this computer.")
@json_option
@click.pass_context
def host(context: click.Context, as_json: bool) -> None:
    """Models that answer on this computer in OpenAI's form. Lists them by default.

    A server listens on 127.0.0.1 alone and wants a key. It runs on when the terminal is closed. ID is
    a server's id or the end of one; it is not needed while only one runs.
    """
    if context.invoked_subcommand is None:
        _list(as_json)


@host.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """List what runs, with speed and memory."""
    _list(as_json)


def _list(as_json: bool) -> None:
    from luthier.tools.hosting.serving import list_servers
    from luthier.tools.hosting.views import servers_table

    found = list_servers(the_workspace())
    if not found and not as_json:
        say(_("No server is running. `luthier host start` starts one."))
        return
    show([servers_table(found)] if found else [], found, as_json=as_json)


@host.command("start")
@click.argument("export", metavar="[EXPORT]", default="", required=False)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Any free one by default.")
@json_option
def start_command(export: str, port: int, as_json: bool) -> None:
    """Serve EXPORT (an export's id, or the end of one such as q8_0) and say where.

    Without EXPORT, the best one that is ready: the smallest measured to be as good as the tuned model.
    """
    from luthier.tools.hosting.choice import export_to_serve
    from luthier.tools.hosting.serving import start_server
    from luthier.tools.hosting.views import server_views
    from luthier.tools.identifiers import new_id

    workspace = the_workspace()
    chosen = export_to_serve(workspace, export)
    server = start_server(
        workspace,
        chosen.id,
        session_id=chosen.session_id,
        idempotency_key=f"cli:{new_id()}",
        port=port,
        progress=_Steps(),
    )
    show(server_views(server), server, as_json=as_json)


class _Steps:
    """Says each step once."""

    def __init__(self) -> None:
        self._said = ""

    def __call__(self, label: str, _done: float, _total: float) -> None:
        if label != self._said:
            self._said = label
            say(label)


@host.command("stop")
@server_argument
@click.option("--all", "everything", is_flag=True, help="Stop all of them.")
@json_option
def stop_command(server: str, everything: bool, as_json: bool) -> None:
    """Stop a server. The export stays, and can be served again."""
    from luthier.tools.hosting.serving import find_server, list_servers, stop_server

    workspace = the_workspace()
    chosen = list_servers(workspace) if everything else [find_server(workspace, server)]
    for one in chosen:
        stop_server(workspace, one)
        say(_("{title} is stopped.", title=one.title))
    if as_json:
        print_json(chosen)


@host.command("key")
@server_argument
@json_option
def key_command(server: str, as_json: bool) -> None:
    """Print the key that requests must give, on stdout."""
    from luthier.tools.hosting.serving import find_server, read_key

    key = read_key(find_server(the_workspace(), server))
    _print(key, {"key": key}, as_json)


def _print(text: str, data: dict[str, str], as_json: bool) -> None:
    if as_json:
        print_json(data)
    else:
        click.echo(text)


@host.command("open")
@server_argument
@click.option("--browser", is_flag=True, help="Open it in the browser, too.")
@json_option
def open_command(server: str, browser: bool, as_json: bool) -> None:
    """Print the address of the page to try the model, with its key (keep it to yourself)."""
    from luthier.tools.hosting.serving import find_server, read_key

    found = find_server(the_workspace(), server)
    address = f"{found.url}/#key={read_key(found)}"
    _print(address, {"address": address}, as_json)
    if browser:
        click.launch(address)


@host.command("log")
@server_argument
@click.option(
    "--lines",
    type=click.IntRange(min=1),
    default=40,
    show_default=True,
    help="So many lines from its end.",
)
@json_option
def log_command(server: str, lines: int, as_json: bool) -> None:
    """Print the end of a server's log."""
    from luthier.tools.hosting.serving import find_server, read_log

    text = read_log(find_server(the_workspace(), server), lines)
    _print(text, {"log": text}, as_json)


@host.command("check")
@server_argument
@click.option("--rows", type=click.IntRange(min=1), help="So many test rows at most.")
@json_option
def check_command(server: str, rows: int | None, as_json: bool) -> int:
    """Ask a running server what the tuned model was asked: parity, metric, speed, memory.

    The exit code is 4 where it answers otherwise.
    """
    from luthier.tools.hosting.choice import check_server
    from luthier.tools.hosting.parity import find_problems
    from luthier.tools.hosting.serving import find_server
    from luthier.tools.hosting.views import parity_table

    workspace = the_workspace()
    found = find_server(workspace, server)
    parity = check_server(workspace, found, rows, _Steps())
    problems = find_problems(parity)
    show([parity_table(found.title, parity)], parity, as_json=as_json)
    for problem in problems:
        say(problem)
    return NEGATIVE if problems else OK


@host.command("snippets")
@server_argument
@click.option(
    "--language", type=click.Choice(["curl", "python", "javascript"]), help="Only this one."
)
@click.option("--question", default="Hello", show_default=True, help="What the program asks.")
@json_option
def snippets_command(server: str, language: str | None, question: str, as_json: bool) -> None:
    """Print programs that use a server: curl, openai-python, JavaScript."""
    from luthier.tools.hosting.choice import snippets_for
    from luthier.tools.hosting.serving import find_server

    workspace = the_workspace()
    found = snippets_for(workspace, find_server(workspace, server), question)
    chosen = {language: found[language]} if language else found
    if as_json:
        print_json(chosen)
        return
    for name, text in chosen.items():
        if not language:
            say(f"--- {name}")
        click.echo(text)
