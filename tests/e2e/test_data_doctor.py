"""``luthier data check``, ``mend``, ``undo`` and ``trace`` as a script uses them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from luthier.tools.workspace import Workspace
from luthier.tui.exit_codes import FAILED, NEGATIVE, OK

SCRIPT = Path(sys.executable).with_name("luthier")


def luthier(workspace: Workspace, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LUTHIER_HOME": str(workspace.home), "NO_COLOR": "1"}
    return subprocess.run(
        [str(SCRIPT), *arguments], capture_output=True, text=True, timeout=120, env=environment
    )


def test_from_a_check_to_a_traced_row(workspace: Workspace, tmp_path: Path) -> None:
    rows = [
        {
            "messages": [
                {"role": "user", "content": f"what is thing {n * 7919}?"},
                {"role": "assistant", "content": f"It is number {n * 31}."},
            ]
        }
        for n in range(30)
    ]
    rows[4]["messages"][1]["content"] = "R&amp;D"
    rows[6]["messages"][0]["role"] = "hummany"
    path, out = tmp_path / "chat.jsonl", tmp_path / "mended.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")

    checked = luthier(workspace, "data", "check", str(path), "--json")
    assert checked.returncode == NEGATIVE
    found = {each["code"]: each for each in json.loads(checked.stdout)["report"]["findings"]}
    assert (found["unrecognized_role"]["severity"], found["unrecognized_role"]["lines"]) == (
        "blocks", [7],
    )  # fmt: skip
    assert found["html_entities"]["remedies"] == ["unescape_entities"]
    assert all(each["why"] and each["remedy"] for each in found.values())

    preview = luthier(workspace, "data", "mend", str(path), "--all", "--preview")
    assert preview.returncode == OK
    assert "R&D" in preview.stdout
    mended = luthier(workspace, "data", "mend", str(path), "--all", "--out", str(out), "--json")
    assert mended.returncode == OK
    version = json.loads(mended.stdout)
    assert version["mapping"]["remedies"] == ["fix_roles", "unescape_entities"]
    assert len(out.read_text().splitlines()) == 30
    assert "&amp;" not in out.read_text()

    prepared = luthier(workspace, "data", "prepare", version["id"], "--json")
    assert prepared.returncode == OK
    info = json.loads(prepared.stdout)
    assert info["train"] + info["validation"] + info["test"] == 30
    traced = luthier(workspace, "data", "trace", info["id"], "train:1", "--json")
    trace = json.loads(traced.stdout)
    assert trace["record"] == rows[trace["source"]["line"] - 1]
    assert trace["version"] == version["id"]
    by_name = luthier(workspace, "data", "trace", info["name"], "train:1", "--json")
    assert json.loads(by_name.stdout)["row"] == trace["row"]

    undone = luthier(workspace, "data", "undo", version["id"], "--json")
    assert json.loads(undone.stdout)["id"] == version["parent"]
    again = luthier(workspace, "data", "undo", version["parent"])
    assert again.returncode == FAILED
    assert "nothing to undo" in again.stderr
    unknown = luthier(workspace, "data", "mend", str(path), "--remedy", "magic")
    assert unknown.returncode == FAILED
    assert "fix_roles" in unknown.stderr
