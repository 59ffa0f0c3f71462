"""Steering a job from the chat: what is said of it, and that it is seen going on."""

from __future__ import annotations

from pathlib import Path

from luthier.tools.catalog.base import Outcome, ToolContext
from luthier.tools.catalog.registry import TOOLS
from luthier.tools.facts import Facts
from luthier.tools.jobs.model import Job, JobState
from luthier.tools.views import JobView
from luthier.tools.workspace import Workspace
from tests.unit.tools.jobs.conftest import Launch, Wait


def steer(workspace: Workspace, job: Job, action: str) -> Outcome:
    tool = TOOLS["control_job"]
    facts = Facts(train_job=job.id, noticed_jobs=(job.id,))
    arguments = tool.arguments.model_validate({"job_id": job.id, "action": action})
    return tool.run(ToolContext(workspace, "session", facts), arguments)


def test_a_resumed_job_is_shown_again_and_its_end_will_be_noticed(
    jobs_workspace: Workspace, launch: Launch, wait: Wait
) -> None:
    job = launch("count", until=10, held=True)
    wait(job, lambda now: now.status.state is JobState.RUNNING)

    paused = steer(jobs_workspace, job, "pause")
    assert paused.views == ()
    assert wait(job).status.state is JobState.PAUSED

    resumed = steer(jobs_workspace, job, "resume")
    assert resumed.views == (JobView(job_id=job.id),)
    assert resumed.facts == {"noticed_jobs": []}
    (Path(job.folder) / "let-go").touch()
    assert wait(job).status.state is JobState.SUCCEEDED
