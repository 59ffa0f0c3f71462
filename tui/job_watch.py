"""Keeping the job cards on the screen up to date, and telling the session when a job has ended.

The job room is imported when the first session is open: the first screen needs nothing of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from luthier.tools.errors import LuthierError
from luthier.tools.language import _
from luthier.tools.workspace import Workspace

if TYPE_CHECKING:
    from luthier.tools.jobs.model import Job
    from luthier.tui.job_feed import JobFeed
    from luthier.tui.job_picture import JobPicture
    from luthier.tui.widgets.job_card import JobCard

INTERVAL = 0.5
DISCOVER_EVERY = 6


class JobWatch:
    """One loop for all jobs: folders are read in a thread, cards are drawn in the app's loop."""

    def __init__(
        self,
        workspace: Workspace,
        on_end: Callable[[str], Awaitable[None]],
        on_trouble: Callable[[str], None],
    ) -> None:
        self._workspace = workspace
        self._on_end = on_end
        self._on_trouble = on_trouble
        self._trouble = ""
        self._session_id = ""
        self._told: set[str] = set()
        self._cards: list[JobCard] = []
        self.feed: JobFeed | None = None

    async def enter(self, session_id: str) -> None:
        """Look after the jobs of this session; what has ended already is the session's to know."""
        self._session_id = session_id
        feed, jobs = await asyncio.to_thread(self._begin, session_id)
        self.feed = feed
        self._told = {job.id for job in jobs if job.status.state.is_final}
        for job in jobs:
            if not job.status.state.is_final:
                feed.follow(job.id)
        for card in self._cards:
            self._greet(card, feed)

    def add(self, card: JobCard) -> None:
        """Keep ``card`` up to date while it is on the screen."""
        self._cards.append(card)
        if self.feed is not None:
            self._greet(card, self.feed)

    @property
    def under_way(self) -> list[JobPicture]:
        """The followed jobs that go on by themselves."""
        pictures = self.feed.pictures.values() if self.feed else ()
        return [picture for picture in pictures if picture.is_under_way]

    async def run(self) -> None:
        """Read and draw until cancelled; what is in the way is told once, and it is tried again."""
        turn = 0
        while True:
            try:
                await self.step(discover=turn % DISCOVER_EVERY == 0)
                self._trouble = ""
            except LuthierError as error:
                self._tell_trouble(error)
            except OSError as error:
                self._tell_trouble(_unreadable(error))
            turn += 1
            await asyncio.sleep(INTERVAL)

    def _tell_trouble(self, error: LuthierError) -> None:
        if error.code != self._trouble:
            self._trouble = error.code
            self._on_trouble(error.as_text())

    async def step(self, *, discover: bool = False) -> None:
        """Read all followed jobs once, draw what changed and tell of what ended."""
        if self.feed is None:
            return
        if discover:
            for job_id in await asyncio.to_thread(self._job_ids):
                self.feed.follow(job_id)
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

    def _greet(self, card: JobCard, feed: JobFeed) -> None:
        picture = feed.follow(card.job_id)
        if picture.title:
            card.show(picture)

    def _begin(self, session_id: str) -> tuple[JobFeed, list[Job]]:
        from luthier.tools.jobs.store import list_jobs
        from luthier.tools.jobs.supervisor import reconcile
        from luthier.tui.job_feed import JobFeed

        reconcile(self._workspace)
        return JobFeed(self._workspace), list_jobs(self._workspace, session_id)

    def _job_ids(self) -> list[str]:
        from luthier.tools.jobs.store import list_jobs

        jobs = list_jobs(self._workspace, self._session_id)
        return [job.id for job in jobs if job.id not in self._told]


def _unreadable(error: OSError) -> LuthierError:
    return LuthierError(
        _("What became of the jobs cannot be read at the moment."),
        why=_("The system says: {reason}.", reason=error.strerror or error),
        remedy=_("Free some disk space if the disk is full; the jobs are then shown again."),
        place=str(error.filename or ""),
        code="job.unreadable",
    )
