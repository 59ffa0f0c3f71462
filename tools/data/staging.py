"""Rows on their way into a data set, and a folder that is whole in the end or was never there."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil

from luthier.tools.data.model import Row, Task
from luthier.tools.data.near_copies import PromptIndex
from luthier.tools.data.split import Item
from luthier.tools.errors import LuthierError
from luthier.tools.progress import Progress
from luthier.tools.workspace import Workspace

_MOST_LABELS = 2000  # different answers beyond which the task cannot be labels


class StagedRows:
    """Usable rows in order of the source on disk, with what the split has to know in memory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ids: list[str] = []
        self.prompts = PromptIndex()
        self._labels: dict[str, str] = {}  # one string each, however many rows bear it
        self._answers: list[str] = []
        self._stack = ExitStack()

    def __enter__(self) -> StagedRows:
        self._stream = self._stack.enter_context(self.path.open("w", encoding="utf-8"))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def add(self, row: Row) -> None:
        """Write the next usable row."""
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
def staging(workspace: Workspace) -> Iterator[Path]:
    """A fresh folder beside the data sets that is gone afterwards unless it was renamed.

    Raises:
        LuthierError: instead of any OSError while writing.
    """
    _remove_abandoned(workspace)
    folder = workspace.datasets / f".preparing-{os.getpid()}-{os.urandom(4).hex()}"
    try:
        folder.mkdir(parents=True)
        yield folder
    except OSError as error:
        raise _cannot_write(workspace, error) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_abandoned(workspace: Workspace) -> None:
    """Remove what processes left that were killed while preparing."""
    for folder in workspace.datasets.glob(".preparing-*-*"):
        owner = folder.name.split("-")[1]
        if owner.isdigit() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


def _cannot_write(workspace: Workspace, error: OSError) -> LuthierError:
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
