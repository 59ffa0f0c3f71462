"""Make a data set: usable rows, without duplicates, split for good, written in one step.

The rows are first written to a folder beside the data sets in order of the source, then dealt to
the three sides, and the folder is renamed to the data set's id at the very end. Whatever goes
wrong before leaves nothing behind.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from luthier.tools.data.encodings import PIECE
from luthier.tools.data.inspect import open_mapped, settle_mapping
from luthier.tools.data.model import DatasetInfo, Mapping, Row, SplitChoice, SplitName
from luthier.tools.data.readers.base import Source
from luthier.tools.data.refusals import refuse_unusable, refuse_without_consent
from luthier.tools.data.source import changed_error, modified_at, refuse_changed
from luthier.tools.data.split import (
    FEWEST,
    SIDES,
    Sizes,
    choose_sizes,
    size_missed,
    sizes_from,
    split,
)
from luthier.tools.data.split_choice import (
    propose_split,
    sample_records,
    settle_split,
    split_for,
)
from luthier.tools.data.split_notes import in_groups, split_notes
from luthier.tools.data.staging import StagedRows, staging
from luthier.tools.data.store import INFO, find_intact, register
from luthier.tools.data.survey import Survey, survey
from luthier.tools.data.unwanted import UnwantedRows, question_of
from luthier.tools.files import write_json
from luthier.tools.language import _
from luthier.tools.progress import Progress, silent
from luthier.tools.workspace import Workspace

_AT_ONCE = 5000  # rows written between two words on how far it is
_VERSION = 1  # of the rules that decide rows and splits; raise it when they change

_FIRST_FIELDS = frozenset(
    ["prompt", "completion", "messages", "system", "join", "only_where", "file_format", "header"]
)

Fractions = tuple[float, float, float]


def prepare_dataset(
    workspace: Workspace,
    path: Path,
    mapping: Mapping | None,
    *,
    leave_out_unusable: bool,
    choice: SplitChoice | None = None,
    fractions: Fractions | None = None,
    seed: int = 13,
    name: str = "",
    expected_sha256: str = "",
    exclude: tuple[str, ...] = (),
    progress: Progress = silent,
) -> DatasetInfo:
    """Write the data set and register it; the same inputs give the same id and no second copy.

    Args:
        workspace: where data sets live.
        path: the source file.
        mapping: as shown and agreed; None takes the proposal.
        leave_out_unusable: the user's consent to leave out rows that cannot be used.
        choice: how rows are dealt to the sides; None takes the proposal.
        fractions: shares of train, validation and test; None chooses them from the rows.
        seed: of the split.
        name: what to call the data set; the file's name otherwise.
        expected_sha256: what the file was when the user looked at it; "" does not check.
        exclude: ids of rows that the user set aside, such as those too long for the model.
        progress: told how far it is.

    Raises:
        LuthierError: ``data.consent_needed`` where rows are unusable and consent is missing;
            ``data.changed``; ``data.too_few_rows``; disk full or not writable; all that
            ``inspect_file`` raises. Nothing is left half-written.
    """
    source = open_mapped(path, mapping, None, progress)
    modified = modified_at(source.path)
    if expected_sha256 and source.sha256 != expected_sha256:
        raise changed_error(source.path)
    chosen, _columns = settle_mapping(source, mapping)
    sample = sample_records(source)
    wanted = choice or propose_split(sample, chosen) or SplitChoice()
    by, times = settle_split(wanted, sample, chosen)
    with staging(workspace) as folder:
        rows = StagedRows(folder / "rows.jsonl", by, times)
        unwanted = UnwantedRows()
        with rows:
            found = survey(
                source,
                chosen,
                keep=rows.add,
                keep_unwanted=unwanted.add,
                exclude=exclude,
                progress=progress,
            )
        refuse_changed(source, modified)
        refuse_unusable(found, source)
        refuse_without_consent(found, leave_out_unusable, source)
        sizes = _sizes(found, fractions)
        if by.method == "stratified":
            by = split_for(found.task, sample, chosen)
        dataset_id = _identity(source, chosen, sizes, by, found, seed, exclude, len(unwanted))
        known = find_intact(workspace, dataset_id)
        if known is None:
            info = _info(dataset_id, name, source, chosen, found, sizes, seed)
            info = info.model_copy(update={"exclude": tuple(sorted(exclude)), "split": by})
            return _finish(workspace, folder, rows, unwanted, info, sizes, progress)
    register(workspace, known)
    return known


def _finish(
    workspace: Workspace,
    folder: Path,
    rows: StagedRows,
    unwanted: UnwantedRows,
    info: DatasetInfo,
    sizes: Sizes,
    progress: Progress,
) -> DatasetInfo:
    items = rows.items(info.task, info.split, sizes.test + sizes.validation, progress)
    sides = split(items, sizes, info.seed, large_groups=info.split.method == "group")
    with ExitStack() as stack:
        streams = [stack.enter_context((folder / f"{side}.jsonl").open("wb")) for side in SIDES]
        with rows.path.open("rb") as stream:
            for start, end, side in _runs(sides):
                _copy(stream, streams[side], sum(rows.lengths[start:end]))
                if end % _AT_ONCE == 0:
                    progress(_("Writing the splits"), end, len(sides))
        for out in streams:
            out.flush()
            os.fsync(out.fileno())
    rows.path.unlink()
    counts = {side: int((sides == code).sum()) for code, side in enumerate(SIDES)}
    missed = counts["test"] != sizes.test
    info = info.model_copy(
        update=counts
        | {
            "split_reason": size_missed(counts["test"], sizes.test) if missed else sizes.reason,
            "near_duplicates": in_groups(rows.near),
            "problems": info.problems + split_notes(rows, info.split, sides),
        }
    )
    if len(unwanted):
        dealt = unwanted.write(folder, _held_out(folder), info.fractions)
        info = info.model_copy(update={"unwanted": dealt})
    write_json(folder / INFO, info.model_dump(mode="json"))
    progress(_("Writing the splits"), len(sides), len(sides))
    meanwhile = find_intact(workspace, info.id)
    if meanwhile is not None:  # another process was faster
        register(workspace, meanwhile)
        return meanwhile
    target = workspace.datasets / info.id
    shutil.rmtree(target, ignore_errors=True)  # incomplete or damaged
    try:
        os.replace(folder, target)
        register(workspace, info)
    except BaseException:  # stopped between the two: it was never there
        shutil.rmtree(target, ignore_errors=True)
        raise
    return info


def _runs(sides: NDArray[np.uint8]) -> Iterator[tuple[int, int, int]]:
    """Rows next to one another that go to the same side, a few thousand at most: start, end, side."""
    changes = np.flatnonzero(np.diff(sides)) + 1
    starts = np.union1d(changes, np.arange(0, len(sides), _AT_ONCE))
    ends = [*starts[1:].tolist(), len(sides)]
    yield from zip(starts.tolist(), ends, sides[starts].tolist(), strict=True)


def _copy(stream: IO[bytes], out: IO[bytes], length: int) -> None:
    """Copy ``length`` bytes from where the stream stands."""
    while length:
        piece = stream.read(min(length, PIECE))
        if not piece:
            raise OSError(errno.EIO, os.strerror(errno.EIO))  # the disk lost what was written
        length -= out.write(piece)


def _held_out(folder: Path) -> dict[SplitName, Sequence[str]]:
    """The questions that no training may see, by side."""
    questions: dict[SplitName, Sequence[str]] = {}
    for side in SIDES[1:]:
        with (folder / f"{side}.jsonl").open(encoding="utf-8") as stream:
            questions[side] = [question_of(Row.model_validate_json(line)) for line in stream]
    return questions


def _sizes(found: Survey, fractions: Fractions | None) -> Sizes:
    if found.usable < FEWEST:
        return Sizes(1, 1, "")  # the split refuses in plain words
    if fractions is None:
        return choose_sizes(found.usable, len(found.task.labels))
    return sizes_from(fractions, found.usable)


def _info(
    dataset_id: str,
    name: str,
    source: Source,
    mapping: Mapping,
    found: Survey,
    sizes: Sizes,
    seed: int,
) -> DatasetInfo:
    rows = max(1, found.usable)
    validation, test = sizes.validation / rows, sizes.test / rows
    return DatasetInfo(
        id=dataset_id,
        name=name or source.path.stem,
        source_path=str(source.path),
        source_sha256=source.sha256,
        mapping=mapping,
        task=found.task,
        seed=seed,
        fractions=(1 - validation - test, validation, test),
        rows_in=found.rows_in,
        left_out=found.left_out,
        duplicates=found.duplicates,
        train=0,
        validation=0,
        test=0,
        problems=found.problems,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _identity(
    source: Source,
    mapping: Mapping,
    sizes: Sizes,
    by: SplitChoice,
    found: Survey,
    seed: int,
    exclude: tuple[str, ...],
    unwanted: int,
) -> str:
    """16 hex digits of everything that decides rows and splits."""
    parts = {
        "version": _VERSION,
        "source": source.sha256,
        "mapping": _decides(mapping),
        "format": source.recognition.format,
        "validation": sizes.validation,
        "test": sizes.test,
        "seed": seed,
        "exclude": sorted(exclude),
    }
    if unwanted:
        parts["unwanted"] = unwanted
    if by.column or (by.method == "random" and found.task.kind == "labels"):
        parts["split"] = [by.method, by.column]  # left out where it changes nothing
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _decides(mapping: Mapping) -> dict[str, Any]:
    """What the mapping says about the rows; a field added later counts only where it says something."""
    said = mapping.model_dump(mode="json", exclude={"reason", "confident", "layout", "asked"})
    more = mapping.model_dump(mode="json", exclude_defaults=True)
    return {name: value for name, value in said.items() if name in _FIRST_FIELDS or name in more}
