"""A session that replays scripted turns, and a door that opens such sessions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from luthier.agent.budget import Budget
from luthier.agent.events import (
    AgentEvent,
    ApprovalAsked,
    QuestionAsked,
    TextDelta,
    TextDone,
    TurnEnded,
    TurnStarted,
    UserSpoke,
)
from luthier.tools.facts import Facts
from luthier.tools.questions import Answer, Decision


class Hold:
    """In a script: wait here until the test calls ``FakeSession.release``."""


Step = AgentEvent | Hold


def says(text: str, message_id: str = "m1") -> list[Step]:
    """A message streamed word by word."""
    words = text.split(" ")
    deltas = [word if index == 0 else f" {word}" for index, word in enumerate(words)]
    return [*(TextDelta(message_id, delta) for delta in deltas), TextDone(message_id, text)]


@dataclass
class FakeSession:
    """Plays one scripted turn at the start and one for everything the user does."""

    turns: Sequence[Sequence[Step]] = ()
    past: Sequence[AgentEvent] = ()
    id: str = "fake-session"
    title: str = "Fake session"
    facts: Facts = field(default_factory=Facts)
    said: list[Any] = field(default_factory=list)
    closed: bool = False
    brain_name: str = "the offline guide"

    def __post_init__(self) -> None:
        self._queues: list[asyncio.Queue[AgentEvent]] = []
        self._next = 0
        self._pending: AgentEvent | None = None
        self._turn: asyncio.Task[None] | None = None
        self._gate = asyncio.Event()
        self._spoken = 0

    def history(self) -> list[AgentEvent]:
        return list(self.past)

    async def subscribe(self) -> AsyncIterator[AgentEvent]:
        queue: asyncio.Queue[AgentEvent] = asyncio.Queue()
        self._queues.append(queue)
        while True:
            yield await queue.get()

    async def start(self) -> None:
        if not self.past:
            self._play()

    async def send(self, text: str) -> None:
        self.said.append(text)
        self._speak(text)
        self._play()

    async def answer(self, question_id: str, answer: Answer) -> None:
        self.said.append(answer)
        self._speak(answer.choice_id or answer.text or answer.kind)
        self._play()

    async def decide(self, approval_id: str, decision: Decision) -> None:
        self.said.append(decision)
        self._speak("Yes" if decision.approved else f"No {decision.reason}".strip())
        self._play()

    async def notify_job(self, job_id: str) -> None:
        self.said.append(("job", job_id))
        self._play()

    async def set_budget(self, budget: Budget) -> None:
        self.said.append(budget)

    async def cancel(self) -> None:
        self.said.append("cancel")
        if self._turn is not None:
            self._turn.cancel()
            await asyncio.gather(self._turn, return_exceptions=True)

    async def close(self) -> None:
        self.closed = True
        if self._turn is not None:
            self._turn.cancel()
            await asyncio.gather(self._turn, return_exceptions=True)

    @property
    def is_quiet(self) -> bool:
        """Whether the scripted turn has begun, has ended, and was heard to its end."""
        if self._turn is None:
            return not self.turns or bool(self.past)
        return self._turn.done() and all(queue.empty() for queue in self._queues)

    def release(self) -> None:
        """Let a script that stands at a ``Hold`` go on."""
        self._gate.set()

    def emit(self, event: AgentEvent) -> None:
        for queue in self._queues:
            queue.put_nowait(event)

    def _speak(self, text: str) -> None:
        self._spoken += 1
        self.emit(UserSpoke(f"u{self._spoken}", text))

    def _play(self) -> None:
        if self._next < len(self.turns):
            turn = self.turns[self._next]
            self._next += 1
            self._turn = asyncio.create_task(self._run(turn))

    async def _run(self, turn: Sequence[Step]) -> None:
        self.emit(TurnStarted())
        reason: Any = "done"
        try:
            for step in turn:
                if isinstance(step, Hold):
                    self._gate.clear()
                    await self._gate.wait()
                    continue
                self.emit(step)
                if isinstance(step, QuestionAsked | ApprovalAsked):
                    reason = "waiting"
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            reason = "cancelled"
        self.emit(TurnEnded(reason))


@dataclass
class FakeSummary:
    """A line of the sessions list."""

    id: str
    title: str
    stage: str = "data"
    updated_at: str = "2026-01-02T03:04:05+00:00"
    messages: int = 12


@dataclass
class FakeDoor:
    """Opens the given session; remembers which ids were asked for."""

    session: FakeSession
    sessions: Sequence[FakeSummary] = ()
    others: dict[str, FakeSession] = field(default_factory=dict)
    opened: list[str | None] = field(default_factory=list)

    async def open(self, session_id: str | None) -> FakeSession:
        self.opened.append(session_id)
        return self.others.get(session_id or "", self.session)

    async def list(self) -> Sequence[FakeSummary]:
        return self.sessions
