"""AutoTrain's environment: made whole or not at all, and a plain reason where it cannot be made."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from fakes.autotrain import place_stand_in

from luthier.tools.errors import LuthierError
from luthier.tools.identifiers import new_id
from luthier.tools.jobs.context import JobContext, JobStopped
from luthier.tools.jobs.model import JobSpec
from luthier.tools.toolkits import making
from luthier.tools.training.autotrain import environment, setup_worker
from luthier.tools.training.autotrain.environment import (
    environment_folder,
    find_python,
    has_environment,
    process_environment,
    remove_environment,
    steps,
    why_not,
)
from luthier.tools.workspace import Workspace

FAKE_PYTHON = """#!/bin/sh
# python -m venv FOLDER, and FOLDER/bin/python -m pip ...
if [ "$2" = venv ]; then mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; exit 0; fi
if [ "$2 $3" = "pip install" ]; then
  echo "Collecting torch==2.13.0"
  case "$*" in *autotrain*) {pip} ;; esac
  exit 0
fi
exit 0
"""
WORKS = 'cd "$(dirname "$0")"; printf "#!/bin/sh\\necho 0.8.36\\n" > autotrain; chmod +x autotrain'
FAILS = 'echo "ERROR: No matching distribution found for autotrain-advanced==0.8.36"; exit 1'
WAITS = "sleep 60"


@pytest.fixture
def job(workspace: Workspace) -> Any:
    """The job's context, closed after the test."""
    spec = JobSpec(
        id=new_id(),
        kind="autotrain",
        session_id="s",
        title="AutoTrain",
        payload={},
        idempotency_key="k",
        created_at="",
    )
    folder = workspace.jobs / spec.id
    folder.mkdir()
    context = JobContext(workspace, spec, folder)
    yield context
    context.close()


def python_that(tmp_path: Path, pip: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for Python 3.11 whose pip does that for AutoTrain itself."""
    path = tmp_path / "python3.11"
    path.write_text(FAKE_PYTHON.replace("{pip}", pip))
    path.chmod(0o755)
    monkeypatch.setattr(setup_worker, "find_python", lambda: str(path))
    return path


def test_torch_comes_first_and_gpu_packages_go_where_there_is_none(tmp_path: Path) -> None:
    made = [" ".join(one.command) for one in steps("py", tmp_path, gpu=False, cpu_index=True)]
    assert made[0].startswith("py -m venv")
    assert made[1].endswith("torch==2.13.0")
    assert "download.pytorch.org/whl/cpu" in made[1]
    assert "autotrain-advanced==0.8.36" in made[2]
    assert "torch==2.13.0" in made[2], "so that no other build replaces it"
    assert "uninstall --yes torchvision timm" in made[3]
    with_gpu = [" ".join(one.command) for one in steps("py", tmp_path, gpu=True, cpu_index=True)]
    assert not any("uninstall" in one or "whl/cpu" in one for one in with_gpu)
    managed = [" ".join(one.command) for one in steps("py", tmp_path, gpu=False, cpu_index=False)]
    assert not any("whl/cpu" in one for one in managed)


def test_the_job_makes_it_and_says_what_it_fetches(
    workspace: Workspace, job: JobContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python_that(tmp_path, WORKS, monkeypatch)
    assert not has_environment(workspace)
    result = setup_worker.run(job)
    assert has_environment(workspace)
    assert result["folder"] == str(environment_folder(workspace))
    assert "Collecting torch" in (job.output / "setup.log").read_text()
    assert remove_environment(workspace)
    assert not has_environment(workspace)


def test_what_cannot_be_fetched_leaves_nothing_and_pips_reason(
    workspace: Workspace, job: JobContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python_that(tmp_path, FAILS, monkeypatch)
    with pytest.raises(LuthierError) as caught:
        setup_worker.run(job)
    assert caught.value.code == "autotrain.not_fetched"
    assert "No matching distribution" in caught.value.why
    assert "autotrain files" in caught.value.remedy, "the folder can be taken elsewhere"
    assert not environment_folder(workspace).exists()


def test_a_job_that_is_stopped_leaves_nothing(
    workspace: Workspace, job: JobContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python_that(tmp_path, WAITS, monkeypatch)
    monkeypatch.setattr(
        JobContext,
        "stop_request",
        property(lambda self: "cancel" if "0.8.36" in _tail(self) else None),
    )
    monkeypatch.setattr(making, "end_tree", _told(ended := [], making.end_tree))
    with pytest.raises(JobStopped):
        setup_worker.run(job)
    assert ended, "the process that fetched is gone"
    assert not environment_folder(workspace).exists()


def _tail(context: JobContext) -> str:
    """The newest progress; "0.8.36" once AutoTrain itself is being fetched."""
    said = (context.folder / "events.jsonl").read_text()
    return "0.8.36" if "AutoTrain and what it needs" in said else ""


def _told(ended: list[int], end: Any) -> Any:
    def tell(pid: int) -> None:
        ended.append(pid)
        end(pid)

    return tell


def test_without_python_3_11_or_room_the_reason_and_the_other_way_are_told(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_python = why_not(workspace, gpu=False, python="")
    assert no_python is not None
    assert no_python.code == "autotrain.no_python"
    assert "luthier autotrain files" in no_python.remedy
    usage = shutil.disk_usage(workspace.home)
    monkeypatch.setattr(environment.shutil, "disk_usage", lambda _path: usage._replace(free=10**9))
    no_room = why_not(workspace, gpu=False, python=sys.executable)
    assert no_room is not None
    assert no_room.code == "autotrain.no_room"
    assert "3.1 GB" in no_room.why


def test_only_python_3_11_will_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    other = tmp_path / "python3.11"
    other.write_text("#!/bin/sh\necho 3 12\n")
    other.chmod(0o755)
    monkeypatch.setattr(environment.sys, "executable", "")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_python() == ""
    other.write_text("#!/bin/sh\necho 3 11\n")
    assert find_python() == str(other)


def test_its_process_finds_its_own_programs_and_neither_network_nor_foreign_code(
    workspace: Workspace, tmp_path: Path
) -> None:
    folder = place_stand_in(environment_folder(workspace))
    found = process_environment(folder, {"PATH": "/usr/bin"}, tmp_path)
    assert found["PATH"].split(":")[0] == str(folder / "bin")
    assert found["ALLOW_REMOTE_CODE"] == "false"
    assert found["HF_HUB_OFFLINE"] == "1"
    assert found["HF_DATASETS_CACHE"] == str(tmp_path), "rows stay out of the user's own cache"
