"""``luthier sessions``: find, name, fork, archive, delete, export and import conversations."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from luthier.tools.language import _
from luthier.tui.cli_shared import json_option, print_json, say, show, the_workspace

if TYPE_CHECKING:
    from luthier.agent.search import Found
    from luthier.agent.store import SessionInfo
    from luthier.tools.views import Table


@click.group(invoke_without_command=True, short_help="Find and look after conversations.")
@click.option("--search", default="", metavar="WORDS", help="In titles and in what was said.")
@click.option("--archived", is_flag=True, help="Those in the archive instead of the others.")
@json_option
@click.pass_context
def sessions(context: click.Context, search: str, archived: bool, as_json: bool) -> None:
    """List the sessions, newest first, with what they take on the disk.

    ID is a session's id or the beginning of one.
    """
    if context.invoked_subcommand is not None:
        return
    from luthier.agent.belongings import sizes
    from luthier.agent.search import search_sessions

    workspace = the_workspace()
    found = search_sessions(workspace, search, archived=archived)
    if not found and not as_json:
        say(_nothing(search, archived))
        return
    bytes_of = sizes(workspace)
    data = [
        {**one.info.model_dump(), "bytes": bytes_of.get(one.info.id, 0), "excerpt": one.excerpt}
        for one in found
    ]
    show([_table(found, bytes_of)], data, as_json=as_json)


@sessions.command("rename")
@click.argument("session", metavar="ID")
@click.argument("title", nargs=-1, required=True)
@json_option
def rename_command(session: str, title: tuple[str, ...], as_json: bool) -> None:
    """Give session ID a title that stays."""
    from luthier.agent.store import rename_session

    info = rename_session(the_workspace(), session, " ".join(title))
    _told(info, _("Session {id} is now called “{title}”.", id=info.id, title=info.title), as_json)


@sessions.command("fork")
@click.argument("session", metavar="ID")
@click.option("--at", "message", default="", metavar="MESSAGE", help="Last message to share.")
@click.option("--title", default="", help="What to call the fork.")
@json_option
def fork_command(session: str, message: str, title: str, as_json: bool) -> None:
    """Begin a session that shares the beginning of session ID, with the facts as they were there.

    The jobs of the first session are known in the second as well, and the first stays as it is.
    `luthier sessions transcript ID --json` shows the messages with their ids.
    """
    from luthier.agent.fork import fork_session
    from luthier.agent.store import rename_session

    workspace = the_workspace()
    info = asyncio.run(fork_session(workspace, session, message))
    if title:
        info = rename_session(workspace, info.id, title)
    words = _("Session {id} shares the beginning of {origin}.", id=info.id, origin=info.forked_from)
    _told(info, f"{words}\n{_('Go on with it: luthier resume {id}', id=info.id)}", as_json)


@sessions.command("archive")
@click.argument("session", metavar="ID")
@click.option("--undo", is_flag=True, help="Take it back into the list.")
@json_option
def archive_command(session: str, undo: bool, as_json: bool) -> None:
    """Take session ID out of the list; nothing of it is lost."""
    from luthier.agent.store import archive_session

    info = archive_session(the_workspace(), session, not undo)
    words = (
        _("“{title}” is back in the list.", title=info.title)
        if undo
        else _("“{title}” is in the archive: luthier sessions --archived", title=info.title)
    )
    _told(info, words, as_json)


@sessions.command("delete")
@click.argument("session", metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--running",
    type=click.Choice(["cancel", "keep"]),
    help="Whether running jobs are cancelled and deleted, or go on and are kept.",
)
@json_option
def delete_command(session: str, yes: bool, running: str | None, as_json: bool) -> None:
    """Delete session ID with its jobs, data sets, adapters and exports, after a yes.

    What another session needs stays. Reports and files outside of Luthier's home stay.
    """
    from luthier.agent.belongings import belongings, delete_session, deletion_lines
    from luthier.tools.errors import LuthierError
    from luthier.tools.wording import size

    workspace = the_workspace()
    held = belongings(workspace, session)
    if not yes:
        say("\n".join(deletion_lines(held)))
    if held.running and running is None:
        if yes:
            raise LuthierError(
                _("This session has running jobs, and nothing was said about them."),
                remedy=_("Add --running cancel or --running keep. Nothing was deleted."),
                code="session.running",
            )
        running = click.prompt(
            _("Its running jobs: cancel them, or keep them running?"),
            type=click.Choice(["cancel", "keep"]),
            err=True,
        )
    if not yes:
        _ask_to_delete()
    kept = "keep" if running == "keep" else "cancel"
    asyncio.run(delete_session(workspace, held.info.id, running=kept))  # type: ignore[arg-type]
    words = _("Deleted; {size} are free again.", size=size(held.bytes))
    if as_json:
        print_json(held)
    else:
        say(words)


@sessions.command("export")
@click.argument("session", metavar="ID")
@click.argument("path", type=click.Path(path_type=Path), required=False)
@click.option("--data", is_flag=True, help="With the prepared data sets and measured answers.")
@click.option("--adapters", is_flag=True, help="With the tuned adapters.")
@json_option
def export_command(
    session: str, path: Path | None, data: bool, adapters: bool, as_json: bool
) -> None:
    """Write session ID into one file at PATH: messages, facts and jobs, never a key.

    PATH is a file or a folder; without it the file is made here.
    """
    from luthier.agent.exporting import export_session
    from luthier.agent.store import get_session
    from luthier.agent.transfer import suggested_name
    from luthier.tui.places import place_for

    workspace = the_workspace()
    name = suggested_name(get_session(workspace, session))
    target = place_for(path, name)
    manifest = asyncio.run(
        export_session(workspace, session, target, datasets=data, adapters=adapters)
    )
    if as_json:
        print_json({"path": target, **manifest.model_dump(exclude={"files"})})
    else:
        say(_("Written: {path}", path=target))


@sessions.command("import")
@click.argument("path", type=click.Path(path_type=Path))
@json_option
def import_command(path: Path, as_json: bool) -> None:
    """Take in a session that was exported to PATH, as a new one; nothing here is replaced."""
    from luthier.agent.importing import import_session

    info = asyncio.run(import_session(the_workspace(), path.expanduser()))
    words = _("“{title}” is here as session {id}.", title=info.title, id=info.id)
    _told(info, f"{words}\n{_('Go on with it: luthier resume {id}', id=info.id)}", as_json)


@sessions.command("transcript")
@click.argument("session", metavar="ID")
@json_option
def transcript_command(session: str, as_json: bool) -> None:
    """Print the conversation of session ID as Markdown, or its messages with their ids as JSON."""
    from luthier.agent.conversation import read_conversation
    from luthier.agent.markdown import read_transcript
    from luthier.agent.store import get_session
    from luthier.agent.translate import replay

    workspace = the_workspace()
    if not as_json:
        click.echo(asyncio.run(read_transcript(workspace, session)), nl=False)
        return
    standing = asyncio.run(read_conversation(workspace, get_session(workspace, session).id))
    print_json(_messages(list(replay(standing.messages))))


def _ask_to_delete() -> None:
    from luthier.tools.errors import LuthierError

    try:
        agreed = click.confirm(_("Delete all this?"), err=True)
    except click.Abort:
        agreed = False
    if not agreed:
        raise LuthierError(_("Nothing was deleted."), code="cli.declined")


def _table(found: list[Found], bytes_of: dict[str, int]) -> Table:
    from luthier.agent.titles import TITLES, shown_title
    from luthier.tools.views import Table
    from luthier.tools.wording import minute, size

    def title(one: Found) -> str:
        origin = f" ({_('forked from {id}', id=one.info.forked_from)})"
        words = shown_title(one.info.title) + (origin if one.info.forked_from else "")
        return f"{words}: {one.excerpt}" if one.excerpt else words

    return Table(
        title=_("Sessions"),
        columns=(
            _("session"),
            _("title"),
            _("stage"),
            _("last used"),
            _("messages"),
            _("on disk"),
        ),
        rows=tuple(
            (
                one.info.id,
                title(one),
                _(TITLES[one.info.stage]),
                minute(one.info.updated_at),
                str(one.info.messages),
                size(bytes_of.get(one.info.id, 0)),
            )
            for one in found
        ),
        notes=(_("Go on with one: luthier resume ID"),),
    )


def _nothing(search: str, archived: bool) -> str:
    if search:
        return _("No session has these words in its title or its messages.")
    if archived:
        return _("The archive is empty.")
    return _("There are no sessions yet. `luthier` begins one.")


def _messages(events: list[Any]) -> list[dict[str, str]]:
    from luthier.agent.events import TextDone, UserSpoke

    who = {UserSpoke: "user", TextDone: "luthier"}
    return [
        {"id": event.message_id, "who": who[type(event)], "text": event.text}
        for event in events
        if type(event) in who
    ]


def _told(info: SessionInfo, words: str, as_json: bool) -> None:
    if as_json:
        print_json(info)
    else:
        say(words)
