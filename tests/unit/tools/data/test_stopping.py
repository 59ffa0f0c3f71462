"""Stopping at any moment leaves nothing behind: no file, no data set, no helper process."""

from __future__ import annotations

import csv
import json
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pyarrow
import pytest
from pyarrow import parquet

from luthier.tools.data import check_helpers, prepare, survey
from luthier.tools.data.inspect import open_mapped, settle_mapping
from luthier.tools.data.prepare import prepare_dataset
from luthier.tools.data.store import list_datasets
from luthier.tools.data.survey import Survey
from luthier.tools.errors import LuthierError
from luthier.tools.progress import Stopped, silent
from luthier.tools.workspace import Workspace

Write = Callable[[str, str], Path]
STAGES = ("Looking at", "Reading", "Finishing the checks", "Comparing", "Grouping", "Writing")


def lines(rows: int) -> str:
    """Rows with copies, an empty answer, a broken line, tags, and two answers to one question."""
    made = []
    for n in range(rows):
        turns = [
            {"role": "user", "content": f"Question {n * 7919 % 10007} about thing {n % 50 or n}?"},
            {
                "role": "assistant",
                "content": f"Answer {n} &amp; more" if n % 9 == 0 else f"So {n}.",
            },
        ]
        made.append(json.dumps({"id": n, "messages": turns}))
        if n % 40 == 0:
            made.append(made[-1])
    made[3] = json.dumps({"id": 3, "messages": [{"role": "user", "content": "?"}]})
    made[5] = "{broken"
    made.append(made[7].replace("So", "But"))
    return "\n".join(made)


@pytest.fixture
def shared_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Share the checks between two processes, however small the file is."""
    monkeypatch.setattr(check_helpers, "LARGE", 1)
    monkeypatch.setattr(survey, "LARGE", 1)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


def left_behind(workspace: Workspace) -> list[str]:
    files = [str(path) for path in workspace.datasets.rglob("*")]
    return files + [info.id for info in list_datasets(workspace)]


def helpers() -> list[psutil.Process]:
    children = psutil.Process().children(recursive=True)
    running = [child for child in children if child.status() != psutil.STATUS_ZOMBIE]
    return [child for child in running if "check_helpers" in " ".join(child.cmdline())]


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.usefixtures("shared_checks")
def test_stopping_at_any_stage(
    workspace: Workspace,
    write: Write,
    stage: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = write("rows.jsonl", lines(700))

    def stop(label: str, done: float, total: float) -> None:
        if label.startswith(stage):
            raise Stopped

    if stage == "Finishing the checks":  # told only while a helper is waited for
        monkeypatch.setattr(check_helpers, "_has_answer", lambda _stream: False)
    with pytest.raises(Stopped):
        prepare_dataset(workspace, path, None, leave_out_unusable=True, progress=stop)
    assert left_behind(workspace) == []
    assert helpers() == []


def test_stopping_before_the_database_knows_of_it(
    workspace: Workspace, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(prepare, "register", stop)
    with pytest.raises(KeyboardInterrupt):
        prepare_dataset(workspace, write("rows.jsonl", lines(60)), None, leave_out_unusable=True)
    assert left_behind(workspace) == []


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_on_the_command_line(
    workspace: Workspace, write: Write, sent: signal.Signals
) -> None:
    path = write("rows.jsonl", lines(60_000))
    environment = {**os.environ, "LUTHIER_HOME": str(workspace.home)}
    command = [sys.executable, "-P", "-m", "luthier.tui.cli", "data", "prepare", str(path)]
    with subprocess.Popen(
        [*command, "--leave-out-unusable"], env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        while not list(workspace.datasets.glob(".preparing-*/*/rows.jsonl")):
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(sent)
        _out, words = process.communicate(timeout=60)
    assert "Traceback" not in words
    assert process.returncode != 0
    assert ("Stopped" in words) is (sent == signal.SIGINT)
    assert left_behind(workspace) == []
    prepare_dataset(workspace, write("few.jsonl", lines(60)), None, leave_out_unusable=True)
    assert [path.name for path in workspace.datasets.iterdir()] == [list_datasets(workspace)[0].id]


def surveyed(path: Path) -> Survey:
    source = open_mapped(path, None, None, silent)
    mapping, _columns = settle_mapping(source, None)
    return survey.survey(source, mapping)


def test_a_helper_whose_asker_was_killed_ends_without_a_word(write: Write) -> None:
    source = open_mapped(write("rows.jsonl", lines(60)), None, None, silent)
    mapping, _columns = settle_mapping(source, None)
    order = check_helpers.CheckHelpers(source, mapping, (), [[0, 1]])._orders[0]
    done = subprocess.run(
        [sys.executable, "-P", "-m", "luthier.tools.data.check_helpers"],
        input=pickle.dumps(order),  # and then nothing more
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.parametrize(
    "name", ["rows.jsonl", "rows.json", "rows.csv", "rows.tsv", "rows.parquet"]
)
def test_shared_checks_find_the_same(
    write: Write, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, name: str
) -> None:
    path = write(name, "")
    _fill(path)
    alone = surveyed(path)
    assert len(alone.problems) > 2
    request.getfixturevalue("shared_checks")
    started: list[int] = []
    start = check_helpers.CheckHelpers.__enter__

    def count(self: check_helpers.CheckHelpers) -> check_helpers.CheckHelpers:
        found = start(self)
        until = time.monotonic() + 10  # a process has no command line yet in its first moment
        while not helpers() and time.monotonic() < until:
            time.sleep(0.01)
        started.append(len(helpers()))
        return found

    monkeypatch.setattr(check_helpers.CheckHelpers, "__enter__", count)
    assert surveyed(path) == alone
    assert started == [1]


def _fill(path: Path) -> None:
    """The rows in the format that the name says."""
    if path.suffix == ".jsonl":
        path.write_text(lines(700))
        return
    records = [
        {
            "id": n,
            "question": f"Is <b>{n * 7919 % 10007}</b> right?",
            "answer": f"Yes &amp; {n % 90}.",
        }
        for n in range(500)
    ]
    records += records[:9]
    if path.suffix == ".json":
        path.write_text(json.dumps(records))
    elif path.suffix == ".parquet":
        parquet.write_table(pyarrow.Table.from_pylist(records), path)
    else:
        with path.open("w", newline="") as stream:
            writer = csv.DictWriter(
                stream, records[0], delimiter="\t" if "tsv" in path.name else ","
            )
            writer.writeheader()
            writer.writerows(records)


@pytest.mark.usefixtures("shared_checks")
def test_a_helper_that_dies_is_told(workspace: Workspace, write: Write) -> None:
    path = write("rows.jsonl", lines(700))

    def kill(label: str, done: float, total: float) -> None:
        for helper in helpers():
            helper.kill()

    with pytest.raises(LuthierError) as caught:
        prepare_dataset(workspace, path, None, leave_out_unusable=True, progress=kill)
    assert caught.value.code == "data.helper_ended"
    assert left_behind(workspace) == []
