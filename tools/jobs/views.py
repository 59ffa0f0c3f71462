"""A job as people read it: where it stands, how far it is, its losses, why it failed."""

from __future__ import annotations

from luthier.tools.jobs.follow import EventReader
from luthier.tools.jobs.history import JobHistory
from luthier.tools.jobs.model import STATE_WORDS, Job, JobState
from luthier.tools.language import _
from luthier.tools.views import Callout, Plot, Setting, Settings, Table, View
from luthier.tools.wording import duration, minute
from luthier.tools.workspace import Workspace


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
                headline=error.get("what", _("The job failed.")),
                lines=tuple(line for line in reasons if line),
            )
        )
    return tuple(views)


def loss_plot(history: JobHistory) -> Plot | None:
    """Loss and validation loss over steps, or None before two steps were logged."""
    curves = history.curves()
    if max((len(curve.x) for curve in curves), default=0) < 2:
        return None
    return Plot(title=_("Loss"), x_label=_("step"), y_label=_("loss"), curves=curves)


def jobs_table(jobs: list[Job]) -> Table:
    """Jobs as one table, in the given order."""
    return Table(
        title=_("Jobs"),
        columns=(_("job"), _("what"), _("state"), _("how far"), _("started")),
        rows=tuple(
            (
                job.id,
                job.spec.title,
                _(STATE_WORDS[job.status.state]),
                "" if job.status.state is JobState.SUCCEEDED else read_history(job).in_words(),
                minute(job.spec.created_at),
            )
            for job in jobs
        ),
    )


def _settings(job: Job, history: JobHistory) -> list[Setting]:
    found = [Setting(name=_("State"), value=_(STATE_WORDS[job.status.state]))]
    if not job.status.state.is_final:
        found.append(Setting(name=_("How far"), value=history.in_words()))
    if history.loss is not None:
        found.append(
            Setting(
                name=_("Loss"), value=f"{history.loss:.3f}", reason=_("on the rows it trains on")
            )
        )
    if history.validation_loss is not None:
        best = history.best_validation_loss
        found.append(
            Setting(
                name=_("Validation loss"),
                value=f"{history.validation_loss:.3f}",
                reason=_(
                    "on rows it never trains on; the best so far is {best:.3f} and is kept",
                    best=best,
                ),
            )
        )
    if history.answers is not None:
        found.append(
            Setting(
                name=_("Answers"),
                value=f"{history.answers:.0%}",
                reason=_("of the score that decides, on a few rows it never trains on"),
            )
        )
    if history.tokens_per_second:
        found.append(
            Setting(
                name=_("Speed"),
                value=_("{speed:.0f} tokens/s", speed=history.tokens_per_second),
            )
        )
    if history.metrics:
        spent = history.metrics[-1].at - history.metrics[0].at
        found.append(Setting(name=_("Time spent training"), value=duration(spent)))
    if job.status.attempt > 1:
        found.append(
            Setting(
                name=_("Attempt"),
                value=str(job.status.attempt),
                reason=_("it went on from its newest checkpoint each time"),
            )
        )
    found.append(Setting(name=_("Job"), value=job.id, reason=job.folder))
    return found
