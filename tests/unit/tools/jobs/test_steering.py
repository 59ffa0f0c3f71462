"""Steering a job from the chat: what is said of it, and that it is seen going on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from luthier.tools.catalog.base import Outcome, ToolContext
from luthier.tools.catalog.registry import TOOLS
from luthier.tools.effects import Effect
from luthier.tools.facts import Facts
from luthier.tools.files import write_json
from luthier.tools.jobs import supervisor
from luthier.tools.jobs.folder import append_event
from luthier.tools.jobs.model import Job, JobKind, JobState, MetricsEvent, NoticeEvent
from luthier.tools.questions import Approval
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


def test_a_brain_that_is_asked_how_it_goes_reads_what_the_user_reads(
    jobs_workspace: Workspace, launch: Launch, wait: Wait
) -> None:
    job = launch("count", until=10, held=True)
    wait(job, lambda now: now.status.state is JobState.RUNNING)
    step = {"step": 20, "total_steps": 40, "epoch": 2, "total_epochs": 4}
    for event in (
        MetricsEvent(at=1, loss=0.5, **step),
        MetricsEvent(at=2, answers=0.25, seconds_left=240, **step),
        NoticeEvent(at=3, text="So far it is no better than few-shot.", tone="warning"),
    ):
        append_event(Path(job.folder), event)
    tool = TOOLS["job_status"]
    context = ToolContext(jobs_workspace, "session", Facts(train_job=job.id))
    told = tool.run(context, tool.arguments.model_validate({"job_id": job.id})).summary
    assert "Loss: 0.500" in told
    assert "Answers: 25% (of the score that decides" in told
    assert "So far it is no better than few-shot." in told
    assert job.folder not in told
    (Path(job.folder) / "let-go").touch()
    assert wait(job).status.state is JobState.SUCCEEDED


HERE = {"base_url": "http://127.0.0.1:11434/v1", "model": "qwen"}
THERE = {"base_url": "https://api.openai.com/v1", "model": "gpt"}
PLAN = {
    "name": "mail",
    "task": {"kind": "labels", "reason": ""},
    "data": {
        "dataset_id": "d",
        "path": "mail.csv",
        "sha256": "",
        "mapping": {"prompt": ["message"], "completion": "kind"},
    },
}


def held(workspace: Workspace, kind: JobKind, **payload: Any) -> Job:
    """A job at work that may see a key."""
    return supervisor.launch(
        workspace,
        kind=kind,
        session_id="session",
        title="Held",
        payload={"do": "count", "until": 10, "held": True, **payload},
        idempotency_key=kind,
        keys=("LUTHIER_API_KEY",),
        remote=kind == "deploy",
    )


def asked(workspace: Workspace, job: Job, action: str) -> tuple[Approval, str]:
    """What the user is asked before it, and what is said of the price."""
    tool = TOOLS["control_job"]
    arguments = tool.arguments.model_validate({"job_id": job.id, "action": action})
    assert tool.approval is not None
    approval = tool.approval(ToolContext(workspace, "session", Facts()), arguments)
    return approval, dict(approval.details)["Price and privacy"]


def test_of_a_deployment_it_is_said_that_it_costs_by_the_hour_and_what_is_deleted(
    jobs_workspace: Workspace, wait: Wait
) -> None:
    job = held(jobs_workspace, "deploy")
    wait(job, lambda now: now.status.state is JobState.RUNNING)
    approval, price = asked(jobs_workspace, job, "cancel")
    assert "is deleted there" in price
    assert approval.lasting is None, "what deletes is asked about each time"
    steer(jobs_workspace, job, "pause")
    assert wait(job).status.state is JobState.PAUSED
    approval, price = asked(jobs_workspace, job, "resume")
    assert approval.effect == Effect.MONEY
    assert "by the hour" in price
    _approval, price = asked(jobs_workspace, job, "cancel")
    assert "is deleted there" in price, "a worker is started for that"


@pytest.mark.parametrize(("model", "paid"), [(HERE, False), (THERE, True)])
@pytest.mark.parametrize("kind", ["judge", "baseline", "evaluate"])
def test_going_on_with_a_measurement_costs_money_only_where_a_model_is_elsewhere(
    jobs_workspace: Workspace, launch: Launch, wait: Wait, kind: JobKind, model: Any, paid: bool
) -> None:
    evaluation = {"metric": "exact_match", "elsewhere": [model]}
    payload: dict[str, Any] = {"model": model}
    if kind == "baseline":
        payload = {"evaluation": {"metric": "exact_match"}, "base": model}
    if kind == "evaluate":
        trained = launch("count", until=1, endpoint=HERE)
        assert wait(trained).status.state is JobState.SUCCEEDED
        write_json(Path(trained.folder) / "result.json", {"endpoint": HERE})
        payload = {"plan": PLAN | {"evaluation": evaluation}, "train_job_id": trained.id}
    job = held(jobs_workspace, kind, **payload)
    approval, price = asked(jobs_workspace, job, "resume")
    assert approval.effect == (Effect.MONEY if paid else Effect.LONG_JOB)
    assert ("charges for each further answer" in price) == paid
    assert ("nothing leaves this computer" in price) != paid
