"""The installed console script as scripts and people use it, in processes of its own."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from luthier.tools.jobs.follow import EventReader
from luthier.tools.jobs.model import Job, JobState
from luthier.tools.jobs.store import get_job
from luthier.tools.jobs.supervisor import launch
from luthier.tools.workspace import Workspace
from luthier.tui.exit_codes import FAILED, FAULT, MISSING, NEGATIVE, OK, USAGE

SCRIPT = Path(sys.executable).with_name("luthier")
FAKES = Path(__file__).resolve().parents[1] / "fakes" / "jobs"

Luthier = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def luthier(workspace: Workspace, tmp_path: Path) -> Luthier:
    """Run ``luthier ARGUMENTS`` in an empty folder with this test's home."""

    def run(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "LUTHIER_HOME": str(workspace.home), "NO_COLOR": "1"}
        environment.update(options.pop("env", {}))
        folder = tmp_path / "elsewhere"
        folder.mkdir(exist_ok=True)
        return subprocess.run(
            [str(SCRIPT), *arguments],
            capture_output=True,
            text=True,
            timeout=120,
            cwd=folder,
            env=environment,
            **{"stdin": subprocess.DEVNULL, **options},
        )

    return run


def test_version_and_help_are_instant(luthier: Luthier) -> None:
    luthier("--version")
    assert min(_seconds(luthier, "--version") for _ in range(5)) < 0.3
    assert min(_seconds(luthier, "--help") for _ in range(3)) < 0.4


