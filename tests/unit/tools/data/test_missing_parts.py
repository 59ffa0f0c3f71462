"""What a data set promises and does not hold is told, not passed over: files, splits, ends of files."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.written_data import COMPRESS, WRITERS, as_csv

from luthier.tools.data import folders
from luthier.tools.data.inspect import inspect_file
from luthier.tools.data.model import Inspection
from luthier.tools.errors import LuthierError

PAIRS = [(f"What is thing {n}?", f"It is number {n}.") for n in range(12)]


def named(found: Inspection, code: str) -> list[str]:
    """The files that a finding names."""
    return [file for problem in found.problems if problem.code == code for file in problem.files]


@pytest.mark.parametrize(
    ("kind", "pattern"),
    [("saved to disk", "data-00001-of-*.arrow"), ("folder as on the Hub", "data/train-00001*")],
)
def test_a_numbered_part_that_is_not_there_counts_as_left_out(
    tmp_path: Path, kind: str, pattern: str
) -> None:
    folder = WRITERS[kind](tmp_path, PAIRS)
    (lost,) = folder.glob(pattern)
    lost.unlink()
    found = inspect_file(folder)
    assert (found.usable, found.left_out, found.rows_in) == (6, 1, 7)
    assert named(found, "unreadable_file") == [lost.relative_to(folder).as_posix()]


def test_parts_that_carry_a_fingerprint_of_their_own_are_one_data_set(tmp_path: Path) -> None:
    folder = WRITERS["folder as on the Hub"](tmp_path, PAIRS)
    for number, path in enumerate(sorted(folder.glob("data/train-*"))):
        path.rename(path.with_name(f"{path.stem}-{number:016x}{path.suffix}"))
    found = inspect_file(folder)
    assert (found.usable, found.rows_in, named(found, "unreadable_file")) == (12, 12, [])
    sorted(folder.glob("data/train-*"))[-1].unlink()
    found = inspect_file(folder)
    assert (found.usable, found.left_out) == (6, 1)


def test_a_split_without_its_files_is_named(tmp_path: Path) -> None:
    folder = WRITERS["splits saved to disk"](tmp_path, PAIRS)
    for path in (folder / "test").iterdir():
        path.unlink()
    found = inspect_file(folder)
    assert (found.usable, found.left_out) == (12, 0)
    assert "test" in named(found, "file_left_out")


@pytest.mark.parametrize("suffix", COMPRESS)
@pytest.mark.parametrize("keep", [0.2, 0.9, 0.999])
def test_a_packed_file_that_is_cut_off_is_never_read_in_part(
    tmp_path: Path, suffix: str, keep: float
) -> None:
    content = as_csv(tmp_path, PAIRS * 50).read_bytes()
    packed = COMPRESS[suffix](content)
    path = tmp_path / f"cut.csv{suffix}"
    path.write_bytes(packed[: int(len(packed) * keep)])
    with pytest.raises(LuthierError) as caught:
        inspect_file(path)
    assert caught.value.code == "data.damaged_archive"
    assert "again" in caught.value.remedy


def test_a_folder_of_too_many_files_is_not_read_in_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "_MOST_FILES", 9)
    for number in range(9):
        (tmp_path / f"{number}.md").write_text(f"# Head\n\nText number {number} on a pump.\n")
    assert inspect_file(tmp_path).rows_in == 9
    (tmp_path / "9.md").write_text("# Head\n\nOne more text on a pump.\n")
    with pytest.raises(LuthierError) as caught:
        inspect_file(tmp_path)
    assert "more than 9 files" in caught.value.what


def test_files_that_are_passed_over_are_counted_where_they_are_too_many_to_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "_MOST_NAMED", 2)
    as_csv(tmp_path, PAIRS)
    for number in range(5):
        (tmp_path / f"{number}.bin").write_bytes(b"\0\1\2")
    files = named(inspect_file(tmp_path), "file_left_out")
    assert files == ["0.bin", "1.bin", "and 3 more files"]
