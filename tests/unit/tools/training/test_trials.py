"""Trainings that are tried for comparison: what fits into the time, what wins, what is repeated."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from luthier.tools.data.store import load_rows
from luthier.tools.evaluation import learning_curve
from luthier.tools.evaluation.measure import read_predictions
from luthier.tools.evaluation.model import ArmResult, Evaluation, Interval, LearningPoint
from luthier.tools.evaluation.power_law import rows_range, wanted_rows
from luthier.tools.evaluation.store import save_evaluation
from luthier.tools.jobs.model import JobState
from luthier.tools.jobs.store import list_jobs
from luthier.tools.training.material import load_material
from luthier.tools.training.plan import Plan
from luthier.tools.training.plan_file import load_plan, save_plan
from luthier.tools.training.trials import search
from luthier.tools.training.trials.model import SearchResult, Trial
from luthier.tools.training.trials.search import candidates_of, plan_rounds, with_settings
from luthier.tools.training.trials.views import search_table

if TYPE_CHECKING:
    from conftest import JobMaker

from luthier.tools.workspace import Workspace


def test_the_plan_itself_is_tried_first_and_every_candidate_once(base_plan: Plan) -> None:
    found = candidates_of(base_plan)
    assert found[0] == {"train.learning_rate": 1e-2, "lora.rank": 8}
    assert len({json.dumps(one) for one in found}) == len(found)
    full = candidates_of(base_plan.model_copy(update={"method": "full"}))
    assert all(set(one) == {"train.learning_rate"} for one in full)


@pytest.mark.parametrize("minutes", [1, 5, 20, 120])
def test_what_is_planned_fits_the_time(base_plan: Plan, minutes: int) -> None:
    load, epoch = 10.0, 60.0
    rounds = plan_rounds(base_plan, minutes * 60, load, epoch)
    longer = sum(load + final.passes * epoch for final in rounds.finals)
    takes = len(rounds.candidates) * (load + rounds.passes * epoch) + longer
    assert rounds.seconds(load, epoch) == pytest.approx(takes)
    assert len(rounds.candidates) >= 2
    if minutes >= 5:
        assert takes <= minutes * 60 * 1.01
    assert 0.5 <= rounds.passes <= base_plan.train.epochs


def test_more_time_tries_more_rates_more_ranks_and_other_numbers_of_epochs() -> None:
    from luthier.tools.data.model import Mapping, Task
    from luthier.tools.training.plan import DataPlan, EvaluationPlan

    data = DataPlan(dataset_id="d", path="", sha256="", mapping=Mapping(completion="a"))
    plan = Plan(
        name="x", task=Task(kind="text"), data=data, evaluation=EvaluationPlan(metric="rouge_l")
    )
    few, many = (plan_rounds(plan, minutes * 60, 10, 60) for minutes in (4, 40))
    assert len(few.candidates) < len(many.candidates)
    assert len({one["train.learning_rate"] for one in many.candidates}) == 3
    assert len({one["lora.rank"] for one in many.candidates}) == 3
    epochs = plan.train.epochs
    assert {(one.place, one.passes) for one in many.finals} >= {(1, epochs * 2), (1, epochs / 2)}
    assert len(few.finals) < len(many.finals)
    plan.train.epochs = 100
    most = plan_rounds(plan, 100_000, 1, 10).finals
    assert len(set(most)) == len(most), "no training is made twice"


def test_settings_of_a_trial_carry_alpha_along(base_plan: Plan) -> None:
    tried = with_settings(base_plan, {"train.learning_rate": 3e-3, "lora.rank": 16}, 0.5)
    assert (tried.lora.rank, tried.lora.alpha) == (16, 32)
    assert (tried.train.learning_rate, tried.train.epochs) == (3e-3, 0.5)


def test_passes_that_were_cut_short_to_save_time_are_no_proposal() -> None:
    def trial(number: int, loss: float, epochs: float, *, shortened: bool) -> Trial:
        settings = {"train.learning_rate": 1e-3 * number, "train.epochs": epochs}
        state = JobState.SUCCEEDED
        return Trial(
            number=number, settings=settings, shortened=shortened, state=state, validation_loss=loss
        )

    present = {"train.learning_rate": 1e-3, "train.epochs": 3}
    first = (trial(1, 0.9, 0.7, shortened=True), trial(2, 0.8, 0.7, shortened=True))
    only = SearchResult(trials=first, best=2, present=present)
    assert only.changes() == {"train.learning_rate": 2e-3}
    longer = trial(2, 0.5, 6, shortened=False).model_copy(update={"number": 3})
    both = SearchResult(trials=(*first, longer), best=3, present=present)
    assert both.changes() == {"train.learning_rate": 2e-3, "train.epochs": 6}


@pytest.mark.training
def test_a_search_runs_each_trial_as_a_job_once_and_names_the_best(
    make_job: JobMaker,
    base_plan: Plan,
    training_home: Workspace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, *_between, other, _last = candidates_of(base_plan)
    assert set(first.items()).isdisjoint(other.items()), "another rate and another rank"
    monkeypatch.setattr(search, "candidates_of", lambda _plan: (first, other))
    once = base_plan.train.model_copy(update={"epochs": 1})
    plan = base_plan.model_copy(update={"train": once})
    job = make_job(plan, kind="search", seconds=420.0, load_seconds=1.0, epoch_seconds=100.0)
    found = SearchResult.model_validate(job.run_here(search.run)["search"])
    losses = {trial.number: trial.validation_loss for trial in found.trials}
    assert len(losses) == 3
    leader = min(found.trials[:2], key=lambda trial: trial.validation_loss or 9.0)
    assert found.trials[2].settings == {**leader.settings, "train.epochs": 2}
    assert found.best == min(losses, key=lambda number: losses[number] or 9.0)
    jobs = [one for one in list_jobs(training_home) if one.spec.kind == "trial"]
    own = {one.id: one.spec.payload["plan"] for one in jobs}
    assert len({trial.job_id for trial in found.trials}) == len(found.trials)
    for trial in found.trials:
        learned = own[trial.job_id]
        assert learned["train"]["epochs"] == trial.settings["train.epochs"]
        assert learned["train"]["learning_rate"] == trial.settings["train.learning_rate"]
        assert learned["lora"]["rank"] == trial.settings["lora.rank"]
    table = search_table(found, plan)
    assert len(table.rows) == len(found.trials)
    assert table.columns[:4] == ("#", "learning rate", "LoRA rank", "epochs")
    assert table.highlight == (found.best or 0) - 1
    again = SearchResult.model_validate(job.run_here(search.run)["search"])
    assert again.trials == found.trials
    after = [one for one in list_jobs(training_home) if one.spec.kind == "trial"]
    assert len(after) == len(jobs)


def test_smaller_parts_of_the_rows_lie_within_larger_ones(
    training_home: Workspace, base_plan: Plan
) -> None:
    every = load_rows(training_home, base_plan.data.dataset_id, "train")
    seen: list[set[tuple[int, ...]]] = []
    for size in (10, 20, 0):
        data = base_plan.data.model_copy(update={"train_rows": size})
        material = load_material(training_home, base_plan.model_copy(update={"data": data}))
        assert len(material.train) == (size or len(every))
        seen.append({tuple(row.ids) for row in material.train})
    assert seen[0] < seen[1] < seen[2]


@pytest.mark.training
def test_a_learning_curve_tunes_on_parts_and_measures_them_on_the_same_test_rows(
    make_job: JobMaker, base_plan: Plan, training_home: Workspace
) -> None:
    short = base_plan.train.model_copy(update={"epochs": 1, "evaluations_per_epoch": 1})
    plan = base_plan.model_copy(update={"train": short})
    whole = ArmResult(
        arm="tuned",
        label="tuned model",
        metrics={"exact_match": 0.5},
        stop_rate=1.0,
        prompt_tokens=10,
        completion_tokens=5,
        seconds=1.0,
        rows=6,
        predictions_file="",
        interval=Interval(value=0.5, low=0.3, high=0.7),
    )
    evaluation = Evaluation(
        id="whole",
        dataset_id=plan.data.dataset_id,
        metric="exact_match",
        test_rows=6,
        arms=(whole,),
    )
    save_evaluation(training_home, evaluation, session_id="test", job_id="whole")
    job = make_job(plan, kind="curve", evaluation_id="whole")
    before = len(list_jobs(training_home))
    result = job.run_here(learning_curve.run)["evaluation"]
    rows = len(load_rows(training_home, plan.data.dataset_id, "train"))
    own = [
        one
        for one in list_jobs(training_home)
        if one.spec.idempotency_key.startswith(f"{job.folder.name}:trial:")
    ]
    learned = sorted(one.spec.payload["plan"]["data"]["train_rows"] for one in own)
    assert learned == [rows // 4, rows // 2]
    assert all(one.status.state is JobState.SUCCEEDED for one in own)
    assert [point["rows"] for point in result["learning"]] == [rows // 4, rows // 2, rows]
    assert result["learning"][-1]["value"] == 0.5
    test = {row.id for row in load_rows(training_home, plan.data.dataset_id, "test")}
    for size in (rows // 4, rows // 2):
        answers = job.folder / "output" / f"rows-{size}" / "predictions-tuned.jsonl"
        assert {one.row_id for one in read_predictions(answers)} == test
    assert job.run_here(learning_curve.run)["evaluation"] == result
    assert len(list_jobs(training_home)) == before + 2, "nothing is tuned twice"


def test_a_power_law_finds_the_rows_it_was_drawn_from() -> None:
    rows = (100, 200, 400)
    values = [1 - 2.0 * count**-0.5 for count in rows]
    assert wanted_rows(rows, values, 0.95) == pytest.approx(1600, rel=1e-3)


def test_an_uncertain_curve_gives_a_wide_range_and_a_flat_one_none() -> None:
    def points(spread: float, values: tuple[float, ...]) -> list[LearningPoint]:
        return [
            LearningPoint(rows=rows, value=value, low=value - spread, high=value + spread)
            for rows, value in zip((100, 200, 400), values, strict=True)
        ]

    rising = (0.8, 0.8586, 0.9)
    sure, unsure = rows_range(points(0.002, rising), 0.95), rows_range(points(0.04, rising), 0.95)
    assert sure is not None
    assert unsure is not None
    assert sure[1] is not None
    assert sure[0] <= 1600 <= sure[1]
    assert unsure[1] is None or unsure[1] - unsure[0] > sure[1] - sure[0]
    assert rows_range(points(0.01, (0.5, 0.5, 0.5)), 0.95) is None
    assert rows_range(points(0.01, rising), 0.85) is None


@pytest.mark.training
def test_a_search_that_is_killed_goes_on_with_the_trials_it_finished(
    make_job: JobMaker, base_plan: Plan, training_home: Workspace
) -> None:
    job = make_job(base_plan, kind="search", seconds=400.0, load_seconds=1.0, epoch_seconds=200.0)
    record = job.folder / "output" / search.RECORD
    job.start()
    assert job.process is not None
    ends = time.monotonic() + 120
    while not record.is_file():
        assert job.process.poll() is None
        assert time.monotonic() < ends
        time.sleep(0.05)
    job.process.kill()
    job.process.wait()
    kept = json.loads(record.read_text())["trials"]
    assert len(kept) == 1, "it was killed between its trials"
    found = SearchResult.model_validate(job.run_here(search.run)["search"])
    assert found.trials[0].model_dump(mode="json") == kept[0]
    assert len(found.trials) == 2
    assert all(trial.validation_loss is not None for trial in found.trials)
    own = [
        one
        for one in list_jobs(training_home)
        if one.spec.idempotency_key.startswith(f"{job.folder.name}:trial:")
    ]
    assert len(own) == 2, "no trial was begun twice"


@pytest.mark.training
def test_the_command_searches_and_the_same_command_searches_nothing_twice(
    base_plan: Plan, training_home: Workspace, tmp_path: Path
) -> None:
    plan_file, best = tmp_path / "plan.yaml", tmp_path / "best.yaml"
    save_plan(base_plan, plan_file)
    words = ["tune", "search", str(plan_file), "--minutes", "1", "--yes", "--json"]
    command = [sys.executable, "-P", "-m", "luthier.tui.cli", "--home", str(training_home.home)]

    def search_once() -> SearchResult:
        done = subprocess.run(
            [*command, *words, "--write", str(best)], capture_output=True, text=True, timeout=200
        )
        assert done.returncode == 0, done.stderr
        return SearchResult.model_validate_json(done.stdout)

    found = search_once()
    tried = [trial.settings["train.learning_rate"] for trial in found.trials]
    assert len(set(tried)) >= 2, "a quick computer tries more than a slow one"
    assert found.winner is not None
    assert load_plan(best).train.learning_rate == found.winner.settings["train.learning_rate"]
    jobs = len(list_jobs(training_home))
    assert search_once() == found
    assert len(list_jobs(training_home)) == jobs
