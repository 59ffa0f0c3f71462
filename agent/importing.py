"""Taking a session in from one file, after everything in it was checked."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import shutil
import tempfile
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any

from langchain_core.messages import AnyMessage, messages_from_dict

from luthier.agent.conversation import write_conversation
from luthier.agent.record import record
from luthier.agent.store import (
    SessionInfo,
    create_session,
    forget_session,
    note_datasets,
    sessions_database,
)
from luthier.agent.transfer import HOME, Entry, Manifest, damaged, manifest_in, no_session
from luthier.tools.data.store import find_dataset, register
from luthier.tools.errors import LuthierError
from luthier.tools.facts import Facts
from luthier.tools.files import read_json, write_json
from luthier.tools.jobs.folder import read_job, read_spec
from luthier.tools.jobs.store import insert_job, share_job
from luthier.tools.language import _
from luthier.tools.workspace import Workspace

_IDENTITY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


async def import_session(workspace: Workspace, path: Path) -> SessionInfo:
    """Take a session in as a new one; jobs and data sets that are here already are not replaced.

    Raises:
        LuthierError: the file is none of ours, of a newer version, damaged, or does not fit the disk.
    """
    manifest, messages, facts, folder = await asyncio.to_thread(_unpack, workspace, path)
    made: list[Path] = []
    info: SessionInfo | None = None
    try:
        info = await asyncio.to_thread(_begin, workspace, manifest)
        await asyncio.to_thread(_take_in, workspace, manifest, info, folder, made)
        await write_conversation(workspace, info.id, messages, facts)
        settled = Facts.model_validate(facts)
        return await asyncio.to_thread(record, workspace, info.id, settled, messages)
    except BaseException:
        if info is not None:
            _undo(workspace, info.id, made)
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unpack(
    workspace: Workspace, path: Path
) -> tuple[Manifest, list[AnyMessage], dict[str, Any], Path]:
    """Everything checked and in a folder of its own beside the places it is meant for."""
    folder = Path(tempfile.mkdtemp(prefix=".import-", dir=workspace.home))
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = manifest_in(archive, path)
            _check_names(archive, manifest, path)
            _check_room(workspace, manifest, path)
            for name, entry in manifest.files.items():
                _extract(archive, name, entry, folder, path)
        home = json.dumps(str(workspace.home))[1:-1]
        lines = (folder / "messages.jsonl").read_text(encoding="utf-8").replace(HOME, home)
        messages = messages_from_dict([json.loads(line) for line in lines.splitlines()])
        text = (folder / "facts.json").read_text(encoding="utf-8").replace(HOME, home)
        facts = json.loads(text)
        Facts.model_validate(facts)
    except LuthierError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    except (OSError, zipfile.BadZipFile, ValueError, KeyError, TypeError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise no_session(path, error) from error
    return manifest, list(messages), facts, folder  # type: ignore[arg-type]


def _check_names(archive: zipfile.ZipFile, manifest: Manifest, path: Path) -> None:
    """Only what the manifest lists, and only in places where we would have put it."""
    for identity in (*manifest.jobs, *manifest.datasets):  # each becomes the name of a folder
        if not _IDENTITY.fullmatch(identity):
            raise damaged(
                path, _("It wants to write to a place where it may not: {name}", name=identity)
            )
    names = {one.filename for one in archive.infolist()} - {"manifest.json"}
    listed = set(manifest.files)
    if names != listed or not {"messages.jsonl", "facts.json"} <= listed:
        raise damaged(path, _("Its list of contents does not fit what it holds."))
    for name in listed:
        parts = PurePosixPath(name).parts
        plain = all(part not in ("", "..", ".") and "\\" not in part for part in parts)
        job = len(parts) > 2 and parts[0] == "jobs" and parts[1] in manifest.jobs
        data = len(parts) > 2 and parts[0] == "datasets" and parts[1] in manifest.datasets
        if not plain or name.startswith("/") or not (len(parts) == 1 or job or data):
            raise damaged(
                path, _("It wants to write to a place where it may not: {name}", name=name)
            )


def _check_room(workspace: Workspace, manifest: Manifest, path: Path) -> None:
    needed = sum(entry.bytes for entry in manifest.files.values())
    if needed > shutil.disk_usage(workspace.home).free:
        raise LuthierError(
            _("There is not enough room on the disk for this session."),
            remedy=_("Free some disk space and import it again. Nothing was changed."),
            place=str(path),
            code="transfer.no_room",
        )


def _extract(archive: zipfile.ZipFile, name: str, entry: Entry, folder: Path, path: Path) -> None:
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with archive.open(name) as source, target.open("wb") as written:
        while block := source.read(1 << 20):
            size += len(block)
            if size > entry.bytes:
                break
            digest.update(block)
            written.write(block)
    if size != entry.bytes or digest.hexdigest() != entry.sha256:
        raise damaged(path, _("{name} is not what was exported.", name=name))


def _begin(workspace: Workspace, manifest: Manifest) -> SessionInfo:
    title, named = manifest.session.title, manifest.session.named
    return create_session(workspace, title=title, named=named)


def _take_in(
    workspace: Workspace, manifest: Manifest, info: SessionInfo, folder: Path, made: list[Path]
) -> None:
    """Move what is not here yet to its place; what is here already becomes known to the session."""
    home = json.dumps(str(workspace.home))[1:-1]
    for dataset_id in manifest.datasets:
        place = workspace.datasets / dataset_id
        if not place.exists() and (folder / "datasets" / dataset_id).is_dir():
            made.append(place)
            (folder / "datasets" / dataset_id).rename(place)
            found = find_dataset(workspace, dataset_id)
            if found:
                register(workspace, found)
    note_datasets(workspace, info.id, manifest.datasets)
    for job_id in manifest.jobs:
        place, source = workspace.jobs / job_id, folder / "jobs" / job_id
        if place.exists():
            share_job(workspace, job_id, info.id)
        elif source.is_dir():
            for text in [*source.glob("*.json*"), *source.glob("output/*.json*")]:
                content = text.read_text(encoding="utf-8").replace(HOME, home)
                text.write_text(content, encoding="utf-8")
            _own(source, info.id)
            made.append(place)
            source.rename(place)
            insert_job(workspace, read_job(place))


def _own(folder: Path, session_id: str) -> None:
    """Let a job belong to the session it came with; its key must be no other session's."""
    spec = read_spec(folder)
    if spec.id != folder.name:
        raise damaged(folder, _("A job is not what its folder says."))
    key = f"{session_id}:{spec.idempotency_key}"
    changed = spec.model_copy(update={"session_id": session_id, "idempotency_key": key})
    write_json(folder / "spec.json", changed.model_dump(mode="json"))
    if read_json(folder / "status.json") is None:
        write_json(folder / "status.json", {"state": "lost"})


def _undo(workspace: Workspace, session_id: str, made: list[Path]) -> None:
    with sessions_database(workspace) as database:
        for place in made:
            table = "jobs" if place.parent == workspace.jobs else "datasets"
            database.table(table).delete_where("id = ?", [place.name])
    forget_session(workspace, session_id)
    for place in made:
        shutil.rmtree(place, ignore_errors=True)
