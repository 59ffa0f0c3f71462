"""What the tools may do to conversations, the present one above all (``SessionDesk`` of the catalog)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from luthier.agent.belongings import belongings, delete_session, deletion_lines
from luthier.agent.exporting import export_session
from luthier.agent.markdown import write_transcript
from luthier.agent.search import search_sessions
from luthier.agent.store import archive_session, rename_session
from luthier.agent.titles import NEW_TITLE, TITLES, shown_title
from luthier.tools.errors import LuthierError
from luthier.tools.language import _
from luthier.tools.views import Table
from luthier.tools.wording import minute
from luthier.tools.workspace import Workspace

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Desk:
    """The desk of one session; its methods run in a thread of their own."""

    workspace: Workspace
    session_id: str

    def find(self, words: str) -> tuple[Table, list[str]]:
        """A table of the sessions that have these words, and their ids."""
        found = [
            one
            for one in search_sessions(self.workspace, words, archived=False)
            if one.info.title != NEW_TITLE
        ][:SHOWN]
        rows = tuple(
            (
                one.info.id,
                shown_title(one.info.title),
                _(TITLES[one.info.stage]),
                minute(one.info.updated_at),
                one.excerpt,
            )
            for one in found
        )
        table = Table(
            title=_("Sessions"),
            columns=(_("session"), _("title"), _("stage"), _("last used"), _("found")),
            rows=rows,
            notes=(_("`/sessions` opens one of them."),),
        )
        return table, [one.info.id for one in found]

    def keep(self, action: str, title: str, path: str) -> str:
        """Rename or archive the session, write its transcript or export it; what was done.

        Raises:
            LuthierError: it cannot be done.
        """
        match action:
            case "rename":
                named = rename_session(self.workspace, self.session_id, title)
                return _("This session is now called “{title}”.", title=named.title)
            case "archive":
                archive_session(self.workspace, self.session_id)
                return _("In the archive; it can go on all the same.")
            case "transcript":
                target = self._place(path, ".md")
                asyncio.run(write_transcript(self.workspace, self.session_id, target))
            case _export:
                target = self._place(path, ".luthier")
                asyncio.run(export_session(self.workspace, self.session_id, target))
        return _("Written: {path}", path=target)

    def describe(self, session_id: str) -> tuple[str, list[str]]:
        """A session's title, and line by line what goes with it and what stays.

        Raises:
            LuthierError: there is no such session, or it is this one.
        """
        held = belongings(self.workspace, session_id)
        if held.info.id == self.session_id:
            raise LuthierError(
                _("This is the session in which we speak."),
                remedy=_("Open another one (`/sessions`) and delete this one there."),
                code="session.open",
            )
        return held.info.title, deletion_lines(held)[1:]

    def delete(self, session_id: str) -> str:
        """Delete a session with what is its own; what was done.

        Raises:
            LuthierError: there is no such session, or it is open.
        """
        self.describe(session_id)
        held = asyncio.run(delete_session(self.workspace, session_id, running="keep"))
        return _("Deleted: “{title}”.", title=held.info.title)

    def _place(self, path: str, suffix: str) -> Path:
        name = f"luthier-{self.session_id}{suffix}"
        given = Path(path).expanduser() if path else self.workspace.reports
        target = given / name if given.is_dir() else given
        if path and target.exists():
            raise LuthierError(
                _("There is a file of that name already, and it is not replaced."),
                remedy=_("Choose another name."),
                place=str(target),
                code="session.file_exists",
            )
        return target
