"""Make a data set: usable rows, without duplicates, split for good, written in one step.

The rows are first written to a folder beside the data sets in order of the source, then dealt to
the three sides, and the folder is renamed to the data set's id at the very end. Whatever goes
wrong before leaves nothing behind.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from luthier.tools.data.inspect import open_mapped, settle_mapping
from luthier.tools.data.model import DatasetInfo, Mapping, Problem, Row, Task
from luthier.tools.data.near_copies import MOST_PROMPTS, PromptIndex
from luthier.tools.data.readers.base import Source
from luthier.tools.data.source import changed_error, modified_at, refuse_changed
from luthier.tools.data.split import FEWEST, Item, Sizes, choose_sizes, sizes_from, split
from luthier.tools.data.store import INFO, SPLITS, find_dataset, register
from luthier.tools.data.survey import Survey, survey
from luthier.tools.errors import LuthierError
from luthier.tools.files import write_json
from luthier.tools.progress import Progress, silent
from luthier.tools.workspace import Workspace

_VERSION = 1  # of the rules that decide rows and splits; raise it when they change
_MOST_LABELS = 2000  # different answers beyond which the task cannot be labels

Fractions = tuple[float, float, float]


def prepare_dataset(
    workspace: Workspace,
    path: Path,
    mapping: Mapping | None,
    *,
    leave_out_unusable: bool,
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
    chosen, _ = settle_mapping(source, mapping)
    with _staging(workspace) as folder:
        rows = _Staged(folder / "rows.jsonl")
        with rows:
            found = survey(source, chosen, keep=rows.add, exclude=exclude, progress=progress)
        refuse_changed(source, modified)
        _refuse_unusable(found, source)
        _refuse_without_consent(found, leave_out_unusable, source)
        sizes = _sizes(found, fractions)
        dataset_id = _identity(source, chosen, sizes, seed, exclude)
        known = find_dataset(workspace, dataset_id)
        if known is None:
            info = _info(dataset_id, name, source, chosen, found, sizes, seed)
            info = info.model_copy(update={"exclude": tuple(sorted(exclude))})
            known = _finish(workspace, folder, rows, info, sizes, progress)
    register(workspace, known)
    return known


class _Staged:
    """Usable rows in order of the source on disk, with what the split has to know in memory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ids: list[str] = []
        self.prompts = PromptIndex()
        self._labels: dict[str, str] = {}  # one string each, however many rows bear it
        self._answers: list[str] = []
        self._stack = ExitStack()

    def __enter__(self) -> _Staged:
        self._stream = self._stack.enter_context(self.path.open("w", encoding="utf-8"))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def add(self, row: Row) -> None:
        self._stream.write(row.model_dump_json() + "\n")
        self.ids.append(row.id)
        spoken = (message.content for message in row.prompt if message.role != "system")
        self.prompts.add("\n".join(spoken))
        if len(self._labels) <= _MOST_LABELS:
            answer = row.completion[:64]
            self._answers.append(self._labels.setdefault(answer, answer))

    def items(self, task: Task, progress: Progress) -> list[Item]:
        """What the split needs to know of each row."""
        groups = self.prompts.groups(progress)
        strata = self._answers if task.kind == "labels" else [""] * len(self.ids)
        return [Item(*parts) for parts in zip(self.ids, groups, strata, strict=True)]


