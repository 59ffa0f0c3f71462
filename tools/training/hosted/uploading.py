"""Sending the rows: each file once, whatever was killed or cut off on the way."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import Literal

import openai

from luthier.tools.data.model import SplitName
from luthier.tools.data.store import load_rows
from luthier.tools.endpoints.failures import explain
from luthier.tools.errors import LuthierError
from luthier.tools.jobs.context import JobContext
from luthier.tools.language import _
from luthier.tools.training.hosted.api import Api, RemoteFile
from luthier.tools.training.hosted.lines import encoded
from luthier.tools.training.hosted.record import Record, Upload
from luthier.tools.training.hosted.site import Site
from luthier.tools.training.hosted.words import FILE_ERROR, bad_file
from luthier.tools.training.plan import Plan

Role = Literal["training", "validation"]
SPLITS: dict[Role, SplitName] = {"training": "train", "validation": "validation"}
PROCESSING_SECONDS = 30 * 60
TRIES = 4


def write_files(context: JobContext, plan: Plan, site: Site) -> dict[Role, Path]:
    """The files as they will be sent, in the job's folder; a split without rows has none."""
    written: dict[Role, Path] = {}
    for role, split in SPLITS.items():
        rows = load_rows(context.workspace, plan.data.dataset_id, split)
        if not rows:
            continue
        path = context.output / f"{role}.jsonl"
        content = b"".join(encoded(rows, plan.hosted, byte_order_mark=site.byte_order_mark))
        if not path.is_file() or path.read_bytes() != content:
            path.write_bytes(content)
        written[role] = path
    return written


def upload(
    context: JobContext, record: Record, api: Api, site: Site, path: Path, role: Role
) -> str:
    """The id of the file at the provider, which has processed it.

    Raises:
        LuthierError: it cannot be sent, or the provider could not process it.
        JobStopped: a stop was asked for.
    """
    found: Upload | None = getattr(record, role)
    if found is None:
        found = Upload(
            name=f"luthier-{context.spec.id}-{role}.jsonl",
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            bytes=path.stat().st_size,
        )
        setattr(record, role, found)
        record.save(context.output)
        began_before = False
    else:
        began_before = not found.id
    if not found.id:
        found.id = _send(context, api, site, path, found, look_first=began_before)
        record.save(context.output)
    if not found.processed:
        try:
            _await_processing(context, api, site, found)
        except LuthierError as error:
            if error.code == FILE_ERROR:
                setattr(record, role, None)  # the next attempt sends it anew
                record.save(context.output)
            raise
        found.processed = True
        record.save(context.output)
    return found.id


def _send(
    context: JobContext, api: Api, site: Site, path: Path, wanted: Upload, *, look_first: bool
) -> str:
    """Send it; after each failure that may have come too late, look whether it has arrived."""
    label = _("Sending the rows to {label}", label=site.label)
    context.progress(label, 0, 0)
    for attempt in range(TRIES):
        context.honour_stop()
        if look_first and (there := _arrived(api, wanted)):
            return there.id
        try:
            return api.upload(path, wanted.name).id
        except openai.APIError as error:
            if not site.is_passing(error) or attempt == TRIES - 1:
                raise explain(error, site.endpoint, site.secret) from None
            site.wait(context, error, attempt)
            look_first = True
    raise AssertionError("unreachable")


def _arrived(api: Api, wanted: Upload) -> RemoteFile | None:
    """A file of this name and size that is there already."""
    return next(
        (one for one in api.files() if one.name == wanted.name and one.bytes == wanted.bytes), None
    )


def _await_processing(context: JobContext, api: Api, site: Site, wanted: Upload) -> None:
    began, pause = time.monotonic(), 0.2
    while time.monotonic() - began < PROCESSING_SECONDS:
        there = _look(api, site, wanted)
        if there.status == "error":
            raise bad_file(wanted.name, there.details, site.label)
        if there.status != "uploaded" and there.status not in ("pending", "running"):
            return
        context.honour_stop()
        time.sleep(pause)
        pause = min(pause * 1.5, 5.0)
    raise LuthierError(
        _("{label} has not processed the file in half an hour.", label=site.label),
        remedy=_("Resume later: it goes on from there."),
        place=wanted.id,
        code="hosted.file_slow",
    )


def _look(api: Api, site: Site, wanted: Upload) -> RemoteFile:
    try:
        return api.file(wanted.id)
    except openai.APIError as error:
        raise explain(error, site.endpoint, site.secret) from None
