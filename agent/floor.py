"""Who has the floor: one turn at a time, what waits behind it, and what it left behind.

A turn ends on its own, at a question, or by the user's interruption; whatever came in meanwhile waits in
line and is begun afterwards. At a question the user's own words go back to him: he had not seen it yet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

from langchain_core.messages import AnyMessage
from langgraph.types import Command

from luthier.agent.brains.guide.reword import reworded
from luthier.agent.events import (
    AgentEvent,
    ApprovalAsked,
    FactsChanged,
    QuestionAsked,
    TurnEnded,
    TurnStarted,
)
from luthier.agent.inputs import as_spoken
from luthier.agent.journal import Spoken
from luthier.agent.journey import overview
from luthier.agent.turn import Standing, Turns
from luthier.tools.facts import Facts


class Floor:
    """The turns of one session in their order, and where the conversation stands after each."""

    def __init__(
        self,
        session_id: str,
        turns: Turns,
        emit: Callable[[AgentEvent], None],
        settled: Callable[[], Awaitable[None]],
        give_back: Callable[[Sequence[Spoken]], Awaitable[None]],
    ) -> None:
        self._session_id = session_id
        self._emit = emit
        self._settled = settled
        self._give_back = give_back
        self._task: asyncio.Task[None] | None = None
        self.turns = turns
        self.inbox: list[Any] = []
        self.standing = Standing()
        self.is_read = False
        self.asked: QuestionAsked | ApprovalAsked | None = None

    @property
    def busy(self) -> bool:
        """Whether a turn is under way."""
        return self._task is not None and not self._task.done()

    @property
    def messages(self) -> list[AnyMessage]:
        """What was said so far, as it is on disk."""
        return self.standing.messages

    @property
    def facts(self) -> Facts:
        """Everything settled so far."""
        return self.standing.settled

    @property
    def pending(self) -> QuestionAsked | ApprovalAsked | None:
        """What the session waits for, if anything; a question of the guide's in today's language."""
        if isinstance(self.asked, QuestionAsked) and not self._asked_by_a_model():
            return replace(self.asked, question=reworded(self.asked.question, self.facts))
        return self.asked

    def _asked_by_a_model(self) -> bool:
        said = self.messages
        return bool(said) and said[-1].response_metadata.get("brain") == "llm"

    def post(self, item: Any) -> None:
        """Start a turn, or put what came in line behind the one under way or a question."""
        waits = self.asked is not None and not isinstance(item, Command)
        if self.busy or waits:
            self.inbox.append(item)
        else:
            self.begin(item)

    def begin(self, item: Any) -> None:
        """Start a turn with this; ``None`` goes on with a half-finished one."""
        self._task = asyncio.create_task(self._run(item), name=f"turn {self._session_id}")

    async def cancel(self) -> None:
        """Interrupt the turn; what was said so far is kept."""
        if not self.busy or self._task is None:
            return
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def idle(self) -> None:
        """Wait until no turn is under way."""
        while self.busy and self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def refresh(self) -> None:
        """Read anew where the conversation stands."""
        self.standing = await self.turns.read()
        self.asked = self.standing.pending
        self.is_read = True

    async def settle(self, reason: str) -> None:
        """Take in what a turn left behind, tell it, and begin what waits."""
        await self.refresh()
        stage, stages = overview(self.facts)
        await self._settled()
        await self._hand_back()
        self._emit(FactsChanged(stage, stages))
        if self.pending:
            self._emit(self.pending)
        self._emit(TurnEnded("waiting" if self.asked and reason == "done" else reason))  # type: ignore[arg-type]
        if self.inbox and self.asked is None:
            self._task = None
            self.begin(self.inbox.pop(0))

    async def _hand_back(self) -> None:
        """Give the user back what he said before the question that is asked now."""
        while self.asked is not None:
            said = [one for one in map(as_spoken, self.inbox) if one is not None]
            if not said:
                return
            self.inbox = [item for item in self.inbox if as_spoken(item) is None]
            await self._give_back(said)

    async def _run(self, item: Any) -> None:
        self._emit(TurnStarted())
        reason = await self.turns.run(item)
        await asyncio.shield(self.settle(reason))
