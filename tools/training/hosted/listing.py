"""What is at a provider, as tables."""

from __future__ import annotations

from datetime import UTC, datetime

from luthier.tools.language import _
from luthier.tools.training.hosted.api import RemoteFile, RemoteJob
from luthier.tools.training.hosted.errands import is_ours
from luthier.tools.training.hosted.words import STATUS_WORDS
from luthier.tools.views import Table
from luthier.tools.wording import size


def jobs_table(jobs: list[RemoteJob], label: str) -> Table:
    """Jobs with the model that came of each."""
    return Table(
        title=_("Jobs at {label}", label=label),
        columns=(_("job"), _("state"), _("model"), _("tuned model"), _("started"), _("by")),
        rows=tuple(
            (
                job.id,
                _(STATUS_WORDS[job.status]) if job.status in STATUS_WORDS else job.status,
                job.model,
                job.tuned_model,
                _day(job.created_at),
                "Luthier" if is_ours(job) else _("another program"),
            )
            for job in jobs
        ),
    )


def files_table(files: list[RemoteFile], label: str) -> Table:
    """Files for fine-tuning, newest first."""
    return Table(
        title=_("Files at {label}", label=label),
        columns=(_("file"), _("name"), _("size"), _("state"), _("sent")),
        rows=tuple(
            (one.id, one.name, size(one.bytes), one.status, _day(one.created_at)) for one in files
        ),
    )


def models_table(jobs: list[RemoteJob], label: str) -> Table:
    """The tuned models that the jobs left behind."""
    return Table(
        title=_("Tuned models at {label}", label=label),
        columns=(_("tuned model"), _("model"), _("job"), _("started")),
        rows=tuple(
            (job.tuned_model, job.model, job.id, _day(job.created_at))
            for job in jobs
            if job.tuned_model
        ),
    )


def _day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M") if seconds else ""
