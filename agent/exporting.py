"""Writing a session into one file: messages, facts and jobs, and by choice data sets and adapters."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from langchain_core.messages import AnyMessage, message_to_dict

from luthier.agent.conversation import read_conversation
from luthier.agent.store import SessionInfo, get_session, sessions_database
from luthier.agent.transfer import FORMAT, HOME, VERSION, Entry, Manifest
from luthier.tools.errors import LuthierError
from luthier.tools.jobs.store import list_jobs
from luthier.tools.language import _
from luthier.tools.secrets import without_keys
from luthier.tools.workspace import Workspace

_JOB_FILES = (
    "spec.json",
    "status.json",
    "events.jsonl",
    "outcome.json",
    "result.json",
    "exit.json",
)


async def export_session(
    workspace: Workspace,
    session_id: str,
    path: Path,
    *,
    datasets: bool = False,
    adapters: bool = False,
) -> Manifest:
    """Write a session with its messages, facts and jobs into one file; it replaces what was there.

    Args:
        datasets: take the prepared data sets and the answers measured on them along.
        adapters: take the tuned adapters along.

    Raises:
        LuthierError: there is no such session, or the file cannot be written.
    """
    info = await asyncio.to_thread(get_session, workspace, session_id)
    standing = await read_conversation(workspace, info.id)
    return await asyncio.to_thread(
        _export, workspace, info, standing.messages, standing.facts, path, datasets, adapters
    )


def _export(
    workspace: Workspace,
    info: SessionInfo,
    messages: list[AnyMessage],
    facts: dict[str, Any],
    path: Path,
    datasets: bool,
    adapters: bool,
) -> Manifest:
    jobs = [job.id for job in list_jobs(workspace, info.id)]
    known = _datasets_of(workspace, info.id) if datasets else []
    target = path.expanduser()
    try:
        with (
            _replacing(target) as made,
            zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            writer = _Writer(workspace, archive)
            writer.text("messages.jsonl", _as_lines(messages))
            writer.text("facts.json", json.dumps(facts, ensure_ascii=False))
            for job_id in jobs:
                writer.job(job_id, datasets, adapters)
            for dataset_id in known:
                writer.folder(workspace.datasets / dataset_id, f"datasets/{dataset_id}")
            manifest = Manifest(
                format=FORMAT,
                version=VERSION,
                luthier=version("luthier"),
                session=info,
                jobs=tuple(jobs),
                datasets=tuple(known),
                adapters=adapters,
                files=writer.files,
            )
            archive.writestr("manifest.json", manifest.model_dump_json(indent=2))
    except OSError as error:
        raise LuthierError(
            _("The session could not be written."),
            why=_("The system says: {error}.", error=error.strerror or error),
            remedy=_("Choose another place, or free some disk space."),
            place=str(target),
            code="transfer.not_written",
        ) from error
    return manifest


@contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """A file beside ``target`` that takes its place when it is complete, and is gone otherwise."""
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    os.close(handle)
    made = Path(name)
    try:
        yield made
        made.replace(target)
    except BaseException:
        made.unlink(missing_ok=True)
        raise


class _Writer:
    """Puts files into the archive and keeps account of them."""

    def __init__(self, workspace: Workspace, archive: zipfile.ZipFile) -> None:
        self._home = json.dumps(str(workspace.home))[1:-1]
        self._workspace = workspace
        self._archive = archive
        self.files: dict[str, Entry] = {}

    def text(self, name: str, text: str) -> None:
        """JSON without keys and without the place of this home."""
        content = without_keys(text).replace(self._home, HOME).encode()
        self._archive.writestr(name, content)
        self.files[name] = Entry(bytes=len(content), sha256=hashlib.sha256(content).hexdigest())

    def job(self, job_id: str, datasets: bool, adapters: bool) -> None:
        """A job's account of itself, and of its output what was asked for."""
        folder = self._workspace.jobs / job_id
        for name in _JOB_FILES:
            if (folder / name).is_file():
                self.text(f"jobs/{job_id}/{name}", (folder / name).read_text(encoding="utf-8"))
        for child in sorted((folder / "output").glob("*")):
            name = f"jobs/{job_id}/output/{child.name}"
            if child.is_dir() and child.name in ("adapter", "model") and adapters:
                self.folder(child, name)
            elif child.is_file() and child.suffix in (".json", ".jsonl") and datasets:
                self.text(name, child.read_text(encoding="utf-8"))

    def folder(self, folder: Path, name: str) -> None:
        """All files of a folder."""
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                self._file(path, f"{name}/{path.relative_to(folder).as_posix()}")

    def _file(self, path: Path, name: str) -> None:
        digest, size = hashlib.sha256(), 0
        with path.open("rb") as source, self._archive.open(name, "w", force_zip64=True) as target:
            while block := source.read(1 << 20):
                target.write(block)
                digest.update(block)
                size += len(block)
        self.files[name] = Entry(bytes=size, sha256=digest.hexdigest())


def _datasets_of(workspace: Workspace, session_id: str) -> list[str]:
    with sessions_database(workspace) as database:
        rows = database.query(
            "select dataset_id from session_datasets where session_id = ? order by 1", [session_id]
        )
        return [
            str(row["dataset_id"])
            for row in rows
            if (workspace.datasets / row["dataset_id"]).is_dir()
        ]


def _as_lines(messages: list[AnyMessage]) -> str:
    return "".join(_line(message) for message in messages)


def _line(message: AnyMessage) -> str:
    return json.dumps(message_to_dict(message), ensure_ascii=False) + "\n"
