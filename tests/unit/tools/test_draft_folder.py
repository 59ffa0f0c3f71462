"""Folders for what is unfinished: kept while their process lives, wherever that is, and gone after it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from luthier.tools.draft_folder import DraftFolder

PREFIX = ".drafting-"
HOLD = (
    "import sys; from pathlib import Path\n"
    "from luthier.tools.draft_folder import DraftFolder\n"
    f"made = DraftFolder(Path(sys.argv[1]), {PREFIX!r})\n"
    "(made.path / 'rows').write_text('half of them')\n"
    "print(made.path, flush=True)\n"
    "sys.stdin.read()\n"
)


@contextmanager
def another(folder: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Another process that holds a folder, and where."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        yield process, Path(process.stdout.readline().strip())
        process.kill()


def test_what_a_process_in_another_container_holds_stays_until_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psutil, "pid_exists", lambda _process: False)  # as it is seen from here
    with another(tmp_path) as (process, held):
        with DraftFolder(tmp_path, PREFIX) as folder:
            (folder / "rows").write_text("some")
            assert (held / "rows").read_text() == "half of them"
        assert set(tmp_path.iterdir()) == {held.parent}
        process.kill()
        process.wait()
    assert held.exists()
    with DraftFolder(tmp_path, PREFIX) as folder:
        assert set(tmp_path.iterdir()) == {folder.parent}
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_a_draft_is_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / f"{PREFIX}of-mine"
    mine.mkdir()
    (mine / "notes").write_text("mine")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / ".luthier-lock").touch()
    (tmp_path / f"{PREFIX}link").symlink_to(elsewhere)
    (tmp_path / f"{PREFIX}empty").mkdir()  # whose process was killed before it held it
    DraftFolder(tmp_path, PREFIX).remove()
    assert (mine / "notes").read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} == {mine.name, "elsewhere", f"{PREFIX}link"}
    assert (elsewhere / ".luthier-lock").exists()


def test_what_was_moved_away_stays(tmp_path: Path) -> None:
    with DraftFolder(tmp_path, PREFIX) as folder:
        (folder / "rows").write_text("all")
        folder.rename(tmp_path / "finished")
    assert [path.name for path in tmp_path.iterdir()] == ["finished"]
    assert (tmp_path / "finished" / "rows").read_text() == "all"
