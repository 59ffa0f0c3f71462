"""Tools that look after conversations: find, name, put away, write down, delete.

The conversations belong to the agent's room, which hands a :class:`SessionDesk` to every tool.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from luthier.tools.catalog.base import Outcome, SessionDesk, Tool, ToolContext
from luthier.tools.effects import Effect
from luthier.tools.errors import LuthierError
from luthier.tools.language import _, mark
from luthier.tools.questions import Approval, Editable


class FindSessions(BaseModel):
    """Words that stand in a title or in what was said; none lists all."""

    words: str = ""


class KeepSession(BaseModel):
    """What to do with the present session."""

    action: Literal["rename", "archive", "transcript", "export"]
    title: str = Field(default="", description="for rename: the new title")
    path: str = Field(
        default="",
        description="for transcript (Markdown) and export (one file, without keys): where to; "
        "empty: Luthier's folder of reports",
    )


class WhichSession(BaseModel):
    """Another session than the present one."""

    session_id: str = Field(description="its id or the beginning of it, as find_sessions says")


def find_sessions(context: ToolContext, arguments: FindSessions) -> Outcome:
    """List the saved sessions, or those that have these words."""
    table, ids = _desk(context).find(arguments.words)
    if not ids:
        return Outcome(_("No session has these words in its title or its messages."))
    return Outcome(
        _("Sessions found: {ids}", ids=", ".join(ids)), views=(table,), data={"sessions": ids}
    )


def keep_session(context: ToolContext, arguments: KeepSession) -> Outcome:
    """Name the session, put it into the archive, or write it down."""
    words = _desk(context).keep(arguments.action, arguments.title, arguments.path)
    return Outcome(words, data={"action": arguments.action})


def approve_writing_down(_context: ToolContext, arguments: KeepSession) -> Approval:
    """Where outside Luthier's home the conversation would be written."""
    title = (
        _("Write the transcript of this session to {path}", path=arguments.path)
        if arguments.action == "transcript"
        else _("Export this session to {path}", path=arguments.path)
    )
    return Approval(
        tool="keep_session",
        effect=Effect.WRITES_OUTSIDE,
        title=title,
        details=(
            (_("What"), _("the whole conversation, without keys")),
            (_("A file of that name"), _("is kept; nothing is replaced")),
            (_("Price and privacy"), _("free; nothing leaves this computer")),
        ),
        editable=(Editable(name="path", label=_("file"), value=arguments.path),),
    )


def _stays_at_home(arguments: KeepSession) -> bool:
    return not arguments.path or arguments.action in ("rename", "archive")


def delete_session(context: ToolContext, arguments: WhichSession) -> Outcome:
    """Delete another session with what is its own; jobs at work go on and are kept."""
    return Outcome(_desk(context).delete(arguments.session_id))


def approve_deletion(context: ToolContext, arguments: WhichSession) -> Approval:
    """What goes with the session, and what stays."""
    title, lines = _desk(context).describe(arguments.session_id)
    return Approval(
        tool="delete_session",
        effect=Effect.DELETES,
        title=_("Delete the session “{title}” for good", title=title),
        details=tuple((_("With it"), line.strip()) for line in lines),
    )


def _desk(context: ToolContext) -> SessionDesk:
    if context.sessions is None:
        raise LuthierError(_("There are no conversations here."), code="session.no_desk")
    return context.sessions


TOOLS = (
    Tool(
        name="find_sessions",
        description="List the user's saved sessions, or find those in which words were said.",
        arguments=FindSessions,
        run=find_sessions,
        effect=Effect.READS,
        label=mark("Looking through the sessions"),
    ),
    Tool(
        name="keep_session",
        description="Rename or archive this session, write its transcript or export it as one file.",
        arguments=KeepSession,
        run=keep_session,
        effect=Effect.WRITES_OUTSIDE,
        approval=approve_writing_down,
        harmless=_stays_at_home,
        points_at=lambda arguments: (arguments.path,) if arguments.path else (),
        label=mark("Looking after the session"),
    ),
    Tool(
        name="delete_session",
        description="Delete another session with its jobs and data sets. The user is asked first.",
        arguments=WhichSession,
        run=delete_session,
        effect=Effect.DELETES,
        approval=approve_deletion,
        label=mark("Deleting the session"),
    ),
)
