"""What is at a provider already: jobs, files and models, listed, cancelled and deleted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

import openai

from luthier.tools.endpoints.client import open_client
from luthier.tools.endpoints.failures import explain
from luthier.tools.endpoints.keys import has_access
from luthier.tools.errors import LuthierError
from luthier.tools.jobs.store import list_jobs
from luthier.tools.language import _
from luthier.tools.training.hosted.api import TAG, Api, RemoteFile, RemoteJob
from luthier.tools.training.hosted.dialects import dialect_of
from luthier.tools.training.hosted.keyless import missing_key
from luthier.tools.training.hosted.profiles import Account
from luthier.tools.training.hosted.record import load_record
from luthier.tools.training.hosted.words import FINAL
from luthier.tools.workspace import Workspace

MOST = 50


@contextmanager
def opened(account: Account) -> Iterator[Api]:
    """The provider's API; its refusals come out in plain words.

    Raises:
        LuthierError: whatever the provider or the way to it refuses.
    """
    server = account.server
    if not server.is_local and not has_access(server):
        raise missing_key(server)
    client, secret = open_client(server)
    with client:
        try:
            yield dialect_of(account.profile).api(client)
        except openai.APIError as error:
            raise explain(error, server, secret) from None


def jobs_there(account: Account) -> list[RemoteJob]:
    """The newest jobs of the account, those of other programs too."""
    with opened(account) as api:
        return list(islice(api.jobs(), MOST))


def files_there(account: Account) -> list[RemoteFile]:
    """The newest files for fine-tuning and those that came of it."""
    with opened(account) as api:
        return list(islice(api.files(), MOST))


def cancel_there(account: Account, job_id: str) -> RemoteJob:
    """Cancel a job, also one that was started elsewhere.

    Raises:
        LuthierError: it has ended already, or the provider refuses.
    """
    with opened(account) as api:
        job = api.job(job_id)
        if job.status in FINAL:
            raise LuthierError(
                _("The job {id} has ended already.", id=job_id),
                place=job_id,
                code="hosted.ended",
            )
        return api.steer(job_id, "cancel")


def delete_there(account: Account, name: str) -> None:
    """Delete a file or a tuned model by its id."""
    with opened(account) as api:
        if name.startswith("file"):
            api.delete_file(name)
        else:
            api.delete_model(name)


def job_here(workspace: Workspace, remote_id: str) -> str:
    """The id of Luthier's own job that follows a job there; empty where none does."""
    for job in list_jobs(workspace):
        if job.spec.kind == "train" and job.spec.remote:
            folder = workspace.jobs / job.id / "output"
            if load_record(folder).job_id == remote_id:
                return job.id
    return ""


def refuse_known(workspace: Workspace, remote_id: str) -> None:
    """Do nothing for a job there that nobody here follows.

    Raises:
        LuthierError: one of Luthier's own jobs follows it already (``hosted.known``).
    """
    known = job_here(workspace, remote_id)
    if known:
        raise LuthierError(
            _("Luthier follows this job already."),
            remedy=_("It is the job {id}.", id=known),
            code="hosted.known",
        )


def uploaded_by(workspace: Workspace, job_id: str) -> tuple[str, ...]:
    """The ids of the files that one of Luthier's jobs sent."""
    record = load_record(workspace.jobs / job_id / "output")
    return tuple(one.id for one in (record.training, record.validation) if one and one.id)


def is_ours(job: RemoteJob) -> bool:
    """Whether Luthier created a job there."""
    return TAG in job.metadata
