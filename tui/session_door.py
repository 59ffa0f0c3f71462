"""Looking after sessions from the screen: the list, and everything that is done to one of its lines."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from luthier.agent.titles import NEW_TITLE
from luthier.tools.errors import LuthierError
from luthier.tools.language import _
from luthier.tools.workspace import Workspace

if TYPE_CHECKING:
    from luthier.agent.belongings import Belongings


Running = Literal["cancel", "keep"]


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One line of the browser; ``updated_at`` is ISO 8601, ``excerpt`` is where the words were found."""

    id: str
    title: str
    stage: str
    updated_at: str
    messages: int
    bytes: int = 0
    excerpt: str = ""
    forked_from: str = ""


def must_be_ours(read_only: str) -> None:
    """See that a session may be changed from here; ``read_only`` is why not, empty where it may.

    Raises:
        LuthierError: another Luthier has it open.
    """
    if read_only:
        raise LuthierError(
            read_only,
            remedy=_(
                "Close the other one and open this session again, or go on in a copy with /fork."
            ),
            code="session.read_only",
        )


class SessionKeeper:
    """The real sessions. Everything heavy is imported and done in threads."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def search(self, words: str, archived: bool = False) -> Sequence[SessionLine]:
        """The sessions in which something was said, or in which these words were, newest first."""
        return await asyncio.to_thread(self._search, words, archived)

    async def newest(self, current: str) -> SessionLine | None:
        """The session used last besides the one with the id ``current``, without its size."""
        from luthier.agent.store import list_sessions

        infos = await asyncio.to_thread(list_sessions, self._workspace, archived=False)
        others = (one for one in infos if one.id != current and one.title != NEW_TITLE)
        newest = next(others, None)
        if newest is None:
            return None
        return SessionLine(
            newest.id, newest.title, newest.stage, newest.updated_at, newest.messages
        )

    async def fork(self, session_id: str, message_id: str = "", *, anew: bool = False) -> str:
        """A session that shares the beginning of this one; its id.

        Raises:
            LuthierError: there is no such session or message.
        """
        from luthier.agent.fork import fork_session

        return (await fork_session(self._workspace, session_id, message_id, anew=anew)).id

    async def rename(self, session_id: str, title: str) -> None:
        """Give a session a title that stays.

        Raises:
            LuthierError: there is no such session, or the title is empty.
        """
        from luthier.agent.store import rename_session

        await asyncio.to_thread(rename_session, self._workspace, session_id, title)

    async def archive(self, session_id: str, archived: bool) -> None:
        """Put a session into the archive, or take it out.

        Raises:
            LuthierError: there is no such session.
        """
        from luthier.agent.store import archive_session

        await asyncio.to_thread(archive_session, self._workspace, session_id, archived)

    async def belongings(self, session_id: str) -> Belongings:
        """What would go with the session.

        Raises:
            LuthierError: there is no such session.
        """
        from luthier.agent.belongings import belongings

        return await asyncio.to_thread(belongings, self._workspace, session_id)

    async def delete(self, session_id: str, running: Running) -> None:
        """Delete a session with what is its own; the user has said yes.

        Raises:
            LuthierError: there is no such session, it is open, or a job does not end.
        """
        from luthier.agent.belongings import delete_session

        await delete_session(self._workspace, session_id, running=running)

    async def export(self, session_id: str, path: Path, *, data: bool, adapters: bool) -> Path:
        """Write a session into one file; where it was written.

        Raises:
            LuthierError: there is no such session, or the file cannot be written.
        """
        from luthier.agent.exporting import export_session

        await export_session(self._workspace, session_id, path, datasets=data, adapters=adapters)
        return path

    async def take_in(self, path: Path) -> str:
        """Import a session; its id.

        Raises:
            LuthierError: the file is no session, damaged, or of a newer version.
        """
        from luthier.agent.importing import import_session

        return (await import_session(self._workspace, path)).id

    async def write_transcript(self, session_id: str, path: Path) -> Path:
        """Write the conversation as Markdown; where it was written.

        Raises:
            LuthierError: there is no such session, or the file cannot be written.
        """
        from luthier.agent.markdown import write_transcript

        await write_transcript(self._workspace, session_id, path)
        return path

    def _search(self, words: str, archived: bool) -> Sequence[SessionLine]:
        from luthier.agent.belongings import sizes
        from luthier.agent.search import search_sessions

        bytes_of = sizes(self._workspace)
        return [
            SessionLine(
                id=one.info.id,
                title=one.info.title,
                stage=one.info.stage,
                updated_at=one.info.updated_at,
                messages=one.info.messages,
                bytes=bytes_of.get(one.info.id, 0),
                excerpt=one.excerpt,
                forked_from=one.info.forked_from,
            )
            for one in search_sessions(self._workspace, words, archived=archived)
            if one.info.title != NEW_TITLE
        ]
