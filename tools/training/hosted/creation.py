"""Creating the job, at most once: whatever cannot be told is looked up before it is tried again."""

from __future__ import annotations

import time

import openai

from luthier.tools.endpoints.failures import explain
from luthier.tools.errors import LuthierError
from luthier.tools.jobs.context import JobContext
from luthier.tools.language import _
from luthier.tools.training.hosted.api import TAG, Api, RemoteJob
from luthier.tools.training.hosted.dialects import dialect_of
from luthier.tools.training.hosted.record import Record
from luthier.tools.training.hosted.site import Site
from luthier.tools.training.hosted.words import refused_creation
from luthier.tools.training.plan import Plan

TRIES = 4
BUSY = 429
"""The status of a server that takes no more for now: nothing was created."""
LOOKS = (0.0, 1.0, 3.0)
"""Seconds before each look for a job that may have been created: lists lag behind."""
RECENT = 1000
"""Jobs looked through, newest first."""


def create(context: JobContext, plan: Plan, site: Site, api: Api, record: Record) -> RemoteJob:
    """The job at the provider, created or found again; its id is written down.

    Raises:
        LuthierError: the provider refused, or it cannot be told whether the job exists.
        JobStopped: a stop was asked for before the job was created.
    """
    last: openai.APIError | None = None
    for attempt in range(TRIES):
        if record.creating_since and (job := find_ours(context, site, api, record)):
            return _note(context, record, job)
        context.honour_stop()
        context.progress(_("Creating the job at {label}", label=site.label), 0, 0)
        fresh = not record.creating_since  # no earlier call was cut off without an answer
        record.creating_since = record.creating_since or time.time()
        record.creations += 1
        record.save(context.output)
        try:
            request = dialect_of(site.profile).request(plan, site, record, context.spec.id)
            return _note(context, record, api.create(request, site.extra))
        except openai.APIError as error:
            last = error
            if isinstance(error, openai.APIStatusError):
                passing = site.is_passing(error)
                if fresh and (error.status_code == BUSY or not passing):
                    record.creating_since = 0.0  # it has said that there is none
                    record.save(context.output)
                if not passing:
                    refused = refused_creation(error, site.endpoint, site.secret, unclear=not fresh)
                    raise refused from None
            if attempt == TRIES - 1:
                break
            site.wait(context, error, attempt)
    if not record.creating_since and last is not None:
        raise explain(last, site.endpoint, site.secret)
    job = find_ours(context, site, api, record)
    if job:
        return _note(context, record, job)
    raise LuthierError(
        _("{label} did not say whether it took the job.", label=site.label),
        why=_why_unknown(site, last),
        remedy=_(
            "Resume later: Luthier looks for the job again before it creates one. "
            "`luthier hosted jobs` shows what is there."
        ),
        place=site.endpoint.host,
        code="hosted.unknown_creation",
    )


def _why_unknown(site: Site, last: openai.APIError | None) -> str:
    """What came back from the last try, where anything did."""
    if not isinstance(last, openai.APIStatusError):
        return _("The call was cut off each time, and no job of Luthier's is listed there.")
    found = explain(last, site.endpoint, site.secret)
    words = _("No job of Luthier's is listed there.")
    return " ".join(part for part in (found.what, found.why, words) if part)


def find_ours(context: JobContext, site: Site, api: Api, record: Record) -> RemoteJob | None:
    """The job that an earlier call created: by Luthier's tag, or by the file that only it has."""
    training = record.training.id if record.training else ""
    for seconds in LOOKS:
        time.sleep(seconds)
        try:
            for number, job in enumerate(api.jobs()):
                tag = job.metadata.get(TAG, "")
                if tag.casefold() == context.spec.id.casefold() or job.training_file == training:
                    return job
                if number >= RECENT:
                    break
        except openai.APIError as error:
            if not site.is_passing(error):
                raise explain(error, site.endpoint, site.secret) from None
            raise LuthierError(
                _(
                    "Whether the job was created cannot be told: {host} does not list its jobs.",
                    host=site.endpoint.host,
                ),
                why=explain(error, site.endpoint, site.secret).what,
                remedy=_("Resume later: Luthier looks for it before it creates one."),
                place=site.endpoint.host,
                code="hosted.unknown_creation",
            ) from None
    return None


def _note(context: JobContext, record: Record, job: RemoteJob) -> RemoteJob:
    record.job_id = job.id
    record.clock_ahead = job.created_at - record.creating_since if job.created_at else 0.0
    record.save(context.output)
    context.notice(_("The provider's job is {id}.", id=job.id))
    return job
