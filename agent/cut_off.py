"""Taking up a turn that a crash cut off: what was said and not yet acted on is not lost."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable

from luthier.agent import resumption
from luthier.agent.drafts import Drafts
from luthier.agent.events import AgentEvent, TextDone
from luthier.agent.floor import Floor
from luthier.agent.inputs import as_input, as_message
from luthier.agent.journal import Spoken, cross_out, read_spoken
from luthier.agent.resumption import is_held, is_waiting
from luthier.tools.database import cannot_use
from luthier.tools.language import _
from luthier.tools.questions import Answer
from luthier.tools.workspace import Workspace


class CutOff:
    """What the journal of one session holds beyond its conversation, and what becomes of it."""

    def __init__(
        self,
        workspace: Workspace,
        session_id: str,
        floor: Floor,
        emit: Callable[[AgentEvent], None],
        drafts: Drafts,
    ) -> None:
        self._workspace = workspace
        self._session_id = session_id
        self._floor = floor
        self._emit = emit
        self._drafts = drafts
        self.lost: list[Spoken] = []

    async def take_up(self) -> None:
        """Ask again what was asked, and offer to go on with a turn that was cut off."""
        floor = self._floor
        if floor.standing.next == "gate":
            await floor.turns.ask()
            await floor.refresh()
        noted = await self._cross_out_held()
        self._drafts.kept = [said for said in noted if said.kind == "draft"]
        self.lost = [said for said in noted if said.kind != "draft"]
        offered = resumption.offer(floor.standing, self.lost)
        if offered:
            floor.asked = offered
            return
        await self._drafts.keep([said for said in self.lost if said.kind == "message"])
        self.lost = [said for said in self.lost if said.kind != "message"]

    async def forget_held(self) -> None:
        """Cross out what the conversation holds by now; the rest waits in this very process."""
        await self._cross_out_held()
        self.lost = []

    async def go_on(self, answer: Answer) -> bool:
        """Go on with the turn that was cut off, or leave it; False where the answer is a new wish.

        Raises:
            LuthierError: the conversation could not be written; whether to go on stays asked.
        """
        floor = self._floor
        offered, floor.asked = floor.asked, floor.standing.pending
        goes_on = resumption.goes_on(answer)
        if not goes_on:
            try:
                await self._leave()
            except sqlite3.Error as error:
                floor.asked = offered
                raise cannot_use(self._workspace.checkpoints_path, error) from error
            return goes_on is not None
        waiting = [said for said in self.lost if is_waiting(floor.standing, said)]
        floor.inbox += [as_input(said) for said in waiting]
        replies = waiting and waiting[0].kind != "message"
        if replies or not floor.standing.next:
            floor.asked = None
            floor.begin(floor.inbox.pop(0))
        else:
            floor.begin(None)
        self.lost = []
        return True

    async def _leave(self) -> None:
        """Close the turn that was cut off without going on with it; what was said stays."""
        said = [as_message(one) for one in self.lost if one.kind == "message"]
        if self._floor.standing.next or said:
            note = _("I leave that as it is. Tell me how to go on.")
            kept = await self._floor.turns.close_calls(
                _("Cut off, and not gone on with."), note, said
            )
            self._emit(TextDone(kept.id or "", note))
        self.lost = []
        await self._floor.settle("done")

    async def _cross_out_held(self) -> list[Spoken]:
        """Cross out what the conversation on disk holds; the rest was said just before a crash."""
        noted = await asyncio.to_thread(read_spoken, self._workspace, self._session_id)
        held = [said for said in noted if is_held(self._floor.standing, said)]
        await asyncio.to_thread(
            cross_out, self._workspace, self._session_id, [said.id for said in held]
        )
        return [said for said in noted if said not in held]
