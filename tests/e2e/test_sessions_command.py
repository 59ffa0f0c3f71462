"""``luthier sessions`` and the plain chat's session commands: the installed script, the real guide."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from luthier.tools.workspace import Workspace
from luthier.tui.exit_codes import FAILED, OK

SCRIPT = Path(sys.executable).with_name("luthier")
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(workspace: Workspace) -> Run:
    """Run ``luthier ARGUMENTS`` with lines on stdin."""

    def start(*arguments: str, lines: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(SCRIPT), *arguments],
            input="".join(f"{line}\n" for line in lines),
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ, "LUTHIER_HOME": str(workspace.home), "NO_COLOR": "1"},
        )

    return start


def listed(run: Run, *options: str) -> list[dict[str, object]]:
    """The sessions as ``--json`` has them."""
    found: list[dict[str, object]] = json.loads(run("sessions", *options, "--json").stdout)
    return found


def test_a_conversation_is_found_forked_carried_away_and_deleted(run: Run, tmp_path: Path) -> None:
    told = run("chat", "--plain", lines=("2", "what is LoRA?"))
    assert "*See also" not in told.stdout
    (one,) = listed(run, "--search", "low rank")
    session = str(one["id"])
    assert "low-rank" in str(one["excerpt"])
    assert int(str(one["bytes"])) > 1000

    messages = json.loads(run("sessions", "transcript", session, "--json").stdout)
    last_said = [message for message in messages if message["who"] == "user"][-1]
    fork = json.loads(
        run("sessions", "fork", session, "--at", last_said["id"], "--title", "Two", "--json").stdout
    )
    assert fork["forked_from"] == session
    assert run("sessions", "archive", fork["id"]).returncode == OK
    assert [one["title"] for one in listed(run, "--archived")] == ["Two"]

    target = tmp_path / "one.luthier"
    assert run("sessions", "export", session, str(target)).returncode == OK
    no = run("sessions", "delete", session, lines=("n",))
    assert no.returncode == FAILED
    assert "takes away" in no.stderr
    assert "Nothing was deleted" in no.stderr
    assert run("sessions", "delete", session, "--yes").returncode == OK
    assert listed(run) == []
    assert run("sessions", "import", str(target)).returncode == OK
    (taken,) = listed(run)
    shown = run("sessions", "transcript", str(taken["id"])).stdout
    assert "**You:** what is LoRA?" in shown
    assert shown.startswith("# shop\\_tickets.csv")


def test_the_plain_chat_looks_after_its_session(run: Run, tmp_path: Path) -> None:
    told = run(
        "chat",
        "--plain",
        lines=(
            "/help",
            "/nonsense",
            "what is a split?",
            "rename this session to Mine",
            "/edit",
            "/edit 1 what is an epoch?",
            "/sessions mine",
            f"/transcript {tmp_path / 'talk.md'}",
        ),
    ).stdout
    assert "There is no command /nonsense." in told
    assert told.count("/transcript, quit") == 1
    assert "This session is now called “Mine”." in told
    assert "  1. what is a split?" in told
    assert "Forked from “Mine”" in told
    fork = told[told.index("Forked from") :]
    assert "Luthier: Epoch" in fork
    assert "a split" not in fork
    assert fork.count(": Mine, ") == 1
    assert fork.count(": Mine ↳ what is an epoch?") == 1
    assert "what is an epoch?" in (tmp_path / "talk.md").read_text()


def test_a_session_open_elsewhere_is_read_and_looked_after_but_not_deleted(
    run: Run, workspace: Workspace
) -> None:
    run("chat", "--plain", lines=("2",))
    session = str(listed(run)[0]["id"])
    first = subprocess.Popen(
        [str(SCRIPT), "resume", session, "--plain"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "LUTHIER_HOME": str(workspace.home)},
    )
    assert first.stdout is not None
    for heard in first.stdout:
        if heard.startswith("  Answer with"):
            break
    said = ("1", "what is loss?", "/rename Stolen", "/archive")
    second = run("resume", session, "--plain", lines=said)
    assert second.stdout.count("open in another Luthier") == 5
    assert [(one["id"], one["title"] == "Stolen") for one in listed(run)] == [(session, False)]
    assert "Please answer" not in second.stdout
    assert "Answer with" not in second.stdout
    refused = run("sessions", "delete", session, "--yes")
    assert refused.returncode == FAILED
    assert "open in a Luthier" in refused.stderr
    assert run("sessions", "rename", session, "Renamed").returncode == OK
    assert run("sessions", "fork", session).returncode == OK
    first.communicate("1\n")
    titles = {str(one["forked_from"]): str(one["title"]) for one in listed(run)}
    assert titles == {"": "Renamed", session: "Renamed ↳ another way"}
