"""``luthier model`` from outside: the test call, the choice, the key, and the way back to the guide."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from fakes.openai_server import OpenAIServer, Reply, does

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def luthier(tmp_path: Path) -> Run:
    """The real command with a home of its own and a keyring that keeps nothing."""
    environment = {name: value for name, value in os.environ.items() if "API_KEY" not in name}
    environment |= {
        "LUTHIER_HOME": str(tmp_path / "home"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }

    def run(*arguments: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "luthier.tui.cli", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            env={**environment, **variables},
            check=False,
        )

    return run


def test_a_model_is_tested_taken_shown_and_given_up(luthier: Run, tmp_path: Path) -> None:
    assert "offline guide" in luthier("model").stdout
    replies = [does("note_word", word="spruce"), Reply("Hello from the model.")]
    with OpenAIServer(replies) as server:
        taken = luthier("model", "use", server.base_url, "scripted", "--lead", "never")
        assert taken.returncode == 0, taken.stderr
        assert "calls tools" in taken.stderr

        shown = json.loads(luthier("model", "show", "--json").stdout)
        assert shown["brain"] == "model"
        assert (shown["settings"]["model"], shown["settings"]["lead"]) == ("scripted", "never")
        listed = json.loads(luthier("model", "list", "--json").stdout)
        assert {"model": "scripted", "address": server.base_url} == {
            name: listed[-1][name] for name in ("model", "address")
        }

        said = luthier("chat", "--plain", stdin="/quit\n").stdout
        assert "Hello from the model." in said

    assert luthier("model", "guide").returncode == 0
    assert json.loads(luthier("model", "show", "--json").stdout)["brain"] == "guide"
    assert not (tmp_path / "home" / "brain.json").exists()


def test_a_model_that_cannot_call_tools_is_refused(luthier: Run) -> None:
    with OpenAIServer([Reply("Spruce, you say?")]) as server:
        refused = luthier("model", "use", server.base_url, "talker")
    assert refused.returncode == 4
    assert "stay with the guide" in refused.stderr
    assert "offline guide" in luthier("model", "show").stdout


def test_a_key_is_used_but_never_printed_or_kept(luthier: Run, tmp_path: Path) -> None:
    with OpenAIServer([does("note_word", word="spruce")]) as server:
        key = {"MY_KEY": "sk-canary"}
        taken = luthier("model", "use", server.base_url, "m", "--key-env", "MY_KEY", **key)
        assert taken.returncode == 0, taken.stderr
        assert server.authorizations == ["Bearer sk-canary"]
        shown = luthier("model", "show", **key)
    assert "environment variable MY_KEY" in shown.stdout
    assert "sk-canary" not in taken.stdout + taken.stderr + shown.stdout + shown.stderr
    home = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert [path for path in home if b"sk-canary" in path.read_bytes()] == []

    stored = luthier("model", "use", server.base_url, "m", "--key-stdin", stdin="sk-canary\n")
    assert stored.returncode == 1
    assert "keyring" in stored.stderr
    assert "Traceback" not in stored.stderr


def test_a_damaged_choice_is_told_and_mended(luthier: Run, tmp_path: Path) -> None:
    luthier("model")
    (tmp_path / "home" / "brain.json").write_text("{")
    told = luthier("model", "show")
    assert told.returncode == 1
    assert "luthier model guide" in told.stderr
    assert luthier("model", "guide").returncode == 0
    assert "offline guide" in luthier("model", "show").stdout