@contextmanager
def _staging(workspace: Workspace) -> Iterator[Path]:
    """A fresh folder beside the data sets that is gone afterwards unless it was renamed.

    Raises:
        LuthierError: instead of any OSError while writing.
    """
    folder = workspace.datasets / f".preparing-{os.getpid()}-{os.urandom(4).hex()}"
    try:
        folder.mkdir(parents=True)
        yield folder
    except OSError as error:
        raise _cannot_write(workspace, error) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _finish(
    workspace: Workspace,
    folder: Path,
    rows: _Staged,
    info: DatasetInfo,
    sizes: Sizes,
    progress: Progress,
) -> DatasetInfo:
    items = rows.items(info.task, progress)
    sides = split(items, sizes, info.seed)
    with ExitStack() as stack:
        streams = {
            side: stack.enter_context((folder / f"{side}.jsonl").open("w", encoding="utf-8"))
            for side in SPLITS
        }
        with rows.path.open(encoding="utf-8") as stream:
            for number, (line, side) in enumerate(zip(stream, sides, strict=True)):
                streams[side].write(line)
                if number % 5000 == 0:
                    progress("Writing the splits", number, len(sides))
        for out in streams.values():
            out.flush()
            os.fsync(out.fileno())
    rows.path.unlink()
    counts = {side: sides.count(side) for side in SPLITS}
    info = info.model_copy(
        update=counts
        | {"near_duplicates": _in_groups(items), "problems": info.problems + _split_notes(rows)}
    )
    write_json(folder / INFO, info.model_dump(mode="json"))
    target = workspace.datasets / info.id
    if target.exists():  # incomplete, or written meanwhile by another process
        shutil.rmtree(target, ignore_errors=True)
    os.replace(folder, target)
    progress("Writing the splits", len(sides), len(sides))
    return info


def _in_groups(items: list[Item]) -> int:
    sizes: dict[int, int] = {}
    for item in items:
        sizes[item.group] = sizes.get(item.group, 0) + 1
    return sum(size for size in sizes.values() if size > 1)


def _split_notes(rows: _Staged) -> tuple[Problem, ...]:
    if rows.prompts.is_complete:
        return ()
    return (
        Problem(
            code="near_copies_not_compared",
            severity="info",
            message=f"Above {MOST_PROMPTS:,} rows, only questions that are equal but for case and "
            "punctuation are kept on one side; looser copies are not looked for.",
            count=len(rows.ids),
        ),
    )


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
        split_reason=sizes.reason,
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
    source: Source, mapping: Mapping, sizes: Sizes, seed: int, exclude: tuple[str, ...]
) -> str:
    """16 hex digits of everything that decides rows and splits."""
    parts = {
        "version": _VERSION,
        "source": source.sha256,
        "mapping": mapping.model_dump(mode="json", exclude={"reason", "confident"}),
        "format": source.recognition.format,
        "validation": sizes.validation,
        "test": sizes.test,
        "seed": seed,
        "exclude": sorted(exclude),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _refuse_unusable(found: Survey, source: Source) -> None:
    """Say why, where no row or only one row in many copies is left."""
    if found.usable == 0:
        worst = found.problems[0]
        raise LuthierError(
            f"None of the {found.rows_in} rows can be used."
            if found.rows_in > 1
            else "The only row cannot be used.",
            why=f"Most often: {worst.message}",
            remedy=worst.remedy or "Check that the right columns are mapped.",
            place=f"{source.path.name}, line {worst.lines[0] if worst.lines else 1}",
            code="data.no_usable_rows",
        )
    if found.usable == 1 and found.duplicates:
        raise LuthierError(
            f"All {found.duplicates + 1} usable rows are the same.",
            why="One row repeated can neither teach nor test anything.",
            remedy="Check that the export is right, and that the right columns are mapped.",
            place=source.path.name,
            code="data.all_identical",
        )


def _refuse_without_consent(found: Survey, consent: bool, source: Source) -> None:
    if not found.left_out or consent:
        return
    worst = next(problem for problem in found.problems if problem.leaves_out)
    places = ", ".join(map(str, worst.lines[:5]))
    raise LuthierError(
        f"{found.left_out} of {found.rows_in} rows cannot be used.",
        why=f"Most often: {worst.message} ({worst.count}, for instance line {places})",
        remedy="Agree to leave them out, or mend the file and have it inspected again.",
        place=source.path.name,
        code="data.consent_needed",
    )


def _cannot_write(workspace: Workspace, error: OSError) -> LuthierError:
    import errno

    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        what = "The disk is full, so the data set could not be written."
        remedy = "Free some space and prepare it again. Nothing half-written was left behind."
        code = "data.disk_full"
    else:
        what = "The data set could not be written."
        remedy = (
            "Check that you may write to this folder, or set LUTHIER_HOME to one where you may. "
            "Nothing half-written was left behind."
        )
        code = "data.cannot_write"
    return LuthierError(
        what,
        why=f"The system says: {error.strerror or error}.",
        remedy=remedy,
        place=str(workspace.datasets),
        code=code,
    )
