"""What is unpacked or copied to be read is gone afterwards, and what a killed process left goes later."""

from __future__ import annotations

import gzip
import os
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from luthier.tools.data.inspect import inspect_file

CSV = "question,answer\n" + "\n".join(f"what is {n}?,thing {n}" for n in range(20))


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system's folder for temporary files, for this test alone."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


HOLD = (
    "from luthier.tools.data.temporary import temporary_folder\n"
    "made = temporary_folder()\n"
    "print(made.path, flush=True)\n"
    "input()\n"
)


def test_nothing_stays_and_what_killed_processes_left_is_cleared(
    temporary: Path, tmp_path: Path
) -> None:
    environment = {**os.environ, "TMPDIR": str(temporary)}
    others = temporary / "luthier-notes-of-mine"
    others.mkdir()
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress(CSV.encode()))
    with subprocess.Popen(
        [sys.executable, "-c", HOLD],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as alive:
        assert alive.stdout is not None
        in_use = Path(alive.stdout.readline().strip()).parent
        assert inspect_file(path).usable == 20
        assert set(temporary.iterdir()) == {in_use, others}
        alive.kill()
    assert inspect_file(path).usable == 20
    assert list(temporary.iterdir()) == [others]


def test_the_copy_of_a_database_in_use_is_gone_afterwards(temporary: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "rows.db")) as writer:
        writer.execute("pragma journal_mode=wal")
        writer.execute("create table faq (question text, answer text)")
        writer.executemany("insert into faq values (?, ?)", [(f"{n}?", f"{n}.") for n in range(9)])
        writer.commit()
        assert inspect_file(tmp_path / "rows.db").usable == 9
    assert list(temporary.iterdir()) == []
