from __future__ import annotations

from pathlib import Path

from luthier.tools.jobs.model import (
    Job,
    JobEvent,
    JobSpec,
    JobState,
    JobStatus,
    MetricsEvent,
    NoticeEvent,
    ProgressEvent,
)
from luthier.tui.job_picture import MAX_POINTS, JobPicture


def job(state: JobState = JobState.RUNNING, error: dict[str, str] | None = None) -> Job:
    spec = JobSpec(
        id="j",
        kind="train",
        session_id="s",
        title="Training",
        payload={},
        idempotency_key="k",
        created_at="2026-01-01T00:00:00+00:00",
    )
    return Job(spec=spec, status=JobStatus(state=state, error=error), folder=str(Path("j")))


def metrics(step: int, loss: float, validation: float | None = None) -> MetricsEvent:
    return MetricsEvent(
        at=step,
        step=step,
        total_steps=90,
        epoch=step / 30,
        total_epochs=3,
        loss=loss,
        validation_loss=validation,
        tokens_per_second=401.4,
        seconds_left=125,
    )


def picture(*events: JobEvent, state: JobState = JobState.RUNNING) -> JobPicture:
    drawn = JobPicture("j")
    drawn.update(job(state), events)
    return drawn


def test_the_facts_of_training_are_said_in_words() -> None:
    assert picture(metrics(42, 0.5123, 0.61)).facts() == [
        "your data seen 1.4 of 3 times",
        "about 2 min left",
        "loss 0.512",
        "validation loss 0.610",
        "401 tokens/s",
    ]


def test_the_time_left_of_one_step_of_many_is_called_so() -> None:
    asking = ProgressEvent(
        at=1, label="Asking the base model", done=16, total=100, seconds_left=125
    )
    assert picture(asking).facts() == ["about 2 min left of this step"]


def test_a_finished_job_has_no_time_left_and_is_full() -> None:
    done = picture(metrics(42, 0.5), state=JobState.SUCCEEDED)
    assert not any("left" in fact for fact in done.facts())
    assert done.share == 1.0


def test_progress_gives_a_share_and_an_unknown_total_none() -> None:
    assert picture(ProgressEvent(at=1, label="rows", done=3, total=12)).share == 0.25
    assert picture(ProgressEvent(at=1, label="rows", done=3, total=0)).share is None


def test_steps_repeated_after_a_resume_replace_the_old_ones() -> None:
    drawn = picture(*(metrics(step, 1.0) for step in range(1, 11)))
    drawn.update(job(), [metrics(6, 0.5)])
    assert [step for step, _ in drawn.losses] == [1, 2, 3, 4, 5, 6]
    assert drawn.losses[-1] == (6, 0.5)


def test_a_long_curve_is_thinned_out_but_keeps_its_ends() -> None:
    drawn = picture(*(metrics(step, 1 / step) for step in range(1, 1001)))
    assert len(drawn.losses) <= MAX_POINTS
    assert (drawn.losses[0][0], drawn.losses[-1][0]) == (1, 1000)


def test_only_the_last_notices_are_kept() -> None:
    events = [NoticeEvent(at=n, text=f"word {n}") for n in range(5)]
    assert [text for _, text in picture(*events).notices] == ["word 3", "word 4"]


def test_what_can_be_done_depends_on_the_state() -> None:
    possible = {
        state: (drawn.can_pause, drawn.can_resume, drawn.can_cancel)
        for state in JobState
        for drawn in [picture(state=state)]
    }
    assert possible[JobState.RUNNING] == (True, False, True)
    assert possible[JobState.PAUSED] == (False, True, True)
    assert possible[JobState.FAILED] == (False, True, False)
    assert possible[JobState.SUCCEEDED] == (False, False, False)


def test_an_update_without_news_is_no_change() -> None:
    drawn = picture(metrics(1, 1.0))
    assert drawn.update(job(), []) is False
    assert drawn.update(job(JobState.PAUSED), []) is True
