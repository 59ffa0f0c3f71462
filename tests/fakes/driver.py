"""Drives a real session as a front end would: listens, answers, and waits for states, not for time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from luthier.agent.events import AgentEvent, ApprovalAsked, QuestionAsked, TextDone, ToolFinished
from luthier.agent.session import Session
from luthier.tools.jobs.model import JobState
from luthier.tools.jobs.store import get_job
from luthier.tools.questions import Answer, Decision


class Driver:
    """One listener on one session; ``events`` is everything heard, ``asked`` every question id."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.events: list[AgentEvent] = []
        self._listener = asyncio.create_task(self._listen())

    async def __aenter__(self) -> Driver:
        await asyncio.sleep(0)
        await self.session.start()
        await self._settle()
        return self

    async def __aexit__(self, *_details: object) -> None:
        await self.session.close()
        self._listener.cancel()
        with suppress(asyncio.CancelledError):
            await self._listener

    async def _listen(self) -> None:
        async for event in self.session.subscribe():
            self.events.append(event)

    @property
    def question(self) -> QuestionAsked:
        """The open question."""
        assert isinstance(self.session.pending, QuestionAsked), self.session.pending
        return self.session.pending

    @property
    def approval(self) -> ApprovalAsked:
        """The open approval."""
        assert isinstance(self.session.pending, ApprovalAsked), self.session.pending
        return self.session.pending

    @property
    def said(self) -> str:
        """All that the assistant said, in order."""
        return "\n".join(event.text for event in self.events if isinstance(event, TextDone))

    @property
    def asked(self) -> list[str]:
        """Ids of all questions and approvals so far, in order, each asking once."""
        ids: list[str] = []
        seen: set[str] = set()
        for event in self.events:
            if isinstance(event, QuestionAsked) and event.id not in seen:
                seen.add(event.id)
                ids.append(event.question.id)
            elif isinstance(event, ApprovalAsked) and event.id not in seen:
                seen.add(event.id)
                ids.append(event.approval.tool)
        return ids

    @property
    def finished_tools(self) -> list[str]:
        """Names of the tools that came back, in order."""
        return [event.name for event in self.events if isinstance(event, ToolFinished)]

    async def say(self, text: str) -> None:
        """Type something and wait for the turn to end."""
        await self.session.send(text)
        await self._settle()

    async def pick(self, choice_id: str) -> None:
        """Pick an answer of the open question."""
        await self._answer(Answer(kind="choice", choice_id=choice_id))

    async def unsure(self) -> None:
        """Say "I don't know" to the open question."""
        await self._answer(Answer(kind="unsure"))

    async def back(self) -> None:
        """Ask for the question before."""
        await self._answer(Answer(kind="back"))

    async def _answer(self, answer: Answer) -> None:
        await self.session.answer(self.question.id, answer)
        await self._settle()

    async def _settle(self) -> None:
        """Wait for the turn to end and for the listener to hear the last of it."""
        await self.session.idle()
        for _round in range(3):
            await asyncio.sleep(0)

    async def decide(self, approved: bool, reason: str = "") -> None:
        """Approve or decline what is asked."""
        decision = Decision(approved=approved, reason=reason)
        await self.session.decide(self.approval.id, decision)
        await self._settle()

    async def until_job_rests(self, job_id: str, seconds: float = 240) -> JobState:
        """Wait until a job has come to rest and the brain has taken note of it."""

        def rests() -> bool:
            state = get_job(self.session.workspace, job_id).status.state
            return state.is_final or state is JobState.PAUSED

        await wait_for(rests, seconds)
        await self.session.notify_job(job_id)
        await self._settle()
        return get_job(self.session.workspace, job_id).status.state


async def wait_for(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for a state; fail with a plain word when it does not come."""
    async with asyncio.timeout(seconds):
        while not await asyncio.to_thread(condition):
            await asyncio.sleep(0.1)
