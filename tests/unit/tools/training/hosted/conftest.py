"""A prepared data set, a provider on loopback, and jobs as their worker sees them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fakes.provider.server import Provider

from luthier.tools.data.model import DatasetInfo, Mapping
from luthier.tools.data.prepare import prepare_dataset
from luthier.tools.files import write_json
from luthier.tools.jobs import store
from luthier.tools.jobs.context import JobContext
from luthier.tools.jobs.folder import write_status
from luthier.tools.jobs.model import Job, JobSpec, JobState, JobStatus
from luthier.tools.training.hosted import creation
from luthier.tools.training.hosted_plan import HostedPlan
from luthier.tools.training.plan import DataPlan, EvaluationPlan, Plan
from luthier.tools.workspace import Workspace

WORDS = {
    "refund": "I want my money back for the",
    "praise": "I love the new",
    "where": "Where is my",
}


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """One whose trainings follow a script; its key is in the environment."""
    monkeypatch.setenv("LUTHIER_POLL_SECONDS", "0.02")
    monkeypatch.setattr(creation, "LOOKS", (0.0, 0.05, 0.1))
    with Provider() as found:
        monkeypatch.setenv("LUTHIER_API_KEY", found.key)
        yield found


@pytest.fixture
def dataset(workspace: Workspace, tmp_path: Path) -> DatasetInfo:
    """A label task of 60 rows, split 8:1:1."""
    lines = ["message,label"]
    for number in range(60):
        label = list(WORDS)[number % 3]
        lines.append(f"{WORDS[label]} item {number * 7919 % 9973},{label}")
    path = tmp_path / "messages.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return prepare_dataset(
        workspace,
        path,
        Mapping(prompt=("message",), completion="label"),
        leave_out_unusable=True,
    )


@pytest.fixture
def plan(dataset: DatasetInfo, provider: Provider) -> Plan:
    """That data at that provider."""
    return Plan(
        name="tickets",
        task=dataset.task,
        data=DataPlan(
            dataset_id=dataset.id,
            path=dataset.source_path,
            sha256=dataset.source_sha256,
            mapping=dataset.mapping,
        ),
        evaluation=EvaluationPlan(metric="accuracy"),
        backend="openai",
        hosted=HostedPlan(
            base_url=provider.base_url,
            provider="openai",
            model="gpt-4.1-mini-2025-04-14",
            epochs=2,
            suffix="tickets",
        ),
    )


@pytest.fixture
def pairs(workspace: Workspace, plan: Plan, tmp_path: Path) -> Plan:
    """The plan over rows with a better and a worse answer."""
    lines = [
        {"prompt": f"item {number * 7919 % 9973}?", "chosen": "yes please", "rejected": "no"}
        for number in range(40)
    ]
    path = tmp_path / "pairs.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    mapping = Mapping(prompt=("prompt",), completion="chosen", rejected="rejected")
    info = prepare_dataset(workspace, path, mapping, leave_out_unusable=True)
    data = DataPlan(dataset_id=info.id, path=str(path), sha256="", mapping=mapping)
    return plan.model_copy(update={"data": data, "task": info.task})


Attempt = Callable[..., JobContext]


@pytest.fixture
def attempt(workspace: Workspace) -> Iterator[Attempt]:
    """A job as its worker sees it; the same id again is the next attempt."""
    made: dict[str, int] = {}
    contexts: list[JobContext] = []

    def start(plan: Plan, job_id: str = "job1", request: str = "", **payload: object) -> JobContext:
        folder = workspace.jobs / job_id
        spec = JobSpec(
            id=job_id,
            kind="train",
            session_id="session",
            title="Tuning",
            payload={"plan": plan.model_dump(mode="json"), **payload},
            idempotency_key=job_id,
            created_at="2026-01-01T00:00:00+00:00",
            remote=True,
        )
        if job_id not in made:
            folder.mkdir()
            (folder / "spec.json").write_text(spec.model_dump_json())
            status = write_status(folder, JobStatus(state=JobState.RUNNING))
            store.insert_job(workspace, Job(spec=spec, status=status, folder=str(folder)))
        (folder / "control.json").unlink(missing_ok=True)
        if request:
            write_json(folder / "control.json", {"request": request})
        made[job_id] = made.get(job_id, 0) + 1
        contexts.append(JobContext(workspace, spec, folder, made[job_id]))
        return contexts[-1]

    yield start
    for context in contexts:
        context.close()
