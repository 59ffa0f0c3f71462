"""A prepared data set on the command line: split by group, its tokens counted, taken elsewhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from luthier.tools.workspace import Workspace
from luthier.tui.exit_codes import FAILED, OK, USAGE

SCRIPT = Path(sys.executable).with_name("luthier")


def luthier(workspace: Workspace, *arguments: str) -> tuple[int, Any, str]:
    """Exit code, what was printed as JSON, and the words."""
    done = subprocess.run(
        [str(SCRIPT), "data", *arguments, "--json"],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "LUTHIER_HOME": str(workspace.home), "NO_COLOR": "1"},
    )
    assert "Traceback" not in done.stderr
    return done.returncode, json.loads(done.stdout) if done.stdout else None, done.stderr


def test_prepare_tokens_and_export(workspace: Workspace, tmp_path: Path) -> None:
    source = tmp_path / "tickets.csv"
    rows = (f"c{n % 20},Where is parcel {n * 7919}?,It is in hall {n * 31}." for n in range(80))
    source.write_text("\n".join(["customer_id,question,answer", *rows]))

    code, info, _words = luthier(
        workspace, "prepare", str(source), "--split-column", "customer_id", "--name", "Tickets"
    )
    assert code == OK
    assert (info["split"]["method"], info["split"]["column"]) == ("group", "customer_id")

    code, counted, _words = luthier(workspace, "tokens", "tickets", "--model", "gpt-4o")
    assert code == OK
    assert counted["exact"] is False
    assert sum(side["rows"] for side in counted["splits"]) == 80

    out = tmp_path / "out"
    code, report, _words = luthier(
        workspace, "export", info["id"][:6], "--format", "LLaMA-Factory", "--out", str(out)
    )
    assert code == OK
    assert report["written"] == 80
    assert set(json.loads((out / "dataset_info.json").read_text())) == {
        "tickets_train",
        "tickets_validation",
        "tickets_test",
    }
    code, _nothing, words = luthier(
        workspace, "export", "--format", "llama-factory", "--out", str(out)
    )
    assert code == FAILED
    assert "--overwrite" in words


def test_what_does_not_fit_is_told(workspace: Workspace, tmp_path: Path) -> None:
    code, _nothing, words = luthier(workspace, "tokens", "nothing")
    assert (code, "There are none yet." in words) == (FAILED, True)
    code, _nothing, words = luthier(
        workspace, "prepare", "rows.csv", "--split", "random", "--split-column", "x"
    )
    assert code == USAGE
