"""Rows on their way into a data set, and a folder that is whole in the end or was never there."""

from __future__ import annotations

import errno
import hashlib
import math
from array import array
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from json.encoder import encode_basestring
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from luthier.tools.data.model import Row, SplitChoice, Task
from luthier.tools.data.near_copies import PromptIndex
from luthier.tools.data.readers.base import Record
from luthier.tools.data.split import Items, join_groups
from luthier.tools.data.split_choice import cell_text
from luthier.tools.data.times import TimeFormat
from luthier.tools.draft_folder import DraftFolder
from luthier.tools.errors import LuthierError
from luthier.tools.language import _
from luthier.tools.progress import Progress
from luthier.tools.workspace import Workspace

_BUFFER = 1 << 20  # bytes collected between two writes
_MOST_LABELS = 2000  # different answers beyond which the task cannot be labels


class StagedRows:
    """Usable rows in order of the source on disk, with what the split has to know in memory.

    Per row that is about 30 bytes besides what :class:`PromptIndex` keeps.

    Attributes:
        lengths: bytes of each row's line.
        near: a number per row that near-copies share; known once :meth:`items` was asked for.
        without_key: rows whose group or time is not known.
        is_by_column_alone: near-copies of other groups were not kept together, because hardly a row
            would have been left to test on.
    """

    def __init__(self, path: Path, choice: SplitChoice, times: TimeFormat | None = None) -> None:
        self.path = path
        self.lengths = array("L")
        self.prompts = PromptIndex()
        self.near: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self.without_key = 0
        self.is_by_column_alone = False
        self._choice = choice
        self._read_time = times
        self._ids = array("Q")
        self._keys = array("Q")  # hash of the group column's text, 0 where it is empty
        self._times = array("d")
        self._labels: dict[str, int] = {}
        self._answers = array("i")  # index into the labels, while there are few of them
        self._stack = ExitStack()

    def __enter__(self) -> StagedRows:
        self._stream = self._stack.enter_context(self.path.open("wb", buffering=_BUFFER))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, row: Row, record: Record) -> None:
        """Write the next usable row."""
        self.lengths.append(self._stream.write(_line(row).encode()))
        self._ids.append(int(row.id, 16))
        *asked, _answer = row.messages
        if len(asked) == 1:
            self.prompts.add(asked[0].content)
        else:
            spoken = (message.content for message in asked if message.role != "system")
            self.prompts.add("\n".join(spoken))
        if len(self._labels) <= _MOST_LABELS:
            self._answers.append(self._labels.setdefault(row.completion[:64], len(self._labels)))
        if self._choice.method in ("group", "time"):
            self._add_key(cell_text(record, self._choice.column))

    def items(self, task: Task, choice: SplitChoice, held_out: int, progress: Progress) -> Items:
        """What the split needs to know of each row; ``held_out`` rows must find a place."""
        self.near = self.prompts.groups(progress)
        strata = np.zeros(len(self), dtype=np.int32)
        labels: tuple[str, ...] = ("",)
        if task.kind == "labels" and choice.method == "stratified":
            strata, labels = np.array(self._answers, dtype=np.int32), tuple(self._labels)
        return Items(
            ids=np.frombuffer(self._ids, dtype=np.uint64),
            groups=self._groups(held_out),
            strata=strata,
            labels=labels,
            times=np.array(self._times) if choice.method == "time" else None,
        )

    def _add_key(self, text: str) -> None:
        if self._read_time:
            seconds = self._read_time.seconds(text)
            self._times.append(seconds)
            self.without_key += math.isnan(seconds)
            return
        digest = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()
        self._keys.append((int.from_bytes(digest) or 1) if text else 0)
        self.without_key += not text

    def _groups(self, held_out: int) -> NDArray[np.int64]:
        """Near-copies and the group column joined; the column alone where that joins nearly all."""
        if self._choice.method != "group":
            return self.near
        joined = join_groups(self.near, self._keys)
        if len(self) - int(np.bincount(joined).max()) >= held_out:
            return joined
        self.is_by_column_alone = True
        return join_groups(np.arange(len(self)), self._keys)


def _line(row: Row) -> str:
    """The row as a line of its file, fields that say nothing left out.

    A row of plain turns is written by hand, because this runs for every row of every file.
    """
    source = row.source
    if row.rejected or row.synthetic or row.label is not None or source.passage or source.row:
        return _any_line(row)
    turns = []
    for message in row.messages:
        if message.tool_calls or message.tools or message.name or message.weight != 1:
            return _any_line(row)
        turns.append(f'{{"role":"{message.role}","content":{encode_basestring(message.content)}}}')
    place = f'{{"file":{encode_basestring(source.file)},"line":{source.line}}}'
    return f'{{"id":"{row.id}","messages":[{",".join(turns)}],"source":{place}}}\n'


def _any_line(row: Row) -> str:
    return row.model_dump_json(exclude_defaults=True) + "\n"


@contextmanager
def staging(workspace: Workspace) -> Iterator[Path]:
    """A fresh folder beside the data sets that is gone afterwards unless it was renamed.

    Raises:
        LuthierError: instead of any OSError while writing.
    """
    try:
        workspace.datasets.mkdir(parents=True, exist_ok=True)
        with DraftFolder(workspace.datasets, ".preparing-") as folder:
            yield folder
    except OSError as error:
        raise _cannot_write(workspace, error) from error


def _cannot_write(workspace: Workspace, error: OSError) -> LuthierError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        what = _("The disk is full, so the data set could not be written.")
        remedy = _("Free some space and prepare it again. Nothing half-written was left behind.")
        code = "data.disk_full"
    else:
        what = _("The data set could not be written.")
        remedy = _(
            "Check that you may write to this folder, or set LUTHIER_HOME to one where you may. "
            "Nothing half-written was left behind."
        )
        code = "data.cannot_write"
    return LuthierError(
        what,
        why=_("The system says: {reason}.", reason=error.strerror or error),
        remedy=remedy,
        place=str(workspace.datasets),
        code=code,
    )
