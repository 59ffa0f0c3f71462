"""Take a data set to another program: its files in a folder, every row written or accounted for.

The files are written beside their places and moved there at the end, so that stopping leaves nothing.
"""

from __future__ import annotations

import errno
import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from luthier.tools.data.exports.base import Export, Kind, Shape, Unfit
from luthier.tools.data.exports.registry import export_for
from luthier.tools.data.model import DatasetInfo, Row, SplitName
from luthier.tools.data.store import SPLITS, iterate_rows, load_dataset, load_unwanted
from luthier.tools.draft_folder import DraftFolder
from luthier.tools.errors import LuthierError
from luthier.tools.language import _
from luthier.tools.progress import Progress, silent
from luthier.tools.workspace import Workspace

_EVERY = 1000  # rows between two words on progress


class ExportedFile(BaseModel):
    """One file that was written, with its rows (None: it holds settings)."""

    model_config = ConfigDict(frozen=True)

    path: str
    rows: int | None = None


class ExportReport(BaseModel):
    """What an export left behind: every row of the data set is written or in ``left_out``."""

    model_config = ConfigDict(frozen=True)

    dataset_id: str
    format: str
    title: str
    folder: str
    files: tuple[ExportedFile, ...]
    rows: int = Field(description="rows of the data set")
    written: int
    left_out: dict[str, int] = Field(description="reason to number of rows")
    notes: tuple[str, ...] = ()


def export_dataset(
    workspace: Workspace,
    dataset_id: str,
    format_name: str,
    folder: Path,
    *,
    overwrite: bool = False,
    progress: Progress = silent,
) -> ExportReport:
    """Write the data set into ``folder`` as the program behind ``format_name`` reads it.

    Entries of a ``dataset_info.json`` that is there already are kept. Answers that are marked as not
    wanted go to programs that learn from them; for others they are left out and counted.

    Raises:
        LuthierError: ``export.unknown_format``, ``export.nothing`` where no row fits,
            ``export.exists`` where a file would be replaced without ``overwrite``,
            ``export.cannot_write``; all of ``load_dataset``.
    """
    export = export_for(format_name)
    info = load_dataset(workspace, dataset_id)
    shape = _shape(workspace, info, export, progress)
    counts: dict[SplitName, int] = {}
    left_out: Counter[str] = Counter()
    with _staged(folder) as staged:
        for split in SPLITS:
            path = staged / export.file_name(split, shape)
            rows = _rows(workspace, info, split)
            counts[split] = _write(path, rows, export, shape, left_out, progress)
        if not sum(counts.values()):
            raise _nothing(export, left_out)
        for split in SPLITS:
            if not counts[split]:
                (staged / export.file_name(split, shape)).unlink()
        for name, text in export.extras(shape, counts).items():
            merged = _merged(folder / name, text) if name in export.merged else text
            (staged / name).write_text(merged, encoding="utf-8")
        names = sorted(path.name for path in staged.iterdir())
        if not overwrite:
            _refuse_existing(folder, [name for name in names if name not in export.merged])
        for name in names:
            os.replace(staged / name, folder / name)
    rows_in = {export.file_name(split, shape): count for split, count in counts.items()}
    return ExportReport(
        dataset_id=info.id,
        format=export.name,
        title=export.title,
        folder=str(folder),
        files=tuple(ExportedFile(path=str(folder / n), rows=rows_in.get(n)) for n in names),
        rows=_total(info),
        written=sum(counts.values()),
        left_out=dict(left_out.most_common()),
        notes=export.notes(shape, counts),
    )


def _rows(workspace: Workspace, info: DatasetInfo, split: SplitName) -> Iterator[Row]:
    """The rows of a side, then its unwanted answers, which are kept apart."""
    yield from iterate_rows(workspace, info.id, split)
    yield from load_unwanted(workspace, info.id, split)


def _total(info: DatasetInfo) -> int:
    return info.train + info.validation + info.test + sum(info.unwanted)


