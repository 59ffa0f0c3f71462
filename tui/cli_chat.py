"""``luthier``, ``chat`` and ``resume``: into the conversation, on screen or plain."""

from __future__ import annotations

import sys

import click

from luthier.tools.language import _
from luthier.tui.cli_shared import the_workspace


@click.command(short_help="Open the chat.")
@click.option("--plain", is_flag=True, help="Linear text for screen readers and pipes.")
@click.option("--session", default="", metavar="ID", help="Go on with this session.")
@click.option(
    "--wait",
    is_flag=True,
    help="Plain only: wait for the session's jobs before reading on, and before ending.",
)
def chat(plain: bool, session: str, wait: bool) -> None:
    """Open the chat: a new session, or the one named by --session.

    With --plain, questions are numbered lines on stdout and answers are lines on stdin: a number,
    or free text; "why" explains a question, "?" means you do not know, "back" returns to the one
    before. At the end of stdin the chat ends and jobs run on.
    """
    if plain:
        open_plain(session or None, wait=wait)
        return
    if wait:
        raise click.UsageError(_("--wait needs --plain."))
    open_screen(session or None)


@click.command(short_help="Go on with an earlier session.")
@click.argument("session", metavar="ID")
@click.option("--plain", is_flag=True, help="Linear text for screen readers and pipes.")
@click.option("--wait", is_flag=True, help="Plain only: wait for the session's jobs.")
def resume(session: str, plain: bool, wait: bool) -> None:
    """Go on with session ID: its conversation, facts, jobs and results as they were.

    ID is a session's id or the beginning of one; `luthier sessions` lists them.
    """
    from luthier.agent.store import get_session

    found = get_session(the_workspace(), session).id
    if plain:
        open_plain(found, wait=wait)
    elif wait:
        raise click.UsageError(_("--wait needs --plain."))
    else:
        open_screen(found)


def open_screen(session_id: str | None) -> None:
    """Open the full-screen chat.

    Raises:
        LuthierError: stdin or stdout is not a terminal.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        from luthier.tools.errors import LuthierError

        raise LuthierError(
            _("The chat needs a terminal."),
            why=_("Its input or output is a file or a pipe."),
            remedy=_("Use `luthier chat --plain` there, or `luthier --help` for the commands."),
            code="chat.no_terminal",
        )
    from luthier.tui.app import run_app

    run_app(the_workspace(), session_id)


def open_plain(session_id: str | None, *, wait: bool) -> None:
    """Open the chat as linear text on stdin and stdout."""
    import asyncio

    from luthier.tui.plain import chat_plainly

    asyncio.run(chat_plainly(the_workspace(), session_id, wait=wait))
