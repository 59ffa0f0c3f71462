"""Once the speed is measured, the plan is fitted to the minutes that the user named, and says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.desk import Desk

from luthier.tools.workspace import Workspace


@pytest.fixture
def desk(workspace: Workspace, tiny_model: Path, tmp_path: Path) -> Desk:
    """A session at its plan, with ten minutes to spend."""
    path = tmp_path / "mail.csv"
    rows = (
        f"a message about order {n * 7919 % 1000},{'spam' if n % 2 else 'ham'}" for n in range(90)
    )
    path.write_text("\n".join(("message,kind", *rows)), encoding="utf-8")
    desk = Desk(workspace)
    desk.call("choose_model", model=str(tiny_model))
    desk.call("inspect_data", path=str(path))
    desk.call("note_answers", minutes=10, criterion=0.9)
    desk.call("prepare_data")
    desk.call("make_plan")
    return desk


def test_the_measured_speed_fits_the_passes_to_the_minutes_and_the_estimate_with_them(
    desk: Desk,
) -> None:
    before = desk.epochs
    outcome = desk.measured(one_pass=120)
    facts = desk.facts
    assert 1 <= desk.epochs < before
    assert facts.estimate is not None
    assert facts.estimate.measured
    assert facts.estimate.train_seconds < 600
    assert facts.preflight_job
    assert outcome.data["refitted"] in outcome.summary
    assert "10 minutes" in outcome.data["refitted"]
    assert outcome.views[0].model_dump()["title"].startswith("Plan")


def test_a_plan_that_fits_is_left_alone(desk: Desk) -> None:
    before = desk.epochs
    outcome = desk.measured(one_pass=2)
    assert desk.epochs == before
    assert not outcome.data["refitted"]


def test_more_time_named_later_brings_the_passes_back_without_measuring_again(desk: Desk) -> None:
    wanted = desk.epochs
    desk.measured(one_pass=120)
    outcome = desk.call("note_answers", minutes=120)
    assert desk.epochs == wanted
    assert "120 minutes" in outcome.data["refitted"]
    assert desk.facts.estimate is not None
    assert desk.facts.estimate.measured


def test_passes_that_the_user_asked_for_are_not_taken_away(desk: Desk) -> None:
    desk.call("change_plan", changes={"epochs": 9})
    outcome = desk.measured(one_pass=120)
    assert desk.epochs == 9
    assert not outcome.data["refitted"]
