"""Remedies applied and taken back: each time a new look at the file, under a longer or shorter recipe."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from luthier.tools.data.exports.turns import openai_turns
from luthier.tools.data.exports.write import cannot_write
from luthier.tools.data.inspect import LOOK_CLOSELY, inspect_file, open_mapped
from luthier.tools.data.model import Inspection, Mapping, Row
from luthier.tools.data.paths import unreadable_error
from luthier.tools.data.readers.base import Record, Source
from luthier.tools.data.remedies.mender import mender_for
from luthier.tools.data.remedies.privacy import Pseudonyms
from luthier.tools.data.remedies.registry import is_automatic, offered, remedy_of
from luthier.tools.data.source import changed_error
from luthier.tools.data.survey import survey
from luthier.tools.data.versions import (
    DataVersion,
    keep_version,
    load_version,
    parent_of,
    version_id,
)
from luthier.tools.draft_folder import DraftFolder
from luthier.tools.errors import LuthierError
from luthier.tools.language import _
from luthier.tools.progress import Progress, silent
from luthier.tools.workspace import Workspace

_MOST_ROUNDS = 3  # mending one thing can bring another to light, such as an empty turn


def mend(
    workspace: Workspace,
    before: Inspection,
    remedies: Sequence[str],
    *,
    closely: int = LOOK_CLOSELY,
    progress: Progress = silent,
) -> Inspection:
    """The file looked at again with these remedies applied on top; kept as a version of its own.

    Nothing is kept before the end, so that stopping leaves nothing.

    Raises:
        LuthierError: a remedy is unknown, the file changed, or what ``inspect_file`` raises.
    """
    after = _mended(before, remedies, closely, progress)
    return _keep(workspace, before, after)


def mend_all(
    workspace: Workspace,
    before: Inspection,
    *,
    also: Sequence[str] = (),
    closely: int = LOOK_CLOSELY,
    progress: Progress = silent,
) -> Inspection:
    """Everything mended that can be without a decision of the user's, and by ``also``; in one version.

    Raises:
        LuthierError: ``data.nothing_to_mend``; otherwise as for :func:`mend`.
    """
    after = _mended(before, [*also, *automatic(before)], closely, progress)
    for _round in range(_MOST_ROUNDS):
        more = automatic(after)
        if not more:
            break
        after = _mended(after, more, closely, progress)
    return _keep(workspace, before, after)


def _mended(
    before: Inspection, remedies: Sequence[str], closely: int, progress: Progress
) -> Inspection:
    """Looked at again with these remedies on top of those applied so far."""
    fresh = [name for name in dict.fromkeys(remedies) if name not in before.mapping.remedies]
    for name in fresh:
        remedy_of(name)
    if not fresh:
        raise LuthierError(
            _("Nothing was mended: no remedy was named that is not applied already."),
            remedy=_("Have the data checked to see which remedies there are."),
            code="data.nothing_to_mend",
        )
    mapping = before.mapping.model_copy(update={"remedies": (*before.mapping.remedies, *fresh)})
    return look_again(before, mapping, closely=closely, progress=progress)


def _keep(workspace: Workspace, before: Inspection, after: Inspection) -> Inspection:
    """Store the version that was mended under the one before."""
    parent = keep_version(workspace, before)
    keep_version(workspace, after, parent.id)
    fresh = after.mapping.remedies[len(before.mapping.remedies) :]
    if any(name.startswith("pseudonymise") for name in fresh):
        _keep_pseudonyms(workspace, after)
    return after


def automatic(inspection: Inspection) -> list[str]:
    """Remedies that "mend all" would apply now."""
    return list(filter(is_automatic, offered(inspection.problems, inspection.mapping.remedies)))


def undo(
    workspace: Workspace, inspection: Inspection, *, progress: Progress = silent
) -> Inspection:
    """The file as it was before the last remedies.

    Raises:
        LuthierError: ``data.nothing_to_undo``, or the file changed.
    """
    now = version_id(inspection.sha256, inspection.mapping)
    before = parent_of(workspace, now)
    return look_again(inspection, before.mapping, progress=progress)


def look_again(
    known: Inspection,
    mapping: Mapping,
    *,
    closely: int = LOOK_CLOSELY,
    progress: Progress = silent,
) -> Inspection:
    """The same file under another mapping.

    Raises:
        LuthierError: the file is no longer what it was.
    """
    found = inspect_file(Path(known.path), mapping=mapping, closely=closely, progress=progress)
    if found.sha256 != known.sha256:
        raise changed_error(Path(known.path))
    return found


def look_at_version(workspace: Workspace, version: str) -> tuple[DataVersion, Inspection]:
    """A stored version and the file under it.

    Raises:
        LuthierError: there is no such version, or the file changed.
    """
    stored = load_version(workspace, version)
    found = inspect_file(Path(stored.report.path), mapping=stored.mapping)
    if found.sha256 != stored.report.sha256:
        raise changed_error(Path(stored.report.path))
    return stored, found


def write_messages(inspection: Inspection, path: Path, progress: Progress = silent) -> int:
    """Write the usable rows, each once, as OpenAI messages; how many there were.

    The file gets its name when it is whole, so that stopping leaves nothing.

    Raises:
        LuthierError: the file changed, ``path`` exists already, or it cannot be written.
    """
    if path.exists():
        raise _exists(path)
    source = open_mapped(Path(inspection.path), inspection.mapping, None, silent)
    if source.sha256 != inspection.sha256:
        raise changed_error(source.path)
    try:
        with DraftFolder(path.parent, ".mending-") as folder:
            draft = folder / path.name
            with draft.open("x", encoding="utf-8") as stream:
                count = _write_rows(stream, path, source, inspection.mapping, progress)
            _give_name(draft, path)
    except OSError as error:
        raise cannot_write(path, error) from error
    return count


def _give_name(draft: Path, path: Path) -> None:
    """Let the finished file be called ``path``, unless there is one of that name by now."""
    try:
        os.link(draft, path)
    except FileExistsError:
        raise _exists(path) from None
    except OSError:  # a disk without hard links: the name is taken first
        try:
            path.touch(exist_ok=False)
        except FileExistsError:
            raise _exists(path) from None
        draft.replace(path)


def _exists(path: Path) -> LuthierError:
    return LuthierError(
        _("There is a file of that name already; nothing was written."),
        remedy=_("Choose another name."),
        place=str(path),
        code="data.exists",
    )


def _write_rows(
    stream: IO[str], path: Path, source: Source, mapping: Mapping, progress: Progress
) -> int:
    """Write the rows that will be called ``path``; how many there were."""
    count = 0

    def keep(row: Row, _record: Record) -> None:
        nonlocal count
        count += 1
        line = {"messages": openai_turns(row.messages)}
        try:
            stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        except OSError as error:
            raise cannot_write(path, error) from error

    try:
        survey(source, mapping, keep=keep, progress=progress)
    except OSError as error:
        raise unreadable_error(source.path, error) from error
    return count


def pseudonyms_path(workspace: Workspace, version: str) -> Path:
    """Where the table of a version's pseudonyms is kept: in the home, apart from all data sets."""
    return workspace.home / "private" / f"pseudonyms-{version}.json"


def _keep_pseudonyms(workspace: Workspace, inspection: Inspection) -> None:
    source = open_mapped(Path(inspection.path), inspection.mapping, None, silent)
    learned = mender_for(source, inspection.mapping).function_of("pseudonymise")
    if not isinstance(learned, Pseudonyms):
        return
    path = pseudonyms_path(workspace, version_id(inspection.sha256, inspection.mapping))
    path.parent.mkdir(mode=0o700, exist_ok=True)
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(opened, "w", encoding="utf-8") as stream:
        json.dump(learned.table, stream, ensure_ascii=False, indent=1)
