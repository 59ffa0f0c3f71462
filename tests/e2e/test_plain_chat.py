"""The plain chat through a pipe: the installed script, the real guide, real workers."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from luthier.tools.jobs.model import JobState
from luthier.tools.jobs.store import list_jobs
from luthier.tools.jobs.wait import wait_for
from luthier.tools.workspace import Workspace
from luthier.tui.exit_codes import FAILED, OK
from luthier.tui.plain_streams import without_marks

SCRIPT = Path(sys.executable).with_name("luthier")

Chat = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def chat(workspace: Workspace) -> Chat:
    """Pipe lines into ``luthier ARGUMENTS``."""

    def run(*arguments: str, lines: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(SCRIPT), *arguments],
            input="".join(f"{line}\n" for line in lines),
            capture_output=True,
            text=True,
            timeout=280,
            env={**os.environ, "LUTHIER_HOME": str(workspace.home)},
        )

    return run


def session_in(output: str) -> str:
    found = re.search(r"luthier resume (\S+)\s*$", output)
    assert found, output
    return found.group(1)


def test_questions_are_numbered_and_the_end_of_input_ends_the_chat(chat: Chat) -> None:
    done = chat("chat", "--plain", lines=[])
    assert done.returncode == OK, done.stderr
    assert "Question: " in done.stdout
    assert "  1. " in done.stdout
    assert done.stderr == ""
    assert "**" not in done.stdout
    assert "luthier resume" not in done.stdout
    assert json.loads(chat("sessions", "--json", lines=[]).stdout) == []


def test_why_unsure_and_back_work_and_a_session_goes_on_where_it_was(chat: Chat) -> None:
    done = chat("chat", "--plain", lines=["2", "why", "back", "2", "what is LoRA?"])
    assert done.returncode == OK, done.stderr
    assert "You: why\nWhy I ask: " in done.stdout
    assert "shop_tickets.csv" in done.stdout
    assert "low-rank" in done.stdout
    questions = re.findall(r"^Question: (.+)$", done.stdout, re.MULTILINE)
    assert questions[0] == questions[2]

    (listed,) = json.loads(chat("sessions", "--json", lines=[]).stdout)
    assert listed["id"] == session_in(done.stdout)
    assert listed["messages"] > 0
    assert listed["id"] in chat("sessions", lines=[]).stdout

    again = chat("resume", session_in(done.stdout), "--plain", lines=[])
    assert again.returncode == OK, again.stderr
    assert "shop_tickets.csv" in again.stdout
    assert f"Question: {questions[-1]}" in again.stdout

    new = chat("chat", "--plain", lines=["quit"])
    assert f"luthier resume {session_in(done.stdout)}" in new.stdout


def test_a_second_chat_on_one_session_is_told_so(chat: Chat, workspace: Workspace) -> None:
    session = session_in(chat("chat", "--plain", lines=["2"]).stdout)
    first = subprocess.Popen(
        [str(SCRIPT), "resume", session, "--plain"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "LUTHIER_HOME": str(workspace.home)},
    )
    assert first.stdin is not None
    assert first.stdout is not None
    for line in first.stdout:
        if line.startswith("  Answer with"):
            break
    second = chat("resume", session, "--plain", lines=["1"])
    first.communicate()
    assert "open in another Luthier" in second.stdout
    assert first.returncode == OK


def test_wait_needs_plain(chat: Chat) -> None:
    assert chat("chat", "--wait", lines=[]).returncode != OK
    assert chat("chat", lines=[]).returncode == FAILED


def test_marks_are_not_read_out() -> None:
    assert (
        without_marks("# Head\n**bold** and `code`, 2 * 3 * 4") == "Head\nbold and code, 2 * 3 * 4"
    )


@pytest.mark.training
@pytest.mark.timeout(600)
def test_a_job_outlives_the_chat_and_is_found_again(
    chat: Chat, workspace: Workspace, tmp_path: Path, tiny_model: Path
) -> None:
    chance = random.Random(5)
    rows = ["message,kind"]
    for number in range(80):
        words = ["prize", "money", "pills"] if number % 2 else ["lunch", "tea", "call"]
        text = " ".join(chance.choices(words, k=3))
        rows.append(f"{text} {number * 7919 % 1000},{'spam' if number % 2 else 'ham'}")
    (tmp_path / "mail.csv").write_text("\n".join(rows) + "\n")

    left = chat(
        "chat",
        "--plain",
        "--wait",
        lines=[
            f"model is {tiny_model}",
            str(tmp_path / "mail.csv"),
            "?",
            "?",
            "?",
            "perhaps",
            "why?",
        ],
    )
    assert left.returncode == OK, left.stderr
    assert "Your yes is needed: Start the training" in left.stdout, left.stdout
    assert "Please answer yes or no." in left.stdout
    assert "nothing has happened yet." in left.stdout.partition("You: why?")[2]
    assert left.stdout.count("Your yes is needed: Start the training") == 2
    assert [job.spec.kind for job in list_jobs(workspace)] == ["preflight", "baseline"]
    session = session_in(left.stdout)

    launched = chat("resume", session, "--plain", lines=["yes"])
    training = list_jobs(workspace)[0]
    assert training.spec.kind == "train"
    assert training.id in launched.stdout
    assert wait_for(workspace, training.id, lambda *_: None).status.state is JobState.SUCCEEDED

    found = chat("resume", session, "--plain", "--wait", lines=[])
    assert found.returncode == OK, found.stderr
    assert "exact match (decides); base model: " in found.stdout
    assert found.stdout.count("The report is written.") == 1
    assert list_jobs(workspace)[0].spec.kind == "evaluate"
    assert list_jobs(workspace)[0].status.state is JobState.SUCCEEDED
    report = chat("report", session, "--json", lines=[])
    assert Path(json.loads(report.stdout)["html"]).is_file()
