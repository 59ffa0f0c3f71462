"""What this machine can do: cores, memory, disk and accelerators, without loading torch."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from pathlib import Path

import psutil
from pydantic import BaseModel, ConfigDict, Field

from luthier.tools.workspace import Workspace

CGROUP = Path("/sys/fs/cgroup")
CPU_INFO = Path("/proc/cpuinfo")
BFLOAT16_FLAGS = frozenset({"avx512_bf16", "amx_bf16", "bf16"})


class Machine(BaseModel):
    """This machine as a job sees it: sizes in bytes, limits of containers taken into account."""

    model_config = ConfigDict(frozen=True)

    cores: int = Field(description="cores that a job may use")
    memory_total: int
    memory_available: int
    free_disk: int = Field(description="on the disk of the home folder")
    accelerators: tuple[str, ...] = Field(default=(), description="names of graphics processors")
    bfloat16: bool = Field(default=False, description="the processor multiplies in bfloat16")
    processor: str = ""


def measure_machine(workspace: Workspace) -> Machine:
    """Measure the machine now. Container limits (cgroup 1 and 2) lower memory and cores."""
    memory = psutil.virtual_memory()
    limit, used = _cgroup_memory(CGROUP)
    total = min(memory.total, limit) if limit else memory.total
    available = min(memory.available, limit - used) if limit else memory.available
    processor, flags = _processor(CPU_INFO)
    return Machine(
        cores=_cores(CGROUP),
        memory_total=total,
        memory_available=max(available, 0),
        free_disk=shutil.disk_usage(_existing(workspace.home)).free,
        accelerators=_accelerators(),
        bfloat16=bool(flags & BFLOAT16_FLAGS),
        processor=processor,
    )


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it where it could not be made."""
    return next(each for each in (folder, *folder.parents) if os.path.exists(each))


def _cores(cgroup: Path) -> int:
    allowed = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    physical = psutil.cpu_count(logical=False) or allowed
    quota = _cgroup_cores(cgroup)
    return max(1, min(allowed, physical, quota or allowed))


def _cgroup_cores(cgroup: Path) -> int:
    """Whole cores of the container's CPU quota, or 0 where there is none."""
    quota, period = "", ""
    if (text := _text(cgroup / "cpu.max")) and " " in text:
        quota, period = text.split()
    else:
        quota = _text(cgroup / "cpu/cpu.cfs_quota_us")
        period = _text(cgroup / "cpu/cpu.cfs_period_us")
    if not (quota.isdigit() and period.isdigit()) or int(period) == 0:
        return 0
    return max(1, round(int(quota) / int(period)))


def _cgroup_memory(cgroup: Path) -> tuple[int, int]:
    """Limit and use in bytes of the container, or (0, 0) where there is no limit."""
    for limit_name, used_name in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        limit, used = _text(cgroup / limit_name), _text(cgroup / used_name)
        if limit.isdigit() and int(limit) < 1 << 60:
            return int(limit), int(used) if used.isdigit() else 0
    return 0, 0


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""  # no such limit on this system


def _processor(cpu_info: Path) -> tuple[str, frozenset[str]]:
    """Name and feature flags of the processor."""
    name, flags = platform.processor() or platform.machine(), frozenset[str]()
    for line in _text_lines(cpu_info):
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            name = value.strip()
        elif key.strip() in ("flags", "Features"):
            flags = frozenset(value.split())
            break
    return name, flags


def _text_lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []  # not a Linux


def _accelerators() -> tuple[str, ...]:
    if platform.system() == "Darwin" and platform.machine() == "arm64":
        return ("Apple GPU",)
    program = shutil.which("nvidia-smi")
    if not program:
        return ()
    command = [program, "--query-gpu=name,memory.total", "--format=csv,noheader"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=5, check=True)
    except (OSError, subprocess.SubprocessError):
        return ()  # a driver that does not answer is one that cannot train
    return tuple(line.strip() for line in answer.stdout.splitlines() if line.strip())
