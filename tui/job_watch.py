"""Keeping the job cards on the screen up to date, and telling the session when a job has ended."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from luthier.tools.jobs.model import Job
from luthier.tools.jobs.store import list_jobs
from luthier.tools.jobs.supervisor import reconcile
from luthier.tools.workspace import Workspace
from luthier.tui.job_feed import JobFeed
from luthier.tui.job_picture import JobPicture
from luthier.tui.widgets.job_card import JobCard

INTERVAL = 0.5
DISCOVER_EVERY = 6


class JobWatch:
    """One loop for all jobs: folders are read in a thread, cards are drawn in the app's loop."""

    def __init__(self, workspace: Workspace, on_end: Callable[[str], Awaitable[None]]) -> None:
        self._workspace = workspace
        self._on_end = on_end
        self._session_id = ""
        self._told: set[str] = set()
        self._cards: list[JobCard] = []
        self.feed = JobFeed(workspace)

    async def enter(self, session_id: str) -> None:
        """Look after the jobs of this session; what has ended already is the session's to know."""
        self._session_id = session_id
        self.feed = JobFeed(self._workspace)
        jobs = await asyncio.to_thread(self._reconciled)
        self._told = {job.id for job in jobs if job.status.state.is_final}
        for job in jobs:
            if not job.status.state.is_final:
                self.feed.follow(job.id)

    def add(self, card: JobCard) -> None:
        """Keep ``card`` up to date while it is on the screen."""
        self._cards.append(card)
        picture = self.feed.follow(card.job_id)
        if picture.title:
            card.show(picture)

    @property
    def under_way(self) -> list[JobPicture]:
        """The followed jobs that go on by themselves."""
        return [picture for picture in self.feed.pictures.values() if picture.is_under_way]

    async def run(self) -> None:
        """Read and draw until cancelled."""
        turn = 0
        while True:
            await self.step(discover=turn % DISCOVER_EVERY == 0)
            turn += 1
            await asyncio.sleep(INTERVAL)

    async def step(self, *, discover: bool = False) -> None:
        """Read all followed jobs once, draw what changed and tell of what ended."""
        if discover and self._session_id:
            for job in await asyncio.to_thread(list_jobs, self._workspace, self._session_id):
                if job.id not in self._told:
                    self.feed.follow(job.id)
        self._cards = [card for card in self._cards if card.is_attached]
        for picture in await asyncio.to_thread(self.feed.read):
            for card in self._cards:
                if card.job_id == picture.job_id:
                    card.show(picture)
            await self._tell(picture)

    async def _tell(self, picture: JobPicture) -> None:
        if not picture.state.is_final:
            self._told.discard(picture.job_id)
        elif picture.job_id not in self._told:
            self._told.add(picture.job_id)
            await self._on_end(picture.job_id)

    def _reconciled(self) -> list[Job]:
        reconcile(self._workspace)
        return list_jobs(self._workspace, self._session_id)
