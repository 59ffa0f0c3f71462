"""A job as people read it: where it stands, how far it is, its losses, why it failed."""

from __future__ import annotations

from luthier.tools.jobs.follow import EventReader
from luthier.tools.jobs.history import JobHistory
from luthier.tools.jobs.model import Job, JobState
from luthier.tools.views import Callout, Plot, Setting, Settings, Table, View
from luthier.tools.wording import duration
from luthier.tools.workspace import Workspace

STATE_WORDS: dict[JobState, str] = {
    JobState.QUEUED: "waiting to start",
    JobState.RUNNING: "running",
    JobState.PAUSING: "pausing: it saves its work first",
    JobState.PAUSED: "paused; it can be resumed",
    JobState.CANCELLING: "being cancelled",
    JobState.CANCELLED: "cancelled",
    JobState.SUCCEEDED: "finished",
    JobState.FAILED: "failed",
    JobState.LOST: "cut off; it can be resumed",
}


def read_history(job: Job) -> JobHistory:
    """Everything the job has reported so far."""
    return JobHistory().add(EventReader(job.folder).read_new())


def job_views(_workspace: Workspace, job: Job) -> tuple[View, ...]:
    """The job in settings, a plot of its losses where it has some, and its failure if it failed."""
    history = read_history(job)
    views: list[View] = [
        Settings(
            title=job.spec.title,
            settings=tuple(_settings(job, history)),
            notes=tuple(notice.text for notice in history.notices[-3:]),
        )
    ]
    plot = loss_plot(history)
    if plot:
        views.append(plot)
    if job.status.error:
        error = job.status.error
        reasons = (error.get("why", ""), error.get("remedy", ""), error.get("place", ""))
        views.append(
            Callout(
                tone="warning" if job.status.state is JobState.LOST else "bad",
                headline=error.get("what", "The job failed."),
                lines=tuple(line for line in reasons if line),
            )
        )
    return tuple(views)


def loss_plot(history: JobHistory) -> Plot | None:
    """Loss and validation loss over steps, or None before two steps were logged."""
    curves = history.curves()
    if max((len(curve.x) for curve in curves), default=0) < 2:
        return None
    return Plot(title="Loss", x_label="step", y_label="loss", curves=curves)


def jobs_table(jobs: list[Job]) -> Table:
    """Jobs as one table, in the given order."""
    return Table(
        title="Jobs",
        columns=("job", "what", "state", "how far", "started"),
        rows=tuple(
            (
                job.id,
                job.spec.title,
                STATE_WORDS[job.status.state],
                "" if job.status.state is JobState.SUCCEEDED else read_history(job).in_words(),
                job.spec.created_at.replace("T", " ")[:16],
            )
            for job in jobs
        ),
    )


def _settings(job: Job, history: JobHistory) -> list[Setting]:
    found = [Setting(name="State", value=STATE_WORDS[job.status.state])]
    if not job.status.state.is_final:
        found.append(Setting(name="How far", value=history.in_words()))
    if history.loss is not None:
        found.append(
            Setting(name="Loss", value=f"{history.loss:.3f}", reason="on the rows it trains on")
        )
    if history.validation_loss is not None:
        best = history.best_validation_loss
        found.append(
            Setting(
                name="Validation loss",
                value=f"{history.validation_loss:.3f}",
                reason=f"on rows it never trains on; the best so far is {best:.3f} and is kept",
            )
        )
    if history.tokens_per_second:
        found.append(Setting(name="Speed", value=f"{history.tokens_per_second:.0f} tokens/s"))
    if history.metrics:
        spent = history.metrics[-1].at - history.metrics[0].at
        found.append(Setting(name="Time spent training", value=duration(spent)))
    if job.status.attempt > 1:
        found.append(
            Setting(
                name="Attempt",
                value=str(job.status.attempt),
                reason="it went on from its newest checkpoint each time",
            )
        )
    found.append(Setting(name="Job", value=job.id, reason=job.folder))
    return found
