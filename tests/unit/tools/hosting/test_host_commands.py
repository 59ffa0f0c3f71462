"""``luthier exports`` and ``luthier host`` from outside: three GGUF formats, one served by llama.cpp."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from fakes.command import luthier
from fakes.tuned import TunedHome

from luthier.tools.hosting.elsewhere import commands_for
from luthier.tools.hosting.kinds.folder import MODEL

if TYPE_CHECKING:
    from tests.unit.tools.hosting.conftest import MadeByCommand

pytestmark = [pytest.mark.training, pytest.mark.timeout(300)]

ROW = re.compile(r"GGUF (\w+)\W.*?(\d+)%\D+(\d+)%\D+(\d+)%\D+(\d+)\D")
"""Format, same answers, metric, ends by itself, tokens a second: as the printed table has them."""


def as_json(home: Path, *arguments: str) -> Any:
    """What a command prints with ``--json``."""
    done = luthier(home, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def asked(url: str, key: str = "") -> str:
    """The status of a request made by hand, behind the answer's text."""
    head = ["--header", f"Authorization: Bearer {key}"] if key else []
    command = ["curl", "--silent", "--write-out", "%{http_code}", *head, url]
    return subprocess.run(command, capture_output=True, text=True, timeout=60).stdout


def test_one_command_prints_parity_and_metric_of_every_format(
    made_by_command: MadeByCommand,
) -> None:
    printed = made_by_command.done.stdout
    listed = luthier(made_by_command.home.workspace.home, "exports").stdout
    for table in (printed, listed):
        assert "exact match" in table
        assert "of the tuned model itself on the same rows: 100%" in " ".join(table.split())
        rows = {name: figures for name, *figures in ROW.findall(" ".join(table.split()))}
        assert set(rows) == {"F16", "Q8_0", "Q4_K_M"}
        assert rows["F16"][:3] == rows["Q8_0"][:3] == ["100", "100", "100"]
        assert int(rows["Q4_K_M"][0]) >= 50
        assert all(int(figures[3]) > 0 for figures in rows.values())


def test_a_gguf_is_served_by_llama_cpp_with_key_health_log_check_and_stop(
    made_by_command: MadeByCommand,
) -> None:
    home = made_by_command.home.workspace.home
    server = as_json(home, "host", "start", "q8_0")
    try:
        assert server["backend"] == "llama.cpp"
        assert server["export_id"] == made_by_command.exports[1].id
        assert server["url"].startswith("http://127.0.0.1:")
        models = f"{server['url']}/v1/models"
        key = as_json(home, "host", "key")["key"]
        assert asked(f"{server['url']}/health").endswith("200")
        assert asked(models).endswith("401")
        assert asked(models, "wrong").endswith("401")
        assert asked(models, key).endswith("200")
        assert key not in json.dumps(server)
        assert key not in " ".join(psutil.Process(server["pid"]).cmdline())
        (running,) = as_json(home, "host")
        assert running["tokens_per_second"] > 0
        assert running["memory_bytes"] > 1_000_000
        parity = as_json(home, "host", "check")
        assert parity["identical"] == parity["score"] == parity["reference"] == 1.0
        assert parity["template_same"] is True
        curl = as_json(home, "host", "snippets", "--language", "curl", "--question", "win prize")
        said = subprocess.run(
            ["sh", "-c", curl["curl"]], capture_output=True, text=True, timeout=60
        )
        assert json.loads(said.stdout)["choices"][0]["message"]["content"] in ("spam", "ham")
        log = as_json(home, "host", "log", "--lines", "200")["log"]
        assert log.strip()
        assert key not in log
    finally:
        stopped = luthier(home, "host", "stop")
    assert stopped.returncode == 0
    assert as_json(home, "host") == []
    assert not psutil.pid_exists(server["pid"])
    refused = luthier(home, "host", "check")
    assert refused.returncode == 1
    assert "luthier host start" in refused.stderr


def test_an_export_is_shown_and_deleted_only_after_a_yes(tuned_home: TunedHome) -> None:
    home = tuned_home.workspace.home
    (export,) = tuned_home.export("adapter")
    shown = luthier(home, "exports", "show", export.id)
    assert export.path in "".join(shown.stdout.split())
    unsaid = luthier(home, "exports", "delete", export.id, stdin="n\n")
    assert unsaid.returncode != 0
    assert Path(export.path).exists()
    assert as_json(home, "exports", "delete", export.id, "--yes")["id"] == export.id
    assert not Path(export.path).exists()
    assert export.id not in [one["id"] for one in as_json(home, "exports")]


def test_commands_for_other_programs_name_the_files_and_options_those_programs_have(
    tuned_home: TunedHome,
) -> None:
    (merged,) = tuned_home.export("merged")
    whole = commands_for(merged)
    adapter = merged.model_copy(update={"kind": "folder"})
    assert f"serve {Path(adapter.path) / MODEL} " in commands_for(adapter)["transformers"]
    assert whole["transformers"].startswith(f"transformers serve {merged.path} ")
    assert f"-v {merged.path}:/model " in whole["TGI"]
    assert whole["TGI"].endswith("--model-id /model")
    assert "127.0.0.1:8080:80" in whole["TGI"], "reachable from this computer alone"
    program = [sys.executable, "-m", "transformers.cli.transformers", "serve", "--help"]
    done = subprocess.run(program, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    options = set(re.findall(r"--[a-z-]+", whole["transformers"]))
    assert options == {"--host", "--port"}
    assert options <= set(re.findall(r"--[a-z-]+", done.stdout))
    assert "[FORCE_MODEL]" in done.stdout
