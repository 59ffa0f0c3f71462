"""A session that replays scripted turns, and a door that opens such sessions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from luthier.agent.belongings import Belongings, Thing
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
from luthier.agent.store import SessionInfo
from luthier.tools.errors import LuthierError
from luthier.tools.facts import Facts
from luthier.tools.questions import Answer, Decision
from luthier.tui.session_door import Running, SessionKeeper, SessionLine


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
    seen: list[str | None] = field(default_factory=list)
    closed: bool = False
    brain_name: str = "the offline guide"
    read_only: str = ""

    def __post_init__(self) -> None:
        self._queues: list[asyncio.Queue[AgentEvent]] = []
        self._next = 0
        self._pending: AgentEvent | None = None
        self._turn: asyncio.Task[None] | None = None
        self._gate = asyncio.Event()
        self._spoken = 0

    def call(self, title: str) -> None:
        self.title = title

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

    async def send(self, text: str, seen: str | None = None) -> bool:
        self.said.append(text)
        self.seen.append(seen)
        self._speak(text)
        self._play()
        return True

    async def retry(self) -> str:
        self.said.append("retry")
        return "Nothing failed."

    async def answer(self, question_id: str, answer: Answer) -> bool:
        self.said.append(answer)
        self._speak(answer.choice_id or answer.text or answer.kind)
        self._play()
        return True

    async def decide(self, approval_id: str, decision: Decision) -> bool:
        self.said.append(decision)
        self._speak("Yes" if decision.approved else f"No {decision.reason}".strip())
        self._play()
        return True

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


def line(session_id: str, title: str, stage: str = "data", **more: Any) -> SessionLine:
    """A line of the sessions list."""
    used = "2026-01-02T03:04:05+00:00"
    return SessionLine(session_id, title, stage, used, messages=12, bytes=34_000, **more)


@dataclass
class FakeKeeper(SessionKeeper):
    """Knows the given sessions; ``done`` is what was wished of them."""

    lines: Sequence[SessionLine] = ()
    done: list[tuple[Any, ...]] = field(default_factory=list)
    running: bool = False

    async def search(self, words: str, archived: bool = False) -> Sequence[SessionLine]:
        wanted = words.lower().split()
        shown = [] if archived else self.lines
        return [one for one in shown if all(word in one.title.lower() for word in wanted)]

    async def newest(self, current: str) -> SessionLine | None:
        return next((one for one in self.lines if one.id != current), None)

    async def fork(self, session_id: str, message_id: str = "", *, anew: bool = False) -> str:
        self.done.append(("fork", session_id, message_id, anew))
        return "forked"

    async def rename(self, session_id: str, title: str) -> None:
        self.done.append(("rename", session_id, title))
        self.lines = [
            replace(one, title=title) if one.id == session_id else one for one in self.lines
        ]

    async def archive(self, session_id: str, archived: bool) -> None:
        self.done.append(("archive", session_id, archived))
        self.lines = [one for one in self.lines if one.id != session_id]

    async def belongings(self, session_id: str) -> Belongings:
        found = next(one for one in self.lines if one.id == session_id)
        used = found.updated_at
        info = SessionInfo(
            id=found.id,
            title=found.title,
            stage=found.stage,
            created_at=used,
            updated_at=used,
            messages=found.messages,
        )
        job = Thing(
            kind="job", id="job-1", title="Tuning mail", bytes=41_000_000, running=self.running
        )
        data = Thing(
            kind="data set", id="d1", title="tickets.csv", bytes=120_000, used_by="orders.csv"
        )
        return Belongings(info=info, conversation_bytes=34_000, things=(job, data))

    async def delete(self, session_id: str, running: Running) -> None:
        self.done.append(("delete", session_id, running))
        self.lines = [one for one in self.lines if one.id != session_id]

    async def export(self, session_id: str, path: Path, *, data: bool, adapters: bool) -> Path:
        self.done.append(("export", session_id, path, data, adapters))
        return path

    async def take_in(self, path: Path) -> str:
        raise LuthierError("This file is no session of Luthier's.", place=str(path))

    async def write_transcript(self, session_id: str, path: Path) -> Path:
        self.done.append(("transcript", session_id, path))
        return path


@dataclass
class FakeDoor:
    """Opens the given session; remembers which ids were asked for."""

    session: FakeSession
    keeper: FakeKeeper = field(default_factory=FakeKeeper)
    others: dict[str, FakeSession] = field(default_factory=dict)
    opened: list[str | None] = field(default_factory=list)

    async def open(self, session_id: str | None) -> FakeSession:
        self.opened.append(session_id)
        return self.others.get(session_id or "", self.session)
