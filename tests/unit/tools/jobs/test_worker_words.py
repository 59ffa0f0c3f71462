"""What people read when a worker breaks in a way that no room foresaw."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from luthier.tools.jobs.environment import job_environment
from luthier.tools.jobs.worker_main import explain
from luthier.tools.workspace import Workspace


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (MemoryError(), "job.out_of_memory", "memory"),
        (
            RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: 9 GB"),
            "job.out_of_memory",
            "memory",
        ),
        (RuntimeError("CUDA out of memory. Tried to allocate"), "job.out_of_memory", "memory"),
        (OSError(errno.ENOSPC, "No space left on device"), "job.disk_full", "disk is full"),
        (
            RuntimeError("PytorchStreamWriter: No space left on device"),
            "job.disk_full",
            "disk is full",
        ),
        (KeyError("private"), "job.fault", "fault"),
    ],
)
def test_a_failure_is_told_with_a_remedy(error: Exception, code: str, words: str) -> None:
    told = explain(error, Path("jobs/X/worker.log"))
    assert told.code == code
    assert words in told.what
    assert told.remedy
    assert told.place
    assert "private" not in told.as_text()


@pytest.mark.parametrize(
    "name",
    ["OPENAI_API_KEY", "HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "HF_API_KEY", "XDG_PASSWORD", "EDITOR"],
)
def test_keys_and_strangers_stay_behind(workspace: Workspace, name: str) -> None:
    assert name not in job_environment(workspace, {name: "x", "PATH": "/bin"})


@pytest.mark.parametrize(
    "name",
    ["PATH", "HOME", "HF_HOME", "HF_HUB_OFFLINE", "OMP_NUM_THREADS", "LC_ALL", "https_proxy"],
)
def test_what_a_job_needs_goes_with_it(workspace: Workspace, name: str) -> None:
    assert job_environment(workspace, {name: "x"})[name] == "x"


def test_the_users_own_settings_win_over_ours(workspace: Workspace) -> None:
    environment = job_environment(workspace, {"MALLOC_TOP_PAD_": "0", "LUTHIER_HOME": "/elsewhere"})
    assert environment["MALLOC_TOP_PAD_"] == "0"
    assert environment["LUTHIER_HOME"] == str(workspace.home)
