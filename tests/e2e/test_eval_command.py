"""``luthier eval rate`` and ``judge`` from outside, on answers that lie on the disk."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from fakes.command import luthier
from fakes.judged import finished_evaluation
from fakes.openai_server import OpenAIServer, Reply
from fakes.tiny_encoder import write_tiny_encoder
from fakes.tuned import TRAIN_JOB, tune_tiny

from luthier.tools.data.model import Mapping
from luthier.tools.data.prepare import prepare_dataset
from luthier.tools.workspace import open_workspace
from tests.unit.tools.evaluation.conftest import write_csv


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


@pytest.mark.training
def test_a_training_is_measured_again_with_everything_of_ones_own(
    tmp_path: Path, tiny_model: Path
) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    tune_tiny(open_workspace(tmp_path / "home"), tiny_model, folder)
    handbook = tmp_path / "handbook.md"
    handbook.write_text("# Spam\n\nPrize, money, pills are spam.\n\n# Ham\n\nTea is ham.\n")
    own = tmp_path / "mine.py"
    own.write_text(
        "def score(prompt, expected, answer):\n    return float(expected == answer.strip())\n"
    )
    options = {
        "--documents": str(handbook),
        "--own-metric": str(own),
        "--encoder": str(write_tiny_encoder(tmp_path / "words", tiny_model)),
        "--measure": "macro_f1",
        "--pattern": "spam|ham",
        "--model": TRAIN_JOB,
        "--rows": "12",
        "--price-per-hour": "0.1",
        "--hosting-per-hour": "1",
    }
    flat = [part for pair in options.items() for part in pair]
    done = luthier(tmp_path / "home", "eval", "again", TRAIN_JOB, *flat, "--yes", "--json")
    assert done.returncode in (0, 4), done.stderr
    found = json.loads(done.stdout)
    names = [arm["arm"] for arm in found["arms"]]
    assert names == ["base", "retrieval", "tuned", "tuned_retrieval", f"model:{TRAIN_JOB}"]
    assert {arm["rows"] for arm in found["arms"]} == {12}
    assert {"exact_match", "macro_f1", "pattern", "own"} == set(found["arms"][0]["metrics"])
    assert "handbook.md" in found["arms"][1]["detail"]["prompt"]
    assert found["price_per_hour"] == 0.1
    assert found["confusions"]
