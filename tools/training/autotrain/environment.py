"""AutoTrain's own Python environment: where it is, how it is made, and why it may not be possible.

AutoTrain Advanced pins the libraries of January 2025, so it can never share Luthier's environment.
It is made in Luthier's home, only after the user's yes, and it is whole or not there at all.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from luthier.tools.errors import LuthierError
from luthier.tools.files import read_json
from luthier.tools.language import _, mark
from luthier.tools.toolkits.making import READY, Runs, Step, make_whole, pip_install
from luthier.tools.wording import size
from luthier.tools.workspace import Workspace

VERSION = "0.8.36"
TORCH = "2.13.0"
PYTHON = (3, 11)
BYTES = 3_100_000_000
"""On disk with the CPU build of torch; measured."""
GPU_BYTES = 7_500_000_000
"""With a CUDA build of torch; reckoned from the sizes of its packages, not measured."""
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
UNWANTED = ("torchvision", "timm")
"""Built for CUDA; beside a CPU build of torch they fail at import, and text needs neither."""


def environment_folder(workspace: Workspace) -> Path:
    """Where the environment is, or will be."""
    return workspace.toolkits / f"autotrain-{VERSION}"


def has_environment(workspace: Workspace) -> bool:
    """Whether it is there and was finished."""
    folder = environment_folder(workspace)
    return (folder / "bin" / "autotrain").exists() and read_json(folder / READY) is not None


def disk_bytes(gpu: bool) -> int:
    """What it takes on disk."""
    return GPU_BYTES if gpu else BYTES


def has_gpu() -> bool:
    """Whether an NVIDIA driver is here, so that a CUDA build of torch is of use."""
    return shutil.which("nvidia-smi") is not None


def find_python() -> str:
    """A Python 3.11, which AutoTrain's pins need; "" where there is none."""
    names = (sys.executable, "python3.11", "python3", "python")
    found = (shutil.which(name) for name in names)
    return next((path for path in found if path and _version(path) == PYTHON), "")


def _version(python: str) -> tuple[int, int] | None:
    code = "import sys; print(sys.version_info[0], sys.version_info[1])"
    try:
        done = subprocess.run([python, "-c", code], capture_output=True, text=True, timeout=20)
        major, minor = done.stdout.split()
        return int(major), int(minor)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None


def why_not(workspace: Workspace, *, gpu: bool, python: str | None = None) -> LuthierError | None:
    """What stands in the way of making it here, before anything is fetched; None where nothing does."""
    if not (find_python() if python is None else python):
        return LuthierError(
            _("AutoTrain's environment cannot be made on this computer."),
            why=_("It needs Python 3.11, and there is none."),
            remedy=_(
                "Install Python 3.11 and ask again, or take the folder with its command to a "
                "computer that has it: `luthier autotrain files PLAN.yaml FOLDER`."
            ),
            code="autotrain.no_python",
        )
    workspace.toolkits.mkdir(parents=True, exist_ok=True)
    free, needed = shutil.disk_usage(workspace.toolkits).free, disk_bytes(gpu)
    if free < needed * 1.2:
        return LuthierError(
            _("AutoTrain's environment cannot be made on this computer."),
            why=_(
                "It takes {needed} on disk, and {free} are free.",
                needed=size(needed),
                free=size(free),
            ),
            remedy=_(
                "Free some space and ask again, or take the folder with its command to another "
                "computer: `luthier autotrain files PLAN.yaml FOLDER`."
            ),
            place=str(workspace.toolkits),
            code="autotrain.no_room",
        )
    return None


def missing_environment(workspace: Workspace) -> LuthierError:
    """The error for a training that would need it."""
    return LuthierError(
        _("AutoTrain is not on this computer yet."),
        why=_(
            "It needs a Python environment of its own, because it is two years old: {size} on disk.",
            size=size(BYTES),
        ),
        remedy=_(
            "Agree to make it (“install AutoTrain”, or `luthier autotrain install`), or take the "
            "folder with its command elsewhere: `luthier autotrain files PLAN.yaml FOLDER`."
        ),
        place=str(environment_folder(workspace)),
        code="autotrain.missing",
    )


def steps(python: str, folder: Path, *, gpu: bool, cpu_index: bool) -> tuple[Step, ...]:
    """The commands that make the environment, in order.

    Torch comes first, so that the build is chosen once: AutoTrain itself does not pin it.

    Args:
        python: a Python 3.11.
        folder: where the environment goes; it must not exist.
        gpu: whether a CUDA build of torch is of use.
        cpu_index: whether PyTorch's own index is named for the CPU build, which is not on PyPI.
    """
    own = str(folder / "bin" / "python")
    install = pip_install(folder)
    index = ("--extra-index-url", CPU_INDEX) if cpu_index and not gpu else ()
    wanted = f"torch=={TORCH}"
    made = [
        Step(mark("Making a Python 3.11 environment"), (python, "-m", "venv", str(folder))),
        Step(mark("Fetching PyTorch"), (*install, *index, wanted)),
        Step(
            mark("Fetching AutoTrain and what it needs"),
            (*install, *index, wanted, f"autotrain-advanced=={VERSION}"),
        ),
    ]
    if not gpu:
        remove = (own, "-m", "pip", "uninstall", "--yes", *UNWANTED)
        made.append(Step(mark("Removing what only works with a GPU"), remove))
    check = (str(folder / "bin" / "autotrain"), "--version")
    return (*made, Step(mark("Trying whether it starts"), check))


def make_environment(
    workspace: Workspace, run: Runs, *, python: str, gpu: bool, cpu_index: bool
) -> Path:
    """Make the environment, or leave nothing behind.

    Raises:
        LuthierError: what ``run`` raises for a command that fails.
    """
    folder = environment_folder(workspace)
    if has_environment(workspace):
        return folder
    commands = steps(python, folder, gpu=gpu, cpu_index=cpu_index)
    ready = {"autotrain": VERSION, "torch": TORCH, "gpu": gpu}
    return make_whole(folder, commands, run, ready)


def pip_knows_places(python: str) -> bool:
    """Whether pip's settings already name where packages come from; then nothing is added to them."""
    done = subprocess.run(
        [python, "-m", "pip", "config", "list"], capture_output=True, text=True, timeout=60
    )
    return any(name in done.stdout for name in ("index-url", "find-links"))


def remove_environment(workspace: Workspace) -> bool:
    """Delete it; False where it was not there."""
    folder = environment_folder(workspace)
    was_there = folder.exists()
    shutil.rmtree(folder, ignore_errors=True)
    return was_there


def process_environment(folder: Path, inherited: Mapping[str, str], cache: Path) -> dict[str, str]:
    """The variables of AutoTrain's process: its own programs first, no network, no foreign code.

    It starts ``accelerate`` by name, so its ``bin`` has to be on the path. The rows go through a cache
    of the library ``datasets``, which is kept in ``cache`` and not in the user's home.
    """
    path = f"{folder / 'bin'}:{inherited.get('PATH', '')}".rstrip(":")
    return {
        **inherited,
        "PATH": path,
        "VIRTUAL_ENV": str(folder),
        "ALLOW_REMOTE_CODE": "false",
        "PAUSE_ON_FAILURE": "0",
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "HF_DATASETS_CACHE": str(cache),
        "COLUMNS": "200",
    }
