"""The session's jobs in the plain chat: told in single lines, and reported to the session."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from luthier.agent.session import Session
from luthier.tools.jobs.follow import EventReader
from luthier.tools.jobs.history import JobHistory
from luthier.tools.jobs.model import STATE_WORDS, Job, JobState
from luthier.tools.jobs.store import list_jobs
from luthier.tools.jobs.supervisor import reconcile_job
from luthier.tools.jobs.views import read_history
from luthier.tools.jobs.wait import rests
from luthier.tools.language import _
from luthier.tools.workspace import Workspace

POLL_SECONDS = 0.5
TELL_SECONDS = 15.0


@dataclass(slots=True)
class _Watched:
    reader: EventReader
    history: JobHistory = field(default_factory=JobHistory)
    notices_told: int = 0
    told: str = ""
    told_at: float = 0.0
    state: JobState | None = None


class JobWatch:
    """Looks at the session's jobs, says what is new, and tells the session which have ended."""

    def __init__(self, workspace: Workspace, session: Session, say: Callable[[str], None]) -> None:
        self._workspace = workspace
        self._session = session
        self._say = say
        self._watched: dict[str, _Watched] = {}
        self._turn = asyncio.Lock()

    async def watch(self) -> None:
        """Look again and again until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(POLL_SECONDS)

    async def look(self) -> bool:
        """Look once; whether any job is at work or has ended since the last look."""
        async with self._turn:
            jobs = await asyncio.to_thread(self._read)
            moving = False
            for job in jobs:
                watched = self._watched.get(job.id)
                if watched is None:
                    watched = self._watched[job.id] = _Watched(EventReader(job.folder))
                changed = watched.state is not job.status.state
                watched.state = job.status.state
                if not rests(job):
                    moving = True
                    self._tell_progress(job, watched)
                elif changed:
                    moving = await self._tell_end(job) or moving
            return moving

    async def rest(self) -> None:
        """Wait until no job is at work and the session knows of all that have ended."""
        while True:
            if not await self.look():
                return
            await asyncio.sleep(POLL_SECONDS)

    def tell(self) -> None:
        """Say how every job of the session is going."""
        jobs = list_jobs(self._workspace, self._session.id)
        for job in jobs:
            state = _(STATE_WORDS[job.status.state])
            line = _("Job {id}: {title}: {state}", id=job.id, title=job.spec.title, state=state)
            self._say(f"{line}." if rests(job) else f"{line}; {read_history(job).in_words()}.")
        if not jobs:
            self._say(_("This session has no jobs yet."))

    async def _tell_end(self, job: Job) -> bool:
        """Pass on that a job has come to rest; False where the session knows it already."""
        await self._session.idle()  # what a turn under way takes note of need not be told again
        facts = self._session.facts
        if job.id in facts.noticed_jobs and job.id not in facts.open_jobs():
            return False
        self._say(
            _(
                "Job: {title}: {state}.",
                title=job.spec.title,
                state=_(STATE_WORDS[job.status.state]),
            )
        )
        await self._session.notify_job(job.id)
        return True

    def _read(self) -> list[Job]:
        jobs = list_jobs(self._workspace, self._session.id)
        return [reconcile_job(self._workspace, job) for job in reversed(jobs)]

    def _tell_progress(self, job: Job, watched: _Watched) -> None:
        """Say what the job had to say, and now and then how far it is."""
        watched.history.add(watched.reader.read_new())
        for notice in watched.history.notices[watched.notices_told :]:
            self._say(_("Job: {text}", text=notice.text))
        watched.notices_told = len(watched.history.notices)
        now, words = time.monotonic(), watched.history.in_words()
        if words != watched.told and now - watched.told_at >= TELL_SECONDS:
            watched.told, watched.told_at = words, now
            self._say(_("Job: {title}: {words}.", title=job.spec.title, words=words))
