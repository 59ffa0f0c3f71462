"""The screen's door to the agent: what it needs of a session, and the real ones behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from luthier.agent.events import AgentEvent
from luthier.tools.questions import Answer, Decision
from luthier.tools.workspace import Workspace
from luthier.tui.session_door import SessionKeeper

if TYPE_CHECKING:
    from luthier.agent.budget import Budget
    from luthier.agent.settings import BrainSettings
    from luthier.tools.facts import Facts


class SessionLike(Protocol):
    """One conversation, as far as the screen is concerned."""

    @property
    def id(self) -> str:
        """The id by which the session is opened again."""

    @property
    def title(self) -> str:
        """What the user calls it."""

    @property
    def read_only(self) -> str:
        """Why nothing can be said here; empty where it can."""

    @property
    def facts(self) -> Facts:
        """Everything settled so far."""

    @property
    def brain_name(self) -> str:
        """Who speaks, as the user knows it."""

    def call(self, title: str) -> None:
        """Take note of the title that the user gave it."""

    def history(self) -> list[AgentEvent]:
        """What was said before, to be drawn again; ends with what is pending."""

    def subscribe(self) -> AsyncIterator[AgentEvent]:
        """The events from now on."""

    async def start(self) -> None:
        """Greet or go on; called once somebody listens."""

    async def send(self, text: str, seen: str | None = None) -> bool:
        """Say something to the prompt with the id ``seen``, empty for none; whether it was taken."""

    async def retry(self) -> str:
        """Ask once more what failed last; returns why not, empty where it was done."""

    async def answer(self, question_id: str, answer: Answer) -> bool:
        """Answer a question; whether the answer was written down."""

    async def decide(self, approval_id: str, decision: Decision) -> bool:
        """Say yes or no; whether it was written down."""

    async def notify_job(self, job_id: str) -> None:
        """Tell the brain that a job has ended; harmless when told twice."""

    async def set_brain(self, settings: BrainSettings | None) -> None:
        """Let another brain speak from now on; None is the offline guide."""

    async def set_budget(self, budget: Budget) -> None:
        """Let language models use so much in this session."""

    async def cancel(self) -> None:
        """Stop the turn and keep what was said."""

    async def close(self) -> None:
        """Let go of files and tasks."""


class SessionDoor(Protocol):
    """Opening sessions, and looking after the others."""

    async def open(self, session_id: str | None) -> SessionLike:
        """The session with this id, or a new one."""

    @property
    def keeper(self) -> SessionKeeper:
        """What looks after the sessions that are not open."""


class AgentDoor:
    """The real sessions. LangGraph is loaded in a thread, after the first screen is painted."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.keeper = SessionKeeper(workspace)

    async def open(self, session_id: str | None) -> SessionLike:
        """The session with this id, or a new one.

        Raises:
            LuthierError: there is no such session, or its files cannot be used.
        """
        agent = await asyncio.to_thread(import_module, "luthier.agent.session")
        session: SessionLike = await agent.open_session(self._workspace, session_id)
        return session
