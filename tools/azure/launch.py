"""Deploying without a chat: the newest training at Azure, a job, and its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from luthier.tools.azure.deployments import Deployment
from luthier.tools.azure.proposal import proposed
from luthier.tools.azure.token import KEY_VARIABLES
from luthier.tools.errors import LuthierError
from luthier.tools.identifiers import new_id
from luthier.tools.jobs import supervisor
from luthier.tools.jobs.model import Job, JobEvent, JobState, NoticeEvent
from luthier.tools.jobs.store import get_job, list_jobs, read_result
from luthier.tools.jobs.wait import wait_for
from luthier.tools.language import _
from luthier.tools.training.plan import Plan
from luthier.tools.workspace import Workspace


def find_training(
    workspace: Workspace, job_id: str = "", step: int = 0
) -> tuple[Job, tuple[Deployment, ...]]:
    """A finished training at Azure (the newest where none is named), and what is to be deployed.

    ``step`` asks for the checkpoint of that step instead of the model that the training ended with.

    Raises:
        LuthierError: there is none (``azure.nothing_to_deploy``), or it is not known where to deploy.
    """
    jobs = [get_job(workspace, job_id)] if job_id else list_jobs(workspace)
    for job in jobs:
        if job.spec.kind != "train" or job.status.state is not JobState.SUCCEEDED:
            continue
        result = read_result(workspace, job.id)
        if result.get("awaits_deployment"):
            plan = Plan.model_validate(job.spec.payload["plan"])
            return job, proposed(workspace, plan, job.spec.session_id, job.id, result, step)
    raise LuthierError(
        _("There is nothing to deploy at Azure."),
        remedy=_("Tune a model at Azure first; `luthier jobs` lists the trainings."),
        place=job_id,
        code="azure.nothing_to_deploy",
    )


def deploy(
    workspace: Workspace,
    training: Job,
    wanted: Sequence[Deployment],
    say: Callable[[str], None],
) -> list[Deployment]:
    """Run the job that deploys, to its end.

    Raises:
        LuthierError: it failed, or was stopped.
    """
    job = supervisor.launch(
        workspace,
        kind="deploy",
        session_id=training.spec.session_id,
        title=_("Deploying {name}", name=wanted[0].name),
        payload={"deployments": [one.model_dump(mode="json") for one in wanted]},
        idempotency_key=f"deploy:{training.id}:{new_id()}",
        keys=KEY_VARIABLES,
        remote=True,
    )

    def hear(_job: Job, events: list[JobEvent]) -> None:
        for event in events:
            if isinstance(event, NoticeEvent):
                say(event.text)

    ended = wait_for(workspace, job.id, hear)
    if ended.status.state is not JobState.SUCCEEDED:
        raise LuthierError.from_dict(
            ended.status.error or {"what": _("The deployment was stopped before it answered.")}
        )
    result = read_result(workspace, job.id)
    return [Deployment.model_validate(one) for one in result["deployments"]]