def _seconds(luthier: Luthier, *arguments: str) -> float:
    """Processor time of one run, which does not depend on what else the machine is doing."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert luthier(*arguments).returncode == OK
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_a_wrong_command_line_is_a_usage_error(luthier: Luthier) -> None:
    for arguments in (("fly",), ("jobs", "show"), ("data", "check", "x.csv", "--prompt", "a")):
        done = luthier(*arguments)
        assert done.returncode == USAGE
        assert "Usage:" in done.stderr
        assert done.stdout == ""


def test_the_screen_needs_a_terminal_and_says_what_to_do_instead(luthier: Luthier) -> None:
    done = luthier()
    assert done.returncode == FAILED
    assert "luthier chat --plain" in done.stderr


def test_a_home_that_cannot_be_made_is_told_plainly(luthier: Luthier, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = luthier("--home", str(tmp_path / "file" / "home"), "jobs")
    assert done.returncode == FAILED
    assert "Set LUTHIER_HOME" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_of_a_newer_version_is_left_alone(
    luthier: Luthier, workspace: Workspace
) -> None:
    with workspace.database() as database:
        database.execute(
            "insert into _sqlite_migrations (migration_set, name, applied_at) "
            "values ('tools', 'm999_telepathy', '2040-01-01')"
        )
        database.conn.commit()
    before = workspace.database_path.read_bytes()
    done = luthier("jobs")
    assert done.returncode == FAILED
    assert "Update Luthier" in done.stderr
    assert workspace.database_path.read_bytes() == before


def test_a_fault_is_one_sentence_and_a_log_file(luthier: Luthier, workspace: Workspace) -> None:
    (workspace.jobs / "X").mkdir()
    with workspace.database() as database:
        database.table("jobs").insert({"id": "X", "state": "no such state", "created_at": ""})
    (workspace.jobs / "X" / "spec.json").write_text("{}")

    done = luthier("jobs")

    assert done.returncode == FAULT
    assert "Traceback" not in done.stderr + done.stdout
    assert str(workspace.logs / "luthier.log") in done.stderr
    assert "no such state" in (workspace.logs / "luthier.log").read_text()


def test_doctor_tells_and_counts_what_is_missing(luthier: Luthier) -> None:
    done = luthier("doctor", "--offline")
    assert done.returncode in (OK, MISSING)
    assert "Starter model" in done.stdout

    found = json.loads(luthier("doctor", "--offline", "--json").stdout)
    missing = [check for check in found["checks"] if check["condition"] == "missing"]
    assert (done.returncode == MISSING) == bool(missing)
    assert all(check["remedy"] for check in missing)
    assert found["machine"]["cores"] >= 1


def test_doctor_tells_of_a_home_that_cannot_be_made(luthier: Luthier, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    home = str(tmp_path / "file" / "home")
    done = luthier("--home", home, "doctor", "--offline", "--json")
    assert done.returncode == MISSING
    found = json.loads(done.stdout)
    check = next(check for check in found["checks"] if check["name"] == "Home folder")
    assert check["condition"] == "missing"
    assert "Set LUTHIER_HOME" in check["remedy"]
    assert found["home"] == home


def test_data_check_names_the_lines_that_cannot_be_used(luthier: Luthier, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    rows = [f"question {number},answer {number % 7}" for number in range(40)]
    rows[4] = "question 4,"
    file.write_text("question,answer\n" + "\n".join(rows) + "\n")

    done = luthier("data", "check", str(file))
    assert done.returncode == NEGATIVE
    assert "question" in done.stdout

    found = json.loads(luthier("data", "check", str(file), "--json").stdout)
    assert found["rows_in"] == 40
    assert any(6 in problem["lines"] for problem in found["problems"] if problem["leaves_out"])


def test_data_check_tells_a_script_of_a_file_of_equal_rows(
    luthier: Luthier, tmp_path: Path
) -> None:
    file = tmp_path / "same.csv"
    file.write_text("question,answer\n" + "the same,again\n" * 60, encoding="utf-8")

    assert luthier("data", "check", str(file)).returncode == NEGATIVE


def test_data_prepare_asks_for_consent_and_is_repeatable(luthier: Luthier, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    rows = [f"what is {number} plus {number * 3},it is {number * 4}" for number in range(60)]
    rows[4] = "what now,"
    file.write_text("question,answer\n" + "\n".join(rows) + "\n")
    arguments = ["data", "prepare", str(file), "--prompt", "question", "--completion", "answer"]

    refused = luthier(*arguments)
    assert refused.returncode == FAILED
    assert refused.stdout == ""
    assert "--leave-out-unusable" in refused.stderr

    first = json.loads(luthier(*arguments, "--leave-out-unusable", "--json").stdout)
    second = json.loads(luthier(*arguments, "--leave-out-unusable", "--json").stdout)
    assert first["id"] == second["id"]
    assert first["train"] + first["validation"] + first["test"] == 59


@pytest.mark.parametrize("name", ["missing.csv", "folder"])
def test_a_bad_path_is_told_plainly(luthier: Luthier, tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    done = luthier("data", "check", str(tmp_path / name))
    assert done.returncode == FAILED
    assert name in done.stderr
    assert "Traceback" not in done.stderr


def test_lessons_are_found_by_question(luthier: Luthier) -> None:
    found = json.loads(luthier("lessons", "what", "is", "LoRA", "--json").stdout)
    assert "LoRA" in found[0]["title"]
    titles = luthier("lessons").stdout.splitlines()
    assert len(titles) >= 40


def test_unknown_ids_are_told_plainly(luthier: Luthier) -> None:
    for arguments in (
        ("jobs", "show", "XYZ"),
        ("eval", "show", "XYZ"),
        ("resume", "XYZ"),
        ("report", "XYZ"),
    ):
        done = luthier(*arguments)
        assert done.returncode == FAILED, done
        assert "XYZ" in done.stderr
        assert done.stdout == ""


def test_empty_lists_say_how_to_begin(luthier: Luthier) -> None:
    for command in (("jobs",), ("sessions",), ("eval", "list")):
        done = luthier(*command)
        assert done.returncode == OK
        assert done.stdout == ""
        assert done.stderr.strip()
        assert json.loads(luthier(*command, "--json").stdout) == []


@pytest.fixture
def counting(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Job]:
    """A fake job at work that counts until it is let go."""
    monkeypatch.setattr(
        "luthier.tools.jobs.supervisor.RUNNER", [sys.executable, "-P", str(FAKES / "runner.py")]
    )
    job = launch(
        workspace,
        kind="train",
        session_id="s",
        title="Counting",
        payload={"do": "count", "until": 10, "held": True},
        idempotency_key="k",
    )
    deadline = time.monotonic() + 30
    while not EventReader(job.folder).read_new():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    yield job
    Path(job.folder, "let-go").touch()


def test_jobs_are_steered_from_the_command_line(
    luthier: Luthier, counting: Job, workspace: Workspace
) -> None:
    listed = json.loads(luthier("jobs", "--json").stdout)
    assert [job["id"] for job in listed] == [counting.id]

    paused = luthier("jobs", "pause", counting.id[-6:])
    assert paused.returncode == OK
    followed = luthier("jobs", "follow", counting.id, "--json")
    events = [json.loads(line) for line in followed.stdout.splitlines()]
    assert followed.returncode == FAILED
    assert events[-1] == {"type": "end", "state": "paused", "error": None}
    assert any(event["type"] == "metrics" for event in events)
    assert "paused" in luthier("jobs", "show", counting.id).stdout

    cancelled = json.loads(luthier("jobs", "cancel", counting.id, "--json").stdout)
    assert cancelled["state"] == "cancelled"
    assert luthier("jobs", "resume", counting.id).returncode == FAILED
    assert get_job(workspace, counting.id).status.state is JobState.CANCELLED


def test_following_a_job_ends_with_it(luthier: Luthier, counting: Job) -> None:
    Path(counting.folder, "let-go").touch()
    done = luthier("jobs", "follow", counting.id)
    assert done.returncode == OK
    assert "finished" in done.stderr
    assert done.stdout == ""


def test_output_survives_a_reader_that_stops_early(luthier: Luthier, workspace: Workspace) -> None:
    command = f"{SCRIPT} lessons --json | head -1"
    done = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "LUTHIER_HOME": str(workspace.home)},
    )
    assert done.stdout == "[\n"
    assert done.stderr == ""


@pytest.mark.parametrize("arguments", ["lessons --json", "lessons LoRA"])
def test_output_is_well_where_nobody_reads_on(workspace: Workspace, arguments: str) -> None:
    command = f"{SCRIPT} {arguments} | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "LUTHIER_HOME": str(workspace.home)},
    )
    assert (done.returncode, done.stderr) == (OK, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
@pytest.mark.parametrize("arguments", ["lessons --json", "lessons LoRA"])
def test_a_full_disk_is_told_without_a_traceback(workspace: Workspace, arguments: str) -> None:
    done = subprocess.run(
        ["bash", "-c", f"{SCRIPT} {arguments} > /dev/full"],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "LUTHIER_HOME": str(workspace.home)},
    )
    assert done.returncode == FAILED
    assert "Free some disk space" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
