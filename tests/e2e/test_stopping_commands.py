"""Ctrl-C in every command that reads or writes data: it ends at once, in words, and nothing is left."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from fakes.hub_data import data_hub

from luthier.tools.data.hub import fetch_dataset, is_fetched
from luthier.tools.data.prepare import prepare_dataset
from luthier.tools.workspace import Workspace
from luthier.tui.exit_codes import INTERRUPTED

SCRIPT = Path(sys.executable).with_name("luthier")
SOON = 60  # seconds in which something has to come about on a crowded machine
ID = "acme/greetings"


def lines(rows: int) -> bytes:
    """Rows of which every second can be mended."""
    made = (
        {
            "messages": [
                {"role": "user", "content": f"Question {n * 7919} of {n}?"},
                {"role": "assistant", "content": f"So it is{' &amp;' * (n % 2)} {n}."},
            ]
        }
        for n in range(rows)
    )
    return "\n".join(map(json.dumps, made)).encode()


class Command:
    """``luthier data …`` in a process of its own, with a home and a folder for temporary files."""

    def __init__(self, workspace: Workspace, tmp_path: Path, *arguments: str, **more: str) -> None:
        self.temporary, self._words = tmp_path / "temporary", tmp_path / "words"
        self.temporary.mkdir()
        home = {"LUTHIER_HOME": str(workspace.home), "TMPDIR": str(self.temporary)}
        with self._words.open("w") as stream:
            self.process = subprocess.Popen(
                [str(SCRIPT), "data", *arguments],
                stdout=subprocess.PIPE,
                stderr=stream,
                env={**os.environ, "NO_COLOR": "1", **home, **more},
            )

    @property
    def words(self) -> str:
        return self._words.read_text()

    def stop(self, when: Callable[[], bool], sent: signal.Signals = signal.SIGINT) -> None:
        """Ctrl-C as soon as ``when``: told in words, by its exit code, and with nothing left behind.

        Where the terminal is closed (SIGHUP) or it is told to end (SIGTERM), nobody reads any words.
        """
        try:
            until = time.monotonic() + SOON
            while not when():
                assert self.process.poll() is None, self.words
                assert time.monotonic() < until, self.words
                time.sleep(0.005)
            self.process.send_signal(sent)
            out, _none = self.process.communicate(timeout=SOON)
        finally:
            self.process.kill()
        assert "Traceback" not in self.words
        by_key = sent == signal.SIGINT
        assert ("Stopped." in self.words) is by_key
        assert (self.process.returncode, out) == (INTERRUPTED if by_key else 128 + sent, b"")
        assert list(self.temporary.iterdir()) == []


def versions(workspace: Workspace) -> int:
    with workspace.database() as database:
        return sum(1 for _row in database.query("select id from data_versions"))


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("rows.jsonl", signal.SIGINT),
        ("rows.jsonl.gz", signal.SIGINT),
        ("rows.jsonl.gz", signal.SIGHUP),
    ],
)
def test_a_check(workspace: Workspace, tmp_path: Path, name: str, sent: signal.Signals) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(lines(40_000), 1) if name.endswith("gz") else lines(40_000))
    command = Command(workspace, tmp_path, "check", str(path))
    unpacked = name.endswith("gz")

    def at_work() -> bool:
        return "Checking the rows: begins" in command.words and (
            not unpacked or any(command.temporary.iterdir())
        )

    command.stop(at_work, sent)
    assert versions(workspace) == 0
    assert sorted(each.name for each in tmp_path.iterdir() if each.is_file()) == [name, "words"]


@pytest.mark.parametrize(
    ("moment", "sent"),
    [
        ("Mending the rows: begins", signal.SIGINT),
        ("Writing the rows: begins", signal.SIGINT),
        ("Writing the rows: begins", signal.SIGTERM),
    ],
)
def test_a_mending(workspace: Workspace, tmp_path: Path, moment: str, sent: signal.Signals) -> None:
    path, out = tmp_path / "rows.jsonl", tmp_path / "out"
    path.write_bytes(lines(20_000))
    out.mkdir()
    command = Command(
        workspace,
        tmp_path,
        "mend",
        str(path),
        "--all",
        "--quick",
        "--out",
        str(out / "mended.jsonl"),
    )
    command.stop(lambda: moment in command.words, sent)
    assert list(out.iterdir()) == []
    assert path.read_bytes() == lines(20_000)
    kept = 0 if moment.startswith("Mending") else 2  # a version that is finished is told and stays
    assert versions(workspace) == kept
    assert ("undo with: luthier data undo" in command.words) is bool(kept)


def test_a_fetch(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"README.md": b"# Greetings\n", "a.jsonl": lines(20), "b.jsonl": lines(200)}
    with data_hub(ID, files) as (server, url):
        server.held = "b.jsonl"
        command = Command(workspace, tmp_path, "fetch", ID, "--yes", HF_ENDPOINT=url)
        hub = workspace.home / "hub"
        command.stop(lambda: any(hub.rglob("*.incomplete")) and any(hub.rglob("a.jsonl")))
        assert "Fetching the data set: begins" in command.words
        assert [path for path in hub.rglob("*") if path.is_file()] == []
        assert not is_fetched(workspace, ID)
        server.held = ""
        monkeypatch.setenv("HF_ENDPOINT", url)
        folder = fetch_dataset(workspace, ID)
    assert (folder / "b.jsonl").read_bytes() == files["b.jsonl"]


def test_an_export(workspace: Workspace, tmp_path: Path) -> None:
    path, out = tmp_path / "rows.jsonl", tmp_path / "out"
    path.write_bytes(lines(20_000))
    info = prepare_dataset(workspace, path, None, leave_out_unusable=False)
    command = Command(workspace, tmp_path, "export", info.id, "--format", "trl", "--out", str(out))
    command.stop(lambda: any(out.glob(".exporting-*/*/*.jsonl")))
    assert not out.exists()
