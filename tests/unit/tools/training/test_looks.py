"""The watchdog looks at answers between passes, says what they show, and never harms the training."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from luthier.tools.data.store import load_rows
from luthier.tools.evaluation.arms.choice import MOST_CHOICE_ROWS
from luthier.tools.evaluation.model import AbilityGroup, ArmResult, Evaluation, Interval
from luthier.tools.evaluation.sample import sample_rows
from luthier.tools.evaluation.store import save_evaluation
from luthier.tools.jobs.context import JobStopped
from luthier.tools.jobs.model import NoticeEvent
from luthier.tools.training import worker
from luthier.tools.training.plan import Plan
from luthier.tools.training.watchdog.findings import Course, Finding, findings
from luthier.tools.training.watchdog.look import Look, Rival
from luthier.tools.training.watchdog.schedule import Schedule
from luthier.tools.workspace import Workspace

if TYPE_CHECKING:
    from conftest import JobMaker, TrainingJob

ROWS = [f"row-{number}" for number in range(16)]


def look(right: int, step: int = 10, epoch: float = 1.0, **values: Any) -> Look:
    """A look at 16 validation rows of which the first ``right`` were answered rightly."""
    return Look(step=step, epoch=epoch, held_out=scores(right), **{"stopped": 1.0, **values})


def scores(right: int) -> dict[str, float]:
    return {row: float(place < right) for place, row in enumerate(ROWS)}


def rival(right: int) -> Rival:
    return Rival(label="few-shot, 4 examples", by_row=scores(right))


def judged(
    newest: Look, *earlier: Look, against: Rival | None = None, epochs: float = 4
) -> dict[str, Finding]:
    course = Course(metric="exact_match", epochs=epochs, seconds_left=240, looks=3)
    return {one.code: one for one in findings(newest, earlier, against, course)}


@pytest.mark.parametrize(
    ("right", "others", "words", "tone"),
    [
        (14, 2, "this is better, beyond chance", "good"),
        (8, 6, "the difference could be chance", "neutral"),
        (6, 0, "the difference could be chance", "neutral"),  # p = 0.03, but three looks
        (1, 14, "this is worse, beyond chance", "neutral"),
    ],
)
def test_each_look_is_held_against_the_best_alternative_row_by_row(
    right: int, others: int, words: str, tone: str
) -> None:
    found = judged(look(right), against=rival(others))["score"]
    assert words in found.text
    assert f"{right / 16:.0%}" in found.text
    assert f"“few-shot, 4 examples” has {others / 16:.0%}" in found.text
    assert found.tone == tone


def test_without_an_alternative_the_figure_stands_beside_the_one_before() -> None:
    found = judged(look(8, epoch=2.0), look(4))
    assert list(found) == ["score"]
    assert "Answers at pass 2 of 4: 50% on 16 validation rows (exact match)." in found["score"].text
    assert "Before that: 25%." in found["score"].text


def test_no_gain_over_the_alternative_is_told_from_half_way_on_with_the_time_left() -> None:
    stuck = (look(4, epoch=2.0), look(4))
    assert "no_gain" not in judged(*stuck, against=rival(9), epochs=5)
    found = judged(*stuck, against=rival(9))["no_gain"]
    assert found.tone == "warning"
    assert "no better than “few-shot, 4 examples”, which needs no training" in found.text
    assert "About 4 min" in found.text
    assert "cancel" in found.text
    assert "no_gain" not in judged(look(5, epoch=2.0), look(4), against=rival(9))
    assert "no_gain" not in judged(*stuck, against=rival(2))


def test_answers_that_became_worse_are_told_but_not_a_single_slip() -> None:
    found = judged(look(2, epoch=2.0), look(13))["worse"]
    assert "(81% to 12%)" in found.text
    assert "lower learning rate" in found.text
    assert "worse" not in judged(look(12, epoch=2.0), look(13))


def test_learning_by_heart_is_told_where_chance_does_not_explain_it() -> None:
    known = dict.fromkeys((f"train-{number}" for number in range(16)), 1.0)
    found = judged(look(6, training=known))["by_heart"]
    assert "100% on rows that it learns from, but 38% on new ones" in found.text
    assert "by_heart" not in judged(look(15, training=known))
    assert "by_heart" not in judged(look(6))


def test_private_things_that_come_out_weigh_the_most() -> None:
    found = list(judged(look(16, private_out=2)).values())[1]
    assert (found.code, found.tone) == ("private", "bad")
    assert "Personal data or keys of 2 training rows come out" in found.text


def test_lost_abilities_are_told_with_their_figures() -> None:
    group = AbilityGroup(
        name="instructions",
        items=28,
        base=0.5,
        tuned=0.1,
        difference=Interval(value=-0.4, low=-0.6, high=-0.2),
    )
    found = judged(look(16, abilities=(group,)))["abilities"]
    assert "follows instructions less often than before (50% to 10%)" in found.text
    kept = group.model_copy(update={"difference": Interval(value=-0.1, low=-0.3, high=0.1)})
    assert "abilities" not in judged(look(16, abilities=(kept,)))


def test_answers_without_an_end_are_told_from_half_way_on() -> None:
    assert "endless" in judged(look(0, epoch=2.0, stopped=0.1))
    assert "endless" not in judged(look(0, epoch=1.0, stopped=0.1))
    assert "endless" not in judged(look(0, epoch=2.0, stopped=0.9))


@pytest.mark.parametrize(
    ("epochs", "checks", "looks"),
    [
        (3, [0.48, 0.97, 1.45, 1.94, 2.42, 2.91, 3], [0.97, 1.94]),
        (1, [0.5, 1], [0.5]),
        (2, [0.5, 1, 1.5, 2], [0.5, 1.5]),
        (5, [0.5 * check for check in range(1, 11)], [1, 2, 3, 4]),
    ],
)
def test_the_looks_are_spread_over_the_passes(
    epochs: float, checks: list[float], looks: list[float]
) -> None:
    schedule, seen = Schedule(epochs, 2), [0.0]
    ahead = []
    for epoch in checks[:-1]:  # at the end the evaluation follows
        if schedule.is_due(epoch, seen[-1]):
            seen.append(epoch)
            ahead.append(schedule.ahead(epoch))
    assert seen[1:] == looks
    assert ahead == list(reversed(range(len(looks))))


def notices(job: TrainingJob) -> list[str]:
    job.metrics()
    return [event.text for event in job.events if isinstance(event, NoticeEvent)]


def measured_before(home: Workspace, plan: Plan, right: float) -> None:
    """An evaluation of the alternatives, as the baseline job leaves it."""
    rows = sample_rows(load_rows(home, plan.data.dataset_id, "validation"), MOST_CHOICE_ROWS)
    arm = ArmResult(
        arm="few_shot",
        label="few-shot, 4 examples",
        metrics={"exact_match": right},
        stop_rate=1.0,
        prompt_tokens=1.0,
        completion_tokens=1.0,
        seconds=1.0,
        rows=len(rows),
        predictions_file="",
        on_validation={row.id: right for row in rows},
    )
    evaluation = Evaluation(
        id=f"baseline-{right}",
        dataset_id=plan.data.dataset_id,
        metric=plan.evaluation.metric,
        test_rows=6,
        arms=(arm,),
        model_id=plan.model.id,
        created_at=f"2026-01-01T00:00:0{right:.0f}",
    )
    save_evaluation(home, evaluation, session_id="test", job_id="")


@pytest.mark.training
def test_looking_changes_nothing_in_the_training_and_is_reported(
    make_job: JobMaker, base_plan: Plan, training_home: Workspace, finished: TrainingJob
) -> None:
    measured_before(training_home, base_plan, 1.0)
    job = make_job(base_plan, look_share=100.0)
    job.run_here(worker.run)
    assert job.result["history"] == finished.result["history"]
    assert [round(one["epoch"]) for one in job.result["looks"]] == [1, 2]
    looks = json.loads((job.folder / "output" / "looks.json").read_text())["looks"]
    assert [round(one["epoch"]) for one in looks] == [1, 2]
    rows = {row.id for row in load_rows(training_home, base_plan.data.dataset_id, "validation")}
    assert set(looks[0]["held_out"]) <= rows
    assert len(looks[0]["held_out"]) >= 8
    assert len(looks[0]["training"]) == len(looks[0]["held_out"])
    assert looks[0]["abilities"] == []
    assert [group["name"] for group in looks[1]["abilities"]] == ["instructions", "refusals"]
    told = notices(job)
    assert any("“few-shot, 4 examples” has 100% on the same rows" in text for text in told)
    assert [event.answers for event in job.metrics() if event.answers is not None] == [0.0, 0.0]
    assert any("which needs no training" in text for text in told)


@pytest.mark.training
def test_looks_that_would_take_too_long_are_left_out_with_a_word(
    make_job: JobMaker, base_plan: Plan
) -> None:
    job = make_job(base_plan, look_share=1e-6)
    job.run_here(worker.run)
    told = [text for text in notices(job) if "Answers are not looked at" in text]
    assert len(told) == 1
    assert "the evaluation afterwards asks them all" in told[0]
    assert not any(event.answers is not None for event in job.metrics())


@pytest.mark.training
@pytest.mark.parametrize("method", ["full", "lora"])
def test_a_training_taken_up_again_does_not_look_twice(
    make_job: JobMaker, base_plan: Plan, method: str
) -> None:
    plan = base_plan.model_copy(
        update={
            "method": method,
            "train": base_plan.train.model_copy(update={"learning_rate": 1e-3}),
        }
    )
    job = make_job(plan, look_share=100.0)
    steps = -(
        -len(load_rows(Workspace(job.folder.parent.parent), plan.data.dataset_id, "train")) // 8
    )
    with pytest.raises(JobStopped):
        job.run_here(worker.run, "pause", at_step=steps + 1)
    job.run_here(worker.run)
    looks = json.loads((job.folder / "output" / "looks.json").read_text())["looks"]
    assert [round(one["epoch"]) for one in looks] == [1, 2]
    assert len([text for text in notices(job) if text.startswith("Answers at pass")]) == 2
    assert looks[1]["abilities"]
