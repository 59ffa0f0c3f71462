"""Prism between a client and a server: OpenAI's own description judges what both of them say.

The description is not ours and not in this project: it is read from ``shared/openai`` beside the
checkout, or from the file that ``LUTHIER_OPENAI_DESCRIPTION`` names. Prism comes from npm into
``.venv/prism``, or from the PATH.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[2]
DESCRIPTION = CHECKOUT.parent / "shared" / "openai" / "openai_ft_trim.json"
INSTALLED = CHECKOUT / ".venv" / "prism" / "node_modules" / ".bin" / "prism"


class Absent(Exception):
    """What is missing here, in words for the reason of a skipped test."""


def find_description() -> Path:
    """OpenAI's description.

    Raises:
        Absent: the file is not here.
    """
    path = Path(os.environ.get("LUTHIER_OPENAI_DESCRIPTION") or DESCRIPTION)
    if not path.is_file():
        raise Absent(f"OpenAI's API description is not here: {path.name} beside the checkout")
    return path


def find_prism() -> str:
    """Prism's program.

    Raises:
        Absent: it is not installed, or there is no Node.js to run it.
    """
    found = str(INSTALLED) if INSTALLED.exists() else shutil.which("prism")
    if not shutil.which("node") or not found:
        raise Absent("Prism is not installed; with Node.js 20, `make prism` installs it")
    return found


def described() -> dict[str, Any]:
    """The description with the one thing put right that it declares wrongly: a file's content.

    It says that a file comes as JSON; in truth it comes as it was uploaded.
    """
    document: dict[str, Any] = json.loads(find_description().read_text(encoding="utf-8"))
    responses = document["paths"]["/files/{file_id}/content"]["get"]["responses"]
    responses["200"]["content"] = {
        "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
    }
    return document


def below(prefix: str, document: dict[str, Any]) -> dict[str, Any]:
    """The same API with its paths below a prefix."""
    return document | {"paths": {f"{prefix}{path}": one for path, one in document["paths"].items()}}


def azure_described() -> dict[str, Any]:
    """The same API as Azure offers it: below ``/openai``, with a version, and a key of its own."""
    document = described()
    version = {
        "name": "api-version",
        "in": "query",
        "required": True,
        "schema": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}(-preview)?$"},
    }
    document = below("/openai", document)
    for item in document["paths"].values():
        item.setdefault("parameters", []).append(version)
        for operation in item.values():
            if isinstance(operation, dict):
                operation.pop("security", None)
    key = {"type": "apiKey", "in": "header", "name": "api-key"}
    document["components"]["securitySchemes"] = {"ApiKeyAuth": key}
    document["security"] = [{"ApiKeyAuth": []}]
    return document


@contextmanager
def prism(document: dict[str, Any], upstream: str, folder: Path) -> Iterator[str]:
    """The address of a Prism that checks everything between it and ``upstream``.

    Wrong requests are answered with 422 (or 401), wrong replies with 500.

    Raises:
        Absent: Prism or Node.js is missing.
    """
    path = folder / "description.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    port = _free_port()
    command = [find_prism(), "proxy", "--errors", "-p", str(port), str(path), upstream]
    with (folder / "prism.log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        _wait_until_open(port, process, folder / "prism.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait_until_open(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.05)
