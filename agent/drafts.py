"""Words that were said before a question came: they go back to the user instead of answering it.

They stay on disk until the user has said something, so that a crash loses them no more than others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from luthier.agent.events import AgentEvent, WordsReturned
from luthier.agent.journal import Spoken, cross_out, note_spoken
from luthier.tools.errors import LuthierError
from luthier.tools.workspace import Workspace


class Drafts:
    """What was given back in one session; ``kept`` are the words that were not said since."""

    def __init__(
        self,
        workspace: Workspace,
        session_id: str,
        emit: Callable[[AgentEvent], None],
        tell: Callable[[LuthierError], object],
    ) -> None:
        self._workspace = workspace
        self._session_id = session_id
        self._emit = emit
        self._tell = tell
        self.kept: list[Spoken] = []

    async def give_back(self, said: Sequence[Spoken]) -> None:
        """Let the user have his words again, as they are kept on disk."""
        await self.keep(said)
        self._emit(_returned(said))

    async def keep(self, said: Sequence[Spoken]) -> None:
        """Keep words as drafts; a disk that refuses it keeps them as messages all the same."""
        drafts = [replace(one, kind="draft") for one in said]
        self.kept += drafts
        try:
            for one in drafts:
                await asyncio.to_thread(note_spoken, self._workspace, self._session_id, one)
        except LuthierError as error:
            self._tell(error)

    def remind(self) -> None:
        """Give back what an earlier run of this session had kept."""
        if self.kept:
            self._emit(_returned(self.kept))

    async def forget(self, drafts: Sequence[Spoken]) -> None:
        """Cross out words that the user has said, or has left for others.

        Where the disk refuses that, they stay drafts: to be given back once too often loses nothing.
        """
        gone = {one.id for one in drafts}
        if not gone:
            return
        try:
            await asyncio.to_thread(cross_out, self._workspace, self._session_id, sorted(gone))
        except LuthierError as error:
            self._tell(error)
            return
        self.kept = [one for one in self.kept if one.id not in gone]


def _returned(said: Sequence[Spoken]) -> WordsReturned:
    text = "\n".join(str(one.payload["words"]) for one in said)
    return WordsReturned(text, tuple(one.id for one in said))
