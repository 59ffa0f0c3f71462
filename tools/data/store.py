"""Prepared data sets on disk: one folder each, named by content, found through the database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from luthier.tools.data.model import DatasetInfo, Row, SplitName
from luthier.tools.data.unwanted import unwanted_path
from luthier.tools.database import writing
from luthier.tools.errors import LuthierError
from luthier.tools.files import read_json
from luthier.tools.language import _
from luthier.tools.workspace import Workspace

INFO = "info.json"
SPLITS: tuple[SplitName, ...] = ("train", "validation", "test")


def load_dataset(workspace: Workspace, dataset_id: str) -> DatasetInfo:
    """What is known about a prepared data set.

    Raises:
        LuthierError: there is none of that id, or its files are gone or damaged.
    """
    info = find_dataset(workspace, dataset_id)
    if info is None:
        raise LuthierError(
            _("This data set is not here any more."),
            why=_("Its folder was deleted or moved, or it was prepared in another home folder."),
            remedy=_("Prepare it again from its file: the same file gives the same data set."),
            place=dataset_id,
            code="data.dataset_missing",
        )
    return info


def load_rows(workspace: Workspace, dataset_id: str, split: SplitName) -> list[Row]:
    """The rows of one side, in their fixed order.

    Raises:
        LuthierError: as for :func:`load_dataset`.
    """
    return list(iterate_rows(workspace, dataset_id, split))


def load_unwanted(workspace: Workspace, dataset_id: str, split: SplitName) -> list[Row]:
    """The answers of one side that are marked as not wanted; only for methods that learn from them.

    Raises:
        LuthierError: as for :func:`load_dataset`.
    """
    info = load_dataset(workspace, dataset_id)
    if not info.unwanted[SPLITS.index(split)]:
        return []
    path = unwanted_path(workspace.datasets / dataset_id, split)
    try:
        with path.open(encoding="utf-8") as stream:
            return [Row.model_validate_json(line) for line in stream]
    except (OSError, ValidationError, UnicodeDecodeError) as error:
        raise _damaged(path, 0) from error


def iterate_rows(workspace: Workspace, dataset_id: str, split: SplitName) -> Iterator[Row]:
    """The rows of one side, one at a time.

    Raises:
        LuthierError: as for :func:`load_dataset`.
    """
    info = load_dataset(workspace, dataset_id)
    path = workspace.datasets / dataset_id / f"{split}.jsonl"
    count = 0
    try:
        with path.open(encoding="utf-8") as stream:
            for line in stream:
                count += 1
                yield Row.model_validate_json(line)
    except (OSError, ValidationError, UnicodeDecodeError) as error:
        raise _damaged(path, count) from error
    if count != getattr(info, split):
        raise _damaged(path, count)


def list_datasets(workspace: Workspace) -> list[DatasetInfo]:
    """Every prepared data set whose files are there, newest first."""
    with workspace.database() as database:
        found = [
            row["id"]
            for row in database.query("select id from datasets order by created_at desc, id")
        ]
    infos = (find_dataset(workspace, dataset_id) for dataset_id in found)
    return [info for info in infos if info is not None]


def named_dataset(workspace: Workspace, text: str) -> DatasetInfo:
    """The data set that ``text`` means: an id or its beginning, a name, or "" for the newest.

    Raises:
        LuthierError: none or several fit.
    """
    known = list_datasets(workspace)
    if not text and known:
        return known[0]
    wanted = text.casefold()
    named = [info for info in known if info.name.casefold() == wanted]
    fitting = named[:1] or [info for info in known if wanted and info.id.startswith(wanted)]
    if len(fitting) == 1:
        return fitting[0]
    there = ", ".join(f"{info.id} ({info.name})" for info in known[:5])
    raise LuthierError(
        _("No data set is called “{name}”.", name=text)
        if not fitting
        else _("Several data sets begin with “{name}”.", name=text),
        why=_("There are: {datasets}.", datasets=there) if there else _("There are none yet."),
        remedy=_("Give the id or the name of one of them, or prepare a file first."),
        place=text,
        code="data.dataset_missing",
    )


def find_dataset(workspace: Workspace, dataset_id: str) -> DatasetInfo | None:
    """The data set of that id if its folder is complete, else None."""
    if not dataset_id or not dataset_id.replace("-", "").isalnum():
        return None
    folder = workspace.datasets / dataset_id
    if not all((folder / f"{split}.jsonl").is_file() for split in SPLITS):
        return None
    try:
        content = read_json(folder / INFO)
        return DatasetInfo.model_validate(content) if content else None
    except (OSError, ValueError) as error:
        raise _damaged(folder / INFO, 0) from error


def find_intact(workspace: Workspace, dataset_id: str) -> DatasetInfo | None:
    """The data set of that id if each file holds as many rows as it should, else None."""
    try:
        info = find_dataset(workspace, dataset_id)
        if info is None:
            return None
        for split in SPLITS:
            with (workspace.datasets / dataset_id / f"{split}.jsonl").open("rb") as stream:
                if sum(1 for _ in stream) != getattr(info, split):
                    return None
    except (LuthierError, OSError):
        return None
    return info


def register(workspace: Workspace, info: DatasetInfo) -> None:
    """Make the data set known in the database; again is harmless.

    Raises:
        LuthierError: the database cannot be written.
    """
    with workspace.database() as database, writing(database):
        database.table("datasets").insert(
            {
                "id": info.id,
                "name": info.name,
                "source_path": info.source_path,
                "source_sha256": info.source_sha256,
                "created_at": info.created_at,
                "info": json.dumps(info.model_dump(mode="json"), ensure_ascii=False),
            },
            pk="id",
            replace=True,
        )


def _damaged(path: Path, line: int) -> LuthierError:
    return LuthierError(
        _("A file of this data set is damaged."),
        why=_("It cannot be read as it was written."),
        remedy=_(
            "Delete the folder {parent} and prepare the data again from its file.",
            parent=path.parent,
        ),
        place=_("{path}, line {line}", path=path, line=line) if line else str(path),
        code="data.dataset_damaged",
    )
