"""What "against" may name: a file of questions, or a prepared data set with its frozen test rows."""

from __future__ import annotations

import json
from pathlib import Path

from luthier.tools.data.held_out import find_held_out, splits_beside
from luthier.tools.data.inspect import inspect_file
from luthier.tools.data.prepare import prepare_dataset
from luthier.tools.data.store import load_rows
from luthier.tools.workspace import Workspace


def write_rows(path: Path, count: int, extra: tuple[str, ...] = ()) -> Path:
    questions = [f"How do I change the {word} of order {n}?" for n, word in enumerate(WORDS * 9)]
    rows = [*questions[:count], *extra]
    path.write_text("".join(json.dumps({"question": q, "answer": "a" + q}) + "\n" for q in rows))
    return path


WORDS = ["address", "colour", "payment", "recipient", "voucher", "date", "size"]


def test_a_prepared_data_set_means_its_frozen_test_rows(
    workspace: Workspace, tmp_path: Path
) -> None:
    first = write_rows(tmp_path / "first.jsonl", 60)
    info = prepare_dataset(workspace, first, None, leave_out_unusable=False, name="shop")
    frozen = next(iter(load_rows(workspace, info.id, "test"))).prompt[-1].content
    later = tmp_path / "later.jsonl"
    later.write_text(
        json.dumps({"question": frozen, "answer": "leaked"})
        + "\n"
        + "".join(
            json.dumps({"question": f"{word} of something else", "answer": word}) + "\n"
            for word in ("Weight", "Length", "Origin", "Maker")
        )
    )
    for name in ("shop", info.id):
        check = find_held_out(workspace, name).check()
        found = inspect_file(later, also=[check]).problems
        overlap = next(problem for problem in found if problem.code == "overlap_with_evaluation")
        assert overlap.lines == (1,)
        assert "shop" in overlap.message


def test_a_path_means_the_file(workspace: Workspace, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "questions.jsonl", 3)
    assert find_held_out(workspace, str(path)).path == path


def test_a_folder_with_splits_is_compared_with_its_own_test_rows(
    workspace: Workspace, tmp_path: Path
) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    leaked = ("Which way to the station, please?",)
    write_rows(folder / "train.jsonl", 30, leaked)
    (folder / "test.jsonl").write_text(
        json.dumps({"question": "which way to the station please", "answer": "left"})
        + "\n"
        + json.dumps({"question": "Something that nobody trains on", "answer": "no"})
        + "\n"
    )
    (beside,) = splits_beside(folder)
    found = inspect_file(folder, also=[beside.check()]).problems
    overlap = next(problem for problem in found if problem.code == "overlap_with_evaluation")
    assert (overlap.count, overlap.lines, overlap.files) == (1, (31,), ("train.jsonl",))
    assert "test" in overlap.message
    (remedy,) = overlap.remedies
    mapping = inspect_file(folder).mapping.model_copy(update={"remedies": (remedy,)})
    again = inspect_file(folder, mapping=mapping, also=[beside.check()])
    assert again.usable == 30
    assert "overlap_with_evaluation" not in {problem.code for problem in again.problems}


def test_only_training_rows_are_compared(tmp_path: Path) -> None:
    write_rows(tmp_path / "train.jsonl", 9)
    write_rows(tmp_path / "test.jsonl", 9)
    assert splits_beside(tmp_path, "test") == []
    assert splits_beside(tmp_path / "train.jsonl") == []
