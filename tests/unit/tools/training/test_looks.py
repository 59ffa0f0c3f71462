"""The watchdog looks at answers between passes, says what they show, and never harms the training."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

import pytest

from luthier.tools.data.model import Message
from luthier.tools.data.store import load_rows
from luthier.tools.evaluation.arms.choice import MOST_CHOICE_ROWS
from luthier.tools.evaluation.cache import Reply
from luthier.tools.evaluation.model import AbilityGroup, ArmResult, Evaluation, Interval
from luthier.tools.evaluation.sample import sample_rows
from luthier.tools.evaluation.store import save_evaluation
from luthier.tools.evaluation.worker import make_bench
from luthier.tools.jobs.context import JobContext, JobStopped, StopRequest
from luthier.tools.jobs.model import JobSpec, NoticeEvent
from luthier.tools.training import worker
from luthier.tools.training.plan import Plan
from luthier.tools.training.watchdog.answering import Learner
from luthier.tools.training.watchdog.answers import AnswerWatch
from luthier.tools.training.watchdog.findings import Course, Finding, findings
from luthier.tools.training.watchdog.look import Look, Rival
from luthier.tools.training.watchdog.rival import find_rival
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


def test_the_best_of_many_earlier_looks_flatters_and_has_to_be_missed_by_more() -> None:
    assert "worse" in judged(look(5, epoch=2.0), look(12))  # p = 0.016, three looks
    assert "worse" not in judged(look(5, epoch=3.0), look(12), look(11))


def test_a_figure_is_named_after_what_was_averaged() -> None:
    course = Course(metric="macro_f1", epochs=4, seconds_left=240, looks=3)
    assert "16 validation rows (exact match)." in findings(look(8), (), None, course)[0].text


def test_learning_by_heart_is_told_where_chance_does_not_explain_it() -> None:
    known = dict.fromkeys((f"train-{number}" for number in range(16)), 1.0)
    found = judged(look(6, training=known))["by_heart"]
    assert "100% on rows that it learns from, but 38% on new ones" in found.text
    assert "by_heart" not in judged(look(15, training=known))
    assert "by_heart" not in judged(look(6))


def test_private_things_that_come_out_weigh_the_most_and_stand_last_where_cards_show_them() -> None:
    known = dict.fromkeys((f"train-{number}" for number in range(16)), 1.0)
    newest = look(2, epoch=2.0, private_out=2, training=known, stopped=0.1)
    told = judged(newest, look(13), against=rival(13))
    assert next(iter(told)) == "score"
    assert len(told) == 6
    found = list(told.values())[-1]
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
    too = group.model_copy(update={"name": "refusals", "base": 0.9})
    found = judged(look(16, abilities=(group, too)))
    words = "follows instructions less often than before (50% to 10%)"
    assert words in found["lost_instructions"].text
    words = "declines harmful requests less often than before (90% to 10%)"
    assert words in found["lost_refusals"].text
    kept = group.model_copy(update={"difference": Interval(value=-0.1, low=-0.3, high=0.1)})
    assert list(judged(look(16, abilities=(kept,)))) == ["score"]


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
    make_job: JobMaker, base_plan: Plan, training_home: Workspace, unwatched: TrainingJob
) -> None:
    measured_before(training_home, base_plan, 1.0)
    job = make_job(base_plan, look_share=100.0)
    job.run_here(worker.run)
    assert job.result["history"] == unwatched.result["history"]
    assert [round(one["epoch"]) for one in job.result["looks"]] == [1, 2]
    looks = json.loads((job.folder / "output" / "looks.json").read_text())["looks"]
    assert [round(one["epoch"]) for one in looks] == [1, 2]
    rows = {row.id for row in load_rows(training_home, base_plan.data.dataset_id, "validation")}
    assert set(looks[0]["held_out"]) <= rows
    assert len(looks[0]["held_out"]) >= 8
    assert (looks[0]["training"], looks[0]["abilities"]) == ({}, [])  # these from half way on
    assert len(looks[1]["training"]) == len(looks[1]["held_out"])
    assert [group["name"] for group in looks[1]["abilities"]] == ["instructions", "refusals"]
    told = notices(job)
    assert any("“few-shot, 4 examples” has 100% on the same rows" in text for text in told)
    assert [event.answers for event in job.metrics() if event.answers is not None] == [0.0, 0.0]
    assert any("which needs no training" in text for text in told)


@pytest.mark.training
def test_looks_that_would_take_too_long_are_left_out_with_a_word(unwatched: TrainingJob) -> None:
    told = [text for text in notices(unwatched) if "Answers are not looked at" in text]
    assert len(told) == 1
    assert "the evaluation afterwards looks at them all" in told[0]
    assert not any(event.answers is not None for event in unwatched.metrics())


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


class Asked:
    """Stands in for the model in training: says ``text`` to everything, or fails as it is told."""

    def __init__(self, text: str = "no", *, failure: BaseException | None = None) -> None:
        self.text, self.failure, self.has_base = text, failure, True
        self.prompts: list[str] = []

    def answer(self, prompts: Sequence[Sequence[Message]], **_settings: Any) -> list[Reply]:
        if self.failure:
            raise self.failure
        self.prompts += [prompt[-1].content for prompt in prompts]
        return [Reply(self.text, True, 5, 2, 0.0) for _ in prompts]


class StoppingContext(JobContext):
    """A job whose user may ask to pause it."""

    paused = False

    @property
    def stop_request(self) -> StopRequest | None:
        return "pause" if self.paused else None


Watch = Callable[["TrainingJob", Plan, Asked], AnswerWatch]


@pytest.fixture
def watch() -> Iterator[Watch]:
    """The watchdog's eye of one attempt at a job: ``watch(job, plan, learner)``."""
    contexts: list[JobContext] = []

    def make(job: TrainingJob, plan: Plan, learner: Asked) -> AnswerWatch:
        home = Workspace(job.folder.parent.parent)
        spec = JobSpec.model_validate_json((job.folder / "spec.json").read_text())
        context = StoppingContext(home, spec, job.folder)
        contexts.append(context)
        bench = make_bench(context, plan.data.dataset_id, plan.model.id, plan.evaluation)
        return AnswerWatch(context, plan, bench, cast(Learner, learner), "f", share=100.0)

    yield make
    for context in contexts:
        context.close()


