"""Starting and ending the process that holds a served model, whichever library it uses."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import psutil

from luthier.tools.errors import LuthierError
from luthier.tools.hosting.client import ServedModel
from luthier.tools.hosting.llama_cpp import toolkit_environment
from luthier.tools.jobs.environment import job_environment
from luthier.tools.language import _
from luthier.tools.workspace import Workspace

Kind = Literal["transformers", "llama.cpp"]
LOADING_SECONDS = 600.0
_PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class Weights:
    """What to hold: a GGUF file, or a model (id or folder) with or without an adapter."""

    name: str
    context: int
    gguf: Path | None = None
    model: str = ""
    adapter: Path | None = None

    @property
    def kind(self) -> Kind:
        """Which library holds it."""
        return "llama.cpp" if self.gguf else "transformers"


@dataclass(frozen=True, slots=True)
class Backend:
    """A running server and the process that holds it."""

    url: str
    model: str
    process: subprocess.Popen[str]

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self.process.poll() is None

    @property
    def memory_bytes(self) -> int:
        """What the process holds in memory now; 0 where it has ended."""
        with suppress(psutil.Error):
            return int(psutil.Process(self.process.pid).memory_info().rss)
        return 0

    def client(self, key: str) -> ServedModel:
        """A client that knows the key."""
        return ServedModel(self.url, key, self.model)


@contextmanager
def running(
    workspace: Workspace,
    weights: Weights,
    *,
    key_file: Path,
    log: Path,
    port: int = 0,
    page: Path | None = None,
) -> Iterator[Backend]:
    """The server of ``weights`` on this computer; ended when the ``with`` block is left.

    Args:
        workspace: where base models and the llama.cpp packages are.
        weights: what to hold.
        key_file: file with the key that requests must give.
        log: what the process says is appended here.
        port: 0 takes any free one.
        page: folder with an ``index.html`` to show at ``/``.

    Raises:
        LuthierError: ``llama_cpp.missing``, or ``host.not_started`` with the process's last words.
    """
    common = {"key_file": str(key_file), "port": port, "page": str(page or "")}
    if weights.gguf:
        environment = toolkit_environment(workspace)
        settings: dict[str, Any] = {
            **common,
            "gguf": str(weights.gguf),
            "model": weights.name,
            "context": weights.context,
            "threads": psutil.cpu_count(logical=False) or 1,
        }
        module = "luthier.tools.hosting.llama_process"
    else:
        environment = job_environment(workspace)
        settings = {
            **common,
            "home": str(workspace.home),
            "model": weights.model,
            "adapter": str(weights.adapter or ""),
            "name": weights.name,
        }
        module = "luthier.tools.hosting.transformers_process"
    with log.open("ab") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", module, json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env=environment,
            text=True,
        )
    try:
        yield _ready(process, weights.name, log)
    finally:
        _end(process)


def _ready(process: subprocess.Popen[str], name: str, log: Path) -> Backend:
    line = process.stdout.readline() if process.stdout else ""
    try:
        return Backend(json.loads(line)["url"], name, process)
    except (ValueError, KeyError) as error:
        raise LuthierError(
            _("The model could not be served."),
            why=_("The process that should hold it says: {words}", words=last_words(log)),
            remedy=_(
                "Another program may use the port, or memory may be short; try again, or "
                "choose another port."
            ),
            place=str(log),
            code="host.not_started",
        ) from error


def last_words(log: Path) -> str:
    """The last line of a log that says anything."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return ""
    return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")


def _end(process: subprocess.Popen[str]) -> None:
    """Close its input, on which it goes by itself; kill it where it does not."""
    if process.stdin:
        with suppress(BrokenPipeError):
            process.stdin.close()
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()
