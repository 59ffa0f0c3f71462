"""The machine as measured, with the limits of a container."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from luthier.tools.estimate import machine as room
from luthier.tools.estimate.machine import measure_machine
from luthier.tools.workspace import Workspace


def test_this_machine(workspace: Workspace) -> None:
    found = measure_machine(workspace)
    assert 1 <= found.cores <= (psutil.cpu_count() or 1)
    assert 0 < found.memory_available <= found.memory_total <= psutil.virtual_memory().total
    assert found.free_disk > 0


@pytest.mark.parametrize(
    "files",
    [
        {"memory.max": "500000000", "memory.current": "200000000", "cpu.max": "100000 100000"},
        {
            "memory/memory.limit_in_bytes": "500000000",
            "memory/memory.usage_in_bytes": "200000000",
            "cpu/cpu.cfs_quota_us": "100000",
            "cpu/cpu.cfs_period_us": "100000",
        },
    ],
)
def test_limits_of_a_container_count(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str]
) -> None:
    for name, text in files.items():
        path = tmp_path / "cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    monkeypatch.setattr(room, "CGROUP", tmp_path / "cgroup")
    found = measure_machine(workspace)
    assert found.memory_total == 500_000_000
    assert found.memory_available == 300_000_000
    assert found.cores == 1


def test_no_limit_is_no_limit(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "cgroup"
    folder.mkdir()
    (folder / "memory.max").write_text("max\n")
    (folder / "cpu.max").write_text("max 100000\n")
    monkeypatch.setattr(room, "CGROUP", folder)
    assert measure_machine(workspace).memory_total == psutil.virtual_memory().total


def test_flags_of_the_processor(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "cpuinfo"
    path.write_text("model name\t: Test 9000\nflags\t\t: fpu avx512_bf16 sse\n")
    monkeypatch.setattr(room, "CPU_INFO", path)
    found = measure_machine(workspace)
    assert found.bfloat16
    assert found.processor == "Test 9000"
    path.write_text("model name\t: Old\nflags\t\t: fpu sse\n")
    assert not measure_machine(workspace).bfloat16