@pytest.mark.parametrize("damage", ["{", "[]", "\xff", '{"fingerprint": "f", "looks": 3}', ""])
def test_a_damaged_record_of_looks_is_begun_anew(
    make_job: JobMaker, base_plan: Plan, watch: Watch, damage: str
) -> None:
    job = make_job(base_plan)
    record = job.folder / "output" / "looks.json"
    record.parent.mkdir()
    record.write_text(damage, encoding="latin-1")
    eye = watch(job, base_plan, Asked())
    assert eye.due(1.0)
    assert eye.look(10, 1.0, 60.0, 30.0) is not None
    assert len(json.loads(record.read_text())["looks"]) == 1


@pytest.mark.parametrize(
    "failure",
    [KeyError("x"), OSError(28, "No space left on device"), sqlite3.OperationalError("locked")],
)
@pytest.mark.parametrize("place", ["model", "database"])
def test_whatever_fails_in_a_look_is_told_and_does_not_end_the_training(
    make_job: JobMaker,
    base_plan: Plan,
    watch: Watch,
    monkeypatch: pytest.MonkeyPatch,
    failure: Exception,
    place: str,
) -> None:
    def fail(*_: object) -> None:
        raise failure

    job = make_job(base_plan)
    eye = watch(job, base_plan, Asked(failure=failure if place == "model" else None))
    if place == "database":
        monkeypatch.setattr("luthier.tools.training.watchdog.answers.find_rival", fail)
    assert eye.look(10, 1.0, 60.0, 30.0) is None
    assert not eye.due(2.0)
    assert [text for text in notices(job) if text.startswith("Answers are not looked at")]


def test_a_look_that_ended_the_process_twice_is_not_begun_again(
    make_job: JobMaker, base_plan: Plan, watch: Watch
) -> None:
    job = make_job(base_plan)
    for _attempt in range(2):
        eye = watch(job, base_plan, Asked(failure=KeyboardInterrupt()))  # as sudden as a kill
        assert eye.due(1.0)
        with pytest.raises(KeyboardInterrupt):
            eye.look(10, 1.0, 60.0, 30.0)
    assert not watch(job, base_plan, Asked()).due(1.0)
    assert "did not come to an end in earlier attempts" in notices(job)[-1]


def test_a_pause_while_a_copy_of_the_base_model_answers_keeps_what_was_seen(
    make_job: JobMaker, base_plan: Plan, watch: Watch
) -> None:
    job, learner = make_job(base_plan), Asked()
    learner.has_base = False
    eye = watch(job, base_plan, learner)

    def pause(*_: object, **_settings: object) -> list[Reply]:
        cast(StoppingContext, eye.context).paused = True
        raise JobStopped("pause")

    eye.bench.ask = pause  # type: ignore[method-assign]
    seen = eye.look(20, 2.0, 60.0, 30.0)
    assert seen is not None
    assert seen.training
    assert not seen.abilities
    assert not [text for text in notices(job) if "looked at" in text]
    assert json.loads((job.folder / "output" / "looks.json").read_text())["unended"] == 0


def test_a_plan_that_asks_for_no_losses_is_asked_for_its_task_alone(
    make_job: JobMaker, base_plan: Plan, watch: Watch
) -> None:
    evaluation = base_plan.evaluation.model_copy(update={"losses": False})
    plan = base_plan.model_copy(update={"evaluation": evaluation})
    learner = Asked()
    seen = watch(make_job(plan), plan, learner).look(20, 2.0, 60.0, 30.0)
    assert seen is not None
    assert len(learner.prompts) == len(seen.held_out)


def test_looks_that_end_after_one_are_told_to_have_ended(
    make_job: JobMaker, base_plan: Plan, watch: Watch
) -> None:
    job, learner = make_job(base_plan), Asked()
    eye = watch(job, base_plan, learner)
    assert eye.look(10, 1.0, 60.0, 30.0)
    learner.failure = RuntimeError("out of memory")
    assert eye.look(20, 2.0, 60.0, 30.0) is None
    told = "Answers are no longer looked at while it trains (out of memory)"
    assert notices(job)[-1].startswith(told)


def test_an_alternative_that_answered_only_some_of_the_rows_is_no_rival(
    training_home: Workspace, base_plan: Plan
) -> None:
    plan = base_plan.model_copy(
        update={"evaluation": base_plan.evaluation.model_copy(update={"metric": "chrf"})}
    )
    measured_before(training_home, plan, 0.0)
    rows = [row.id for row in load_rows(training_home, plan.data.dataset_id, "validation")]
    assert find_rival(training_home, plan, rows[:8]) is not None
    assert find_rival(training_home, plan, [*rows[:8], "another"]) is None