def _shape(workspace: Workspace, info: DatasetInfo, export: Export, progress: Progress) -> Shape:
    """Look at every row once: what all of them hold, and what they are for."""
    total = _total(info)
    pairs = judged = unwanted = number = 0
    has_system = has_tools = has_unlearned = False
    for split in SPLITS:
        for row in _rows(workspace, info, split):
            number += 1
            pairs += bool(row.rejected)
            judged += row.label is not None
            unwanted += row.label is False
            has_system |= any(message.role == "system" for message in row.messages)
            has_tools |= any(message.tools for message in row.messages)
            has_unlearned |= any(
                message.weight == 0 for message in row.messages if message.role == "assistant"
            )
            if number % _EVERY == 0:
                progress(_("Looking at the rows"), number, total)
    kind: Kind = "conversation"
    if pairs == total:
        kind = "preference"
    elif judged == total and unwanted and "judged" in export.kinds:
        kind = "judged"
    name = re.sub(r"\W+", "_", info.name).strip("_").lower() or "rows"
    return Shape(name, kind, has_system, has_tools, has_unlearned)


def _write(
    path: Path,
    rows: Iterator[Row],
    export: Export,
    shape: Shape,
    left_out: Counter[str],
    progress: Progress,
) -> int:
    """Write the rows that fit: lines, or a JSON list where the name says so; how many they are."""
    listed = path.suffix == ".json"
    written = 0
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write("[\n" if listed else "")
        for row in rows:
            try:
                line = export.line(row, shape)
            except Unfit as reason:
                left_out[str(reason)] += 1
                continue
            stream.write(",\n" if listed and written else "")
            stream.write(json.dumps(line, ensure_ascii=False))
            stream.write("" if listed else "\n")
            written += 1
            if written % _EVERY == 0:
                progress(_("Writing {file}", file=path.name), written, 0)
        stream.write("\n]\n" if listed else "")
    return written


@contextmanager
def _staged(folder: Path) -> Iterator[Path]:
    """A folder inside ``folder`` that is gone afterwards; ``folder`` too, if it was made for this."""
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with DraftFolder(folder, ".exporting-") as staged:
            yield staged
    except OSError as error:
        raise cannot_write(folder, error) from error
    finally:
        for path in made:
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()


def _merged(path: Path, text: str) -> str:
    """The entries of ``text`` added to those of the JSON object in ``path``."""
    try:
        old = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return text
    except ValueError as error:
        raise _not_mergeable(path) from error
    if not isinstance(old, dict):
        raise _not_mergeable(path)
    return json.dumps(old | json.loads(text), ensure_ascii=False, indent=2) + "\n"


def _refuse_existing(folder: Path, names: list[str]) -> None:
    there = [name for name in names if (folder / name).exists()]
    if there:
        raise LuthierError(
            _("There are files of that name already: {files}.", files=", ".join(there)),
            remedy=_("Choose another folder, or agree to replace them (--overwrite)."),
            place=str(folder),
            code="export.exists",
        )


def _not_mergeable(path: Path) -> LuthierError:
    return LuthierError(
        _("{file} is there already and cannot be read.", file=path.name),
        why=_("The entry for this data set belongs into it, and its other entries must stay."),
        remedy=_("Mend or remove it, or choose another folder."),
        place=str(path),
        code="export.cannot_merge",
    )


def _nothing(export: Export, left_out: Counter[str]) -> LuthierError:
    reason, count = left_out.most_common(1)[0]
    return LuthierError(
        _("Not one row can be written for {format}.", format=export.title),
        why=_("Most often ({rows} rows): {reason}.", rows=count, reason=reason),
        remedy=_("Choose another format."),
        code="export.nothing",
    )


def cannot_write(place: Path, error: OSError) -> LuthierError:
    """The error for a file or folder that the system would not let us write."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return LuthierError(
        _("The files could not be written."),
        why=_("The system says: {error}.", error=error.strerror or error),
        remedy=_("Free some space and try again.")
        if full
        else _("Choose a folder in which you may write."),
        place=str(place),
        code="export.cannot_write",
    )
