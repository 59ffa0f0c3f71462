"""``luthier eval rate`` and ``judge`` from outside, on answers that lie on the disk."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from fakes.judged import finished_evaluation
from fakes.openai_server import OpenAIServer, Reply

from luthier.tools.data.model import Mapping
from luthier.tools.data.prepare import prepare_dataset
from luthier.tools.workspace import open_workspace
from tests.unit.tools.evaluation.conftest import write_csv


def luthier(home: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "luthier.tui.cli", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "LUTHIER_HOME": str(home)},
        check=False,
    )


def test_pairs_are_rated_in_two_sittings_and_judged_by_a_model(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path / "home")
    dataset = prepare_dataset(
        workspace,
        write_csv(tmp_path / "messages.csv"),
        Mapping(prompt=("message",), completion="label"),
        leave_out_unusable=True,
    )
    evaluation = finished_evaluation(workspace, dataset)
    first = luthier(tmp_path / "home", "eval", "rate", evaluation.id, stdin="A\nt\ns\n")
    assert first.returncode == 0, first.stderr
    rest = luthier(tmp_path / "home", "eval", "rate", evaluation.id, "--json", stdin="b\n" * 10)
    assert rest.returncode == 0, rest.stderr
    rated = json.loads(rest.stdout[rest.stdout.index("{") :])["rated"]
    assert len(rated) == 12
    assert sum(one["better"] == "tie" for one in rated) == 1

    def judge(request: dict[str, Any]) -> Reply:
        answers = re.findall(r"Answer [AB]:\n<<<\n(\w+)", request["messages"][-1]["content"])
        return Reply(text="AB"[answers.index("TUNED")])

    with OpenAIServer(judge) as server:
        where = f"big@{server.base_url}"
        done = luthier(tmp_path / "home", "eval", "judge", evaluation.id, "--at", where, "--yes")
        assert done.returncode == 0, done.stderr
    assert "kappa" in " ".join(done.stdout.split())
    wrong = luthier(tmp_path / "home", "eval", "judge", evaluation.id, "--at", "big", "--yes")
    assert wrong.returncode != 0
    assert "MODEL@URL" in wrong.stderr
