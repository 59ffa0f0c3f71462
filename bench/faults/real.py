"""Real files checked and prepared: the second part of docs/data-doctor.md."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from luthier.tools.data.inspect import inspect_file
from luthier.tools.data.model import DatasetInfo, Inspection
from luthier.tools.data.prepare import prepare_dataset
from luthier.tools.errors import LuthierError
from luthier.tools.workspace import Workspace, open_workspace

ABOUT = ("SOURCES.md", "LICENSE", "DATA_LICENSE")
"""Files that say something of the data and are none."""
HEADING = "\n## Real files\n"
INTRODUCTION = """
Every file of a folder of public data sets, as `luthier data check` sees it (all findings, near copies and personal
data included) and as `luthier data prepare --leave-out-unusable` freezes it. Made by
`python bench/real_files.py FOLDER --into docs/data-doctor.md`.

| file | rows | used | copies | left out | training / validation / test | split | findings (rows) |
|---|---|---|---|---|---|---|---|
"""
REMARKS = """
Each of these files was put through `luthier data check` and `luthier data prepare`, and both reports were read by
a person, file by file:
- What blocks a row is the reader's or the row's own fault: an empty turn, an answer marked as not wanted.
  `banking77/categories.json` is a list of names and no training data, so it is refused. A list of data
  sets (LLaMA-Factory's `dataset_info.json`) is read as rows, said to be a guess, and nearly all of them cannot be used.
- Mojibake, entities and control characters are real ones (a Windows-1252 apostrophe in 35 text messages).
- `personal_data` in the text messages is 336 rows, mostly with the phone numbers of advertisers; in the others it
  is e-mail addresses and phone numbers that look real. Reserved addresses (example.com), "your name here"
  addresses, dates and fictional 555 numbers are not counted.
- `placeholders` in the shell commands are meant ({{file}}), in the identity set they were never filled in.
- `answer_cut` are a table, two answers and a program whose code block never closes; `looped_answer` ends in
  hundreds of zeros.
- `groups` in the shell commands is the page of the manual: several commands of one page share their wording.
- `mixed_languages` are true, but translation tasks are among them: therefore only a note.
- The fourteen files of `snips` are clean but for copies and near copies. One of them has an emoji written as two
  surrogate halves (`encoding`), which is put together. Three stand on a single line; their rows are named by number, too.
- The three sides together are the rows that are used, in every file. Labels are dealt label by label (one to four
  rows of each of the 77 are tested), the shell commands by the page of the manual, the rest by chance, with near copies on one
  side. One row cannot be split, so both files of `axolotl-fixtures` are refused in words.
- Licences are those of files that lie beside the data; one of them (`stanford-alpaca`) forbids commercial use.
- Given as folders, the training rows of `banking77` and `snips` are compared with the test and validation rows
  beside them (`overlap_with_evaluation`).

Mended because of that reading: a licence called `DATA_LICENSE` was passed over, findings in a folder did not
always name their file, every folder was said not to be plain UTF-8, rows of one line were not told apart, and
a folder's own test rows were not compared with its training rows.
"""


def real_files(folder: Path) -> str:
    """The part of the page, heading included: a line for each file, those that are refused with the reason."""
    with tempfile.TemporaryDirectory() as home:
        workspace = open_workspace(Path(home))
        lines = [_line(workspace, folder, path) for path in data_files(folder)]
    return f"{HEADING}{INTRODUCTION}{''.join(lines)}{REMARKS}"


def data_files(folder: Path) -> Iterator[Path]:
    """Every file of the folder that is data."""
    yield from sorted(
        path for path in folder.rglob("*") if path.is_file() and path.name not in ABOUT
    )


def _line(workspace: Workspace, folder: Path, path: Path) -> str:
    name = str(path.relative_to(folder))
    try:
        found = inspect_file(path, closely=1_000_000)
    except LuthierError as error:
        return f"| {name} | | | | | | | refused: {error.what} |\n"
    assert found.usable + found.duplicates + found.left_out == found.rows_in, name
    findings = ", ".join(f"`{p.code}` {p.count:,}" for p in found.problems) or "none"
    counts = (found.rows_in, found.usable, found.duplicates, found.left_out)
    cells = [f"{count:,}" for count in counts]
    return f"| {name} | {' | '.join(cells)} | {_prepared(workspace, found)} | {findings} |\n"


def _prepared(workspace: Workspace, found: Inspection) -> str:
    """The rows on each side and how they were dealt, or why it was refused."""
    try:
        info = prepare_dataset(workspace, Path(found.path), found.mapping, leave_out_unusable=True)
    except LuthierError as error:
        return f"refused | {error.what}"
    _assert_same(found, info)
    return f"{info.train:,} / {info.validation:,} / {info.test:,} | {info.split.method}"


def _assert_same(found: Inspection, info: DatasetInfo) -> None:
    """What is written is what was shown."""
    assert info.rows_in == found.rows_in
    assert info.train + info.validation + info.test == found.usable
    assert (info.duplicates, info.left_out) == (found.duplicates, found.left_out)
