"""Rows that would teach a model to break off are a gate before every launch, with a way through it."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.desk import Desk

from luthier.tools.errors import LuthierError
from luthier.tools.jobs.store import list_jobs
from luthier.tools.run import run_plan
from luthier.tools.workspace import Workspace


@pytest.fixture
def desk(workspace: Workspace, tiny_model: Path, tmp_path: Path) -> Desk:
    """A session at its plan, whose length cuts one answer of ninety."""
    rows = [f"what is number {n * 7919 % 1000}?,it is {n * 31 % 977}" for n in range(90)]
    rows[7] = "tell me a long tale," + "and then " * 300 + "it ended"
    path = tmp_path / "tales.csv"
    path.write_text("\n".join(("question,answer", *rows)), encoding="utf-8")
    desk = Desk(workspace)
    desk.call("choose_model", model=str(tiny_model))
    desk.call("inspect_data", path=str(path))
    desk.call("note_answers", minutes=10, criterion=0.9)
    desk.call("prepare_data")
    desk.call("make_plan")
    desk.call("change_plan", changes={"length": 64})
    return desk


def test_a_cut_answer_blocks_the_launch_in_the_chat_and_both_fixes_open_it(desk: Desk) -> None:
    assert desk.facts.token_blockers
    with pytest.raises(LuthierError) as caught:
        desk.call("launch_training")
    assert caught.value.code == "launch.blocked"
    assert caught.value.remedy
    assert list_jobs(desk.workspace) == []

    length = desk.facts.plan.train.max_length if desk.facts.plan else 0
    desk.call("change_plan", changes={"length": length * 64})
    assert not desk.facts.token_blockers
    desk.call("change_plan", changes={"length": 64})
    assert desk.facts.token_blockers

    desk.call("prepare_data", set_aside_untrainable=True)
    assert desk.facts.dataset is not None
    assert len(desk.facts.dataset.exclude) == 1
    desk.call("make_plan")
    desk.call("change_plan", changes={"length": 64})
    assert not desk.facts.token_blockers


def test_a_run_without_a_chat_stops_before_anything_is_started(desk: Desk) -> None:
    assert desk.facts.plan is not None
    with pytest.raises(LuthierError) as caught:
        run_plan(desk.workspace, desk.facts.plan)
    assert caught.value.code == "run.blocked"
    assert caught.value.remedy
    assert list_jobs(desk.workspace) == []
