"""What "against" may name: a file of questions, or a prepared data set with its frozen test rows."""

from __future__ import annotations

import json
from pathlib import Path

from luthier.tools.data.held_out import find_held_out
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
