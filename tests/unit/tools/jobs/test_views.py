"""What people read of a job."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from luthier.tools.errors import LuthierError
from luthier.tools.jobs.folder import append_event, write_status
from luthier.tools.jobs.history import JobHistory
from luthier.tools.jobs.model import (
    Job,
    JobSpec,
    JobState,
    JobStatus,
    MetricsEvent,
    NoticeEvent,
    ProgressEvent,
)
from luthier.tools.jobs.views import job_views, jobs_table
from luthier.tools.views import Callout, Plot, Settings
from luthier.tools.workspace import Workspace


def metrics(step: int, **more: Any) -> MetricsEvent:
    return MetricsEvent(at=step, step=step, total_steps=30, epoch=step / 10, total_epochs=3, **more)


def job(folder: Path, status: JobStatus) -> Job:
    spec = JobSpec(
        id="01J",
        kind="train",
        session_id="s",
        title="Tuning [bold]tickets",
        payload={},
        idempotency_key="k",
        created_at="2030-01-02T03:04:05+00:00",
    )
    return Job(spec=spec, status=write_status(folder, status), folder=str(folder))


def test_progress_is_told_in_times_the_data_was_seen() -> None:
    history = JobHistory().add([metrics(14, loss=1.0, seconds_left=95)])
    assert history.in_words() == "your data seen 1.4 of 3 times, about 1 min 35 s left"
    assert history.fraction == 14 / 30


def test_the_time_left_of_one_step_of_many_is_called_so() -> None:
    asking = ProgressEvent(at=1, label="Asking the base model", done=16, total=100, seconds_left=60)
    words = JobHistory().add([asking]).in_words()
    assert words == "Asking the base model: 16 of 100, about 1 min left of this step"


def test_before_the_first_event_the_job_gets_ready() -> None:
    assert JobHistory().in_words() == "getting ready"
    assert JobHistory().fraction is None


def test_what_was_reported_last_counts() -> None:
    history = JobHistory().add(
        [metrics(30), ProgressEvent(at=99, label="checking the weights", done=1, total=4)]
    )
    assert history.in_words() == "checking the weights: 1 of 4"
    assert history.fraction == 0.25


def test_repeated_steps_replace_those_before_the_crash() -> None:
    history = JobHistory().add(
        [
            metrics(1, loss=3.0),
            metrics(2, loss=2.0, validation_loss=2.5),
            metrics(3, loss=9.0),
            metrics(2, loss=2.1, validation_loss=2.4),
        ]
    )
    loss, validation = history.curves()
    assert loss.x == (1, 2)
    assert loss.y == (3.0, 2.1)
    assert validation.y == (2.4,)


def test_views_show_state_losses_plot_and_notices(tmp_path: Path, workspace: Workspace) -> None:
    running = job(tmp_path, JobStatus(state=JobState.RUNNING, attempt=2))
    for step in range(1, 15):
        append_event(
            tmp_path,
            metrics(step, loss=1 / step, validation_loss=2 / step if step % 5 == 0 else None),
        )
    append_event(tmp_path, NoticeEvent(at=1, text="checkpoint saved"))

    settings, plot = job_views(workspace, running)

    assert isinstance(settings, Settings)
    values = {setting.name: setting.value for setting in settings.settings}
    assert values["State"] == "running"
    assert values["How far"] == "your data seen 1.4 of 3 times"
    assert values["Loss"] == "0.071"
    assert values["Validation loss"] == "0.200"
    assert values["Attempt"] == "2"
    assert settings.notes == ("checkpoint saved",)
    assert isinstance(plot, Plot)
    assert [curve.name for curve in plot.curves] == ["loss", "validation loss"]


def test_a_failure_is_shown_with_its_words(tmp_path: Path, workspace: Workspace) -> None:
    error = LuthierError("The disk is full.", remedy="Free some space.").as_dict()
    failed = job(tmp_path, JobStatus(state=JobState.FAILED, error=error))

    *_, callout = job_views(workspace, failed)

    assert isinstance(callout, Callout)
    assert callout.tone == "bad"
    assert callout.headline == "The disk is full."
    assert callout.lines == ("Free some space.",)


def test_the_table_lists_jobs_in_words(tmp_path: Path) -> None:
    table = jobs_table([job(tmp_path, JobStatus(state=JobState.PAUSED))])
    assert table.rows == (
        (
            "01J",
            "Tuning [bold]tickets",
            "paused; it can be resumed",
            "getting ready",
            "2030-01-02 03:04",
        ),
    )
