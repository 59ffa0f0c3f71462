"""Rows learned by heart come out of a model that was really trained on them, and new ones do not."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from fakes.tuned import save_adapter, train_adapter

from luthier.tools.data.model import Mapping
from luthier.tools.data.prepare import prepare_dataset
from luthier.tools.data.store import load_rows
from luthier.tools.evaluation.losses import cautions
from luthier.tools.evaluation.memorised import check_memorised
from luthier.tools.evaluation.model import Evaluation
from luthier.tools.workspace import Workspace
from tests.unit.tools.evaluation.test_few_shot import make_bench

NAMES = (
    "anna",
    "bert",
    "carl",
    "dora",
    "emil",
    "fred",
    "gina",
    "hans",
    "ines",
    "jane",
    "kurt",
    "lena",
)


@pytest.mark.training
def test_a_model_that_knows_its_rows_by_heart_is_found_out(
    workspace: Workspace, tiny_model: Path, tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["question", "answer"])
        for number in range(36):
            name = f"{NAMES[number % 12]} {number}"
            mail = f"write to {NAMES[number * 7 % 12]}{number}@posteo.net at nine"
            writer.writerow([f"how is {name} reached?", mail])
    dataset = prepare_dataset(
        workspace,
        path,
        Mapping(prompt=("question",), completion="answer"),
        leave_out_unusable=True,
        fractions=(0.5, 0.1, 0.4),
    )
    bench = make_bench(workspace, dataset, tiny_model, tmp_path, tokens=40)
    rows = load_rows(workspace, dataset.id, "train")
    adapter = tmp_path / "adapter"
    save_adapter(train_adapter(tiny_model, rows, steps=120), adapter)
    found = check_memorised(bench, adapter, load_rows(workspace, dataset.id, "test"))
    assert found is not None
    assert found.training.value > 0.8
    assert found.base.value == 0
    assert found.held_out.value < 0.2
    assert found.more_than_chance
    assert found.private_rows == found.training_rows
    assert found.private_out > 0.8 * found.private_rows
    evaluation = Evaluation(
        id="x", dataset_id="d", metric="rouge_l", test_rows=9, arms=(), memorised=found
    )
    assert len(cautions(evaluation)) == 2
