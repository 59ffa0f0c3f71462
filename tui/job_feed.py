"""Following the jobs on the screen: one pass over all job folders, made in a thread."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from luthier.tools.jobs.folder import read_job
from luthier.tools.jobs.follow import EventReader
from luthier.tools.jobs.store import get_job
from luthier.tools.jobs.supervisor import reconcile_job
from luthier.tools.workspace import Workspace
from luthier.tui.job_picture import JobPicture


@dataclass(slots=True)
class JobFeed:
    """The pictures of the jobs that someone looks at, brought up to date by :meth:`read`."""

    workspace: Workspace
    pictures: dict[str, JobPicture] = field(default_factory=dict)
    _folders: dict[str, Path] = field(default_factory=dict)
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
        folder = self._folders.get(picture.job_id)
        if folder is None:
            folder = Path(get_job(self.workspace, picture.job_id).folder)
            self._folders[picture.job_id] = folder
            self._readers[picture.job_id] = EventReader(folder)
        # The events of an ended job are complete only when its end was read before them.
        job = reconcile_job(self.workspace, read_job(folder))
        return picture.update(job, self._readers[picture.job_id].read_new())
