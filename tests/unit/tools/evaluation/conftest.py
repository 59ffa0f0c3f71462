"""A prepared data set and jobs on the tiny model, shared by the tests of this room."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from luthier.tools.data.model import DatasetInfo, Mapping
from luthier.tools.data.prepare import prepare_dataset
from luthier.tools.jobs import store
from luthier.tools.jobs.context import JobContext
from luthier.tools.jobs.folder import write_status
from luthier.tools.jobs.model import Job, JobKind, JobSpec, JobState, JobStatus
from luthier.tools.workspace import Workspace

PRODUCTS = ("lamp", "chair", "table", "sofa", "shelf", "mirror", "carpet", "clock")
WORDS = {
    "refund": ("The {} came broken and I want my money back", "Please pay me back for the {}"),
    "delivery": ("When will my {} arrive", "The parcel with the {} has not come yet"),
    "praise": ("I love the new {}", "Thank you, the {} is wonderful"),
}


def write_csv(path: Path, rows: int = 160) -> Path:
    """Labelled messages of a shop's customers, no two alike."""
    chooser = random.Random(7)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["message", "label"])
        for number in range(rows):
            label = chooser.choice(list(WORDS))
            text = chooser.choice(WORDS[label]).format(chooser.choice(PRODUCTS))
            noise = " ".join(chooser.sample(PRODUCTS, 4))
            writer.writerow([f"{text} ({noise} {number * 7919 % 9973}).", label])
    return path


@pytest.fixture
def dataset(workspace: Workspace, tmp_path: Path) -> DatasetInfo:
    """A label task of 160 rows, split 8:1:1."""
    return prepare_dataset(
        workspace,
        write_csv(tmp_path / "messages.csv"),
        Mapping(prompt=("message",), completion="label"),
        leave_out_unusable=True,
    )


@pytest.fixture
def small_dataset(workspace: Workspace, tmp_path: Path) -> DatasetInfo:
    """The same with 60 rows: too few validation rows to compare several prompts."""
    return prepare_dataset(
        workspace,
        write_csv(tmp_path / "few.csv", rows=60),
        Mapping(prompt=("message",), completion="label"),
        leave_out_unusable=True,
    )


MakeContext = Callable[..., JobContext]


@pytest.fixture
def make_context(workspace: Workspace) -> MakeContext:
    """A job as its worker sees it; the same id again is the next attempt."""
    attempts: dict[str, int] = {}

    def make(kind: JobKind, payload: dict[str, Any], job_id: str = "job1") -> JobContext:
        folder = workspace.jobs / job_id
        spec = JobSpec(
            id=job_id,
            kind=kind,
            session_id="session",
            title="Measuring",
            payload=payload,
            idempotency_key=job_id,
            created_at="2026-01-01T00:00:00+00:00",
        )
        if job_id not in attempts:
            folder.mkdir()
            (folder / "spec.json").write_text(spec.model_dump_json())
            status = write_status(folder, JobStatus(state=JobState.RUNNING))
            store.insert_job(workspace, Job(spec=spec, status=status, folder=str(folder)))
        attempts[job_id] = attempts.get(job_id, 0) + 1
        return JobContext(workspace, spec, folder, attempts[job_id])

    return make
