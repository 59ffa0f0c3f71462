"""Following the jobs on the screen: one pass over all job folders, made in a thread."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from luthier.tools.jobs.follow import EventReader
from luthier.tools.jobs.store import get_job
from luthier.tools.workspace import Workspace
from luthier.tui.job_picture import JobPicture


@dataclass(slots=True)
class JobFeed:
    """The pictures of the jobs that someone looks at, brought up to date by :meth:`read`."""

    workspace: Workspace
    pictures: dict[str, JobPicture] = field(default_factory=dict)
    _readers: dict[str, EventReader] = field(default_factory=dict)

    def follow(self, job_id: str) -> JobPicture:
        """Begin to follow a job; the picture is empty until the next :meth:`read`."""
        return self.pictures.setdefault(job_id, JobPicture(job_id))

    def read(self) -> list[JobPicture]:
        """Read every followed job's folder once; the pictures that changed.

        Raises:
            LuthierError: a followed job does not exist.
        """
        return [picture for picture in list(self.pictures.values()) if self._refresh(picture)]

    def _refresh(self, picture: JobPicture) -> bool:
        job = get_job(self.workspace, picture.job_id)
        reader = self._readers.get(picture.job_id)
        if reader is None:
            reader = self._readers[picture.job_id] = EventReader(Path(job.folder))
        return picture.update(job, reader.read_new())
