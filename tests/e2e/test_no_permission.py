"""Folders where nothing may be written and files that may not be read: told plainly, nothing lost."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fakes.plans import propose
from fakes.privileges import bound_by_permissions

from luthier.tools.training.plan_file import save_plan
from luthier.tools.workspace import open_workspace
from luthier.tui.exit_codes import FAILED, OK, USAGE

SCRIPT = Path(sys.executable).with_name("luthier")
ROWS = "question,answer\n" + "".join(f"what is {n} and {n * 7}?,it is {n * 8}\n" for n in range(60))

Run = Callable[..., subprocess.CompletedProcess[str]]
Lock = Callable[[Path], Path]


@pytest.fixture
def lock() -> Iterator[Lock]:
    """Take the right to write a folder or to read a file away until the test is over."""
    locked: list[Path] = []

    def take_away(path: Path) -> Path:
        path.chmod(0o555 if path.is_dir() else 0)
        locked.append(path)
        return path

    yield take_away
    for path in locked:
        path.chmod(0o755)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run ``luthier ARGUMENTS`` in a home of the test, as somebody whom permissions bind."""

    def luthier(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*bound_by_permissions(), str(SCRIPT), "--home", str(home), *arguments],
            capture_output=True,
            text=True,
            timeout=120,
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "NO_COLOR": "1"},
        )

    return luthier


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text(ROWS)
    return path


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.yaml"
    save_plan(propose(), path)
    return path


def told(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """It failed in plain words, and nothing went to where a script reads."""
    assert done.returncode == FAILED, done
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert "This is a bug" not in done.stderr
    for word in words:
        assert word in done.stderr


@pytest.mark.parametrize("exists", [False, True])
@pytest.mark.parametrize("what", ["chat", "run", "prepare"])
def test_a_home_where_nothing_may_be_written(
    tmp_path: Path, run: Run, lock: Lock, rows: Path, plan: Path, what: str, exists: bool
) -> None:
    home = tmp_path / "place" / "home"
    home.parent.mkdir()
    if exists:
        open_workspace(home)
    lock(home if exists else home.parent)
    command = {
        "chat": ["chat", "--plain"],
        "run": ["run", str(plan), "--yes"],
        "prepare": ["data", "prepare", str(rows)],
    }[what]
    told(run(home, *command), "home folder", str(home), "LUTHIER_HOME")


def test_the_screen_is_not_opened_over_a_home_where_nothing_may_be_written(
    tmp_path: Path, lock: Lock
) -> None:
    (tmp_path / "home").mkdir()
    home = lock(tmp_path / "home")
    command = [*bound_by_permissions(), str(SCRIPT), "--home", str(home)]
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    while select.select([ours], [], [], 30)[0]:
        try:
            shown += os.read(ours, 65536)
        except OSError:  # the other side has ended
            break
    os.close(ours)
    assert process.wait(timeout=30) == FAILED
    words = shown.decode()
    assert "home folder" in words
    assert str(home) in words
    assert "LUTHIER_HOME" in words
    assert "Traceback" not in words
    assert "\x1b[?1049h" not in words, "the full screen would hide the words"


def test_a_part_of_the_home_where_nothing_may_be_written(
    tmp_path: Path, run: Run, lock: Lock, rows: Path
) -> None:
    workspace = open_workspace(tmp_path / "home")
    lock(workspace.datasets)
    done = run(workspace.home, "data", "prepare", str(rows))
    told(done, "could not be written", str(workspace.datasets), "LUTHIER_HOME")
    workspace.datasets.chmod(0o755)
    assert run(workspace.home, "data", "prepare", str(rows)).returncode == OK


def test_a_database_that_may_not_be_written(
    tmp_path: Path, run: Run, lock: Lock, rows: Path
) -> None:
    workspace = open_workspace(tmp_path / "home")
    assert run(workspace.home, "data", "prepare", str(rows)).returncode == OK
    before = workspace.database_path.read_bytes()
    lock(workspace.database_path)
    told(run(workspace.home, "sessions"), "database", str(workspace.database_path), "LUTHIER_HOME")
    workspace.database_path.chmod(0o644)
    assert workspace.database_path.read_bytes() == before


def test_a_folder_to_write_into_that_may_not_be_written(
    tmp_path: Path, run: Run, lock: Lock, rows: Path
) -> None:
    home = tmp_path / "home"
    assert run(home, "data", "prepare", str(rows)).returncode == OK
    (tmp_path / "closed").mkdir()
    place = lock(tmp_path / "closed")
    done = run(home, "data", "export", "--format", "trl", "--out", str(place / "out"))
    told(done, str(place), "write")


def test_a_file_that_may_not_be_read(
    tmp_path: Path, run: Run, lock: Lock, rows: Path, plan: Path
) -> None:
    lock(rows)
    for command in (["data", "check", str(rows)], ["data", "prepare", str(rows)]):
        told(run(tmp_path / "home", *command), "Permission denied", str(rows), "chmod")
    lock(plan)
    unread = run(tmp_path / "home", "run", str(plan), "--yes")
    assert unread.returncode == USAGE
    assert f"{plan}' is not readable" in unread.stderr
