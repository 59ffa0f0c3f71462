"""Rows written to a file of their own: whole or not at all, and never over what somebody else wrote."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fakes.full_disk import full_disk

from luthier.tools.data import check_helpers, survey
from luthier.tools.data.inspect import inspect_file
from luthier.tools.data.mend import write_messages
from luthier.tools.errors import LuthierError
from tests.unit.tools.data.conftest import Write


def rows(write: Write) -> Path:
    """A file of twenty rows."""
    lines = [f"what is {n}?,thing {n}" for n in range(20)]
    return write("rows.csv", "question,answer\n" + "\n".join(lines))


def test_a_file_that_appeared_while_the_rows_were_written_is_kept(
    write: Write, tmp_path: Path
) -> None:
    after = inspect_file(rows(write))
    out = tmp_path / "out" / "rows.jsonl"
    out.parent.mkdir()

    def appear(_label: str, _done: float, _total: float) -> None:
        out.write_text("somebody else's")

    with pytest.raises(LuthierError) as caught:
        write_messages(after, out, appear)
    assert caught.value.code == "data.exists"
    assert out.read_text() == "somebody else's"
    assert list(out.parent.iterdir()) == [out]


def test_rows_are_written_to_a_disk_without_hard_links_and_never_over_a_file(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_paths: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    after = inspect_file(rows(write))
    out = tmp_path / "out.jsonl"
    assert write_messages(after, out) == after.usable
    assert inspect_file(out).usable == after.usable
    other = tmp_path / "other.jsonl"
    with pytest.raises(LuthierError, match="that name"):
        write_messages(after, other, lambda *_: other.write_text("mine"))
    assert other.read_text() == "mine"


def test_what_cannot_be_read_and_what_cannot_be_written_are_told_apart(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    after = inspect_file(rows(write))
    with pytest.raises(LuthierError, match="could not be written"), full_disk(room=100):
        write_messages(after, tmp_path / "out.jsonl")
    monkeypatch.setattr(check_helpers, "LARGE", 1)
    monkeypatch.setattr(survey, "LARGE", 1)
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    with pytest.raises(LuthierError, match="cannot be read") as caught:
        write_messages(after, tmp_path / "out.jsonl")
    assert caught.value.place == after.path
    assert not list(tmp_path.glob("**/.mending-*"))


def test_what_a_killed_process_left_goes_with_the_next(write: Write, tmp_path: Path) -> None:
    path, out = rows(write), tmp_path / "out" / "rows.jsonl"
    out.parent.mkdir()
    script = (
        "import os, sys; from pathlib import Path\n"
        "from luthier.tools.data.inspect import inspect_file\n"
        "from luthier.tools.data.mend import write_messages\n"
        "found = inspect_file(Path(sys.argv[1]))\n"
        "write_messages(found, Path(sys.argv[2]), lambda *_: os.kill(os.getpid(), 9))\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(path), str(out)], check=False)
    assert done.returncode == -9
    assert [one.name.startswith(".mending-") for one in out.parent.iterdir()] == [True]
    write_messages(inspect_file(path), out)
    assert list(out.parent.iterdir()) == [out]
