"""The worker of a job that a provider trains: from a plan to a model that answers there.

Its states are those of :class:`~luthier.tools.training.hosted.record.Record`, each written down before
and after its call, so that a worker that was killed anywhere goes on without a second upload or job.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import openai

from luthier.tools.endpoints.client import open_client
from luthier.tools.endpoints.failures import explain
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.errors import LuthierError
from luthier.tools.jobs.context import JobContext, JobStopped
from luthier.tools.language import _
from luthier.tools.training.hosted.api import Api, RemoteJob
from luthier.tools.training.hosted.check import check_hosted
from luthier.tools.training.hosted.creation import create, find_ours
from luthier.tools.training.hosted.dialects import dialect_of
from luthier.tools.training.hosted.profiles import endpoint_of, profile_of
from luthier.tools.training.hosted.record import Record, load_record
from luthier.tools.training.hosted.results import collect
from luthier.tools.training.hosted.site import Site
from luthier.tools.training.hosted.uploading import upload, write_files
from luthier.tools.training.hosted.watching import Watch
from luthier.tools.training.hosted.words import FINAL, failed_job, status_words
from luthier.tools.training.plan import Plan

PAUSING_SECONDS = 0.5
"""Between two looks at a job that is still being paused."""


def run(context: JobContext) -> dict[str, Any]:
    """Tune the plan in the payload at OpenAI, or at a provider that speaks its API."""
    plan = Plan.model_validate(context.spec.payload["plan"])
    return tune(context, plan, site_of(plan))


def site_of(plan: Plan) -> Site:
    """The provider of a plan as OpenAI's API describes it: the tuned model answers by its name."""
    profile = profile_of(plan.hosted)
    base = endpoint_of(plan.hosted)

    def publish(_context: JobContext, _record: Record, job: RemoteJob) -> EndpointModel:
        return base.model_copy(update={"model": job.tuned_model})

    mark = plan.hosted.byte_order_mark
    return Site(
        profile=profile,
        endpoint=base,
        base=base,
        publish=publish,
        extra=dict(plan.hosted.options),
        byte_order_mark=bool(mark),
    )


def tune(context: JobContext, plan: Plan, site: Site) -> dict[str, Any]:
    """Carry the plan through at a site.

    Returns:
        what ``training.tuned_model`` reads (``endpoint``, ``base``, ``checkpoints``), and what the
        provider measured: see :func:`~luthier.tools.training.hosted.results.collect`.

    Raises:
        JobStopped: pause or cancel was passed on to the provider.
        LuthierError: the rows, the access or the job was refused, or the training failed there.
    """
    record = load_record(context.output)
    record.adopted = record.adopted or bool(context.spec.payload.get("adopt"))
    record.job_id = record.job_id or str(context.spec.payload.get("adopt") or "")
    client, secret = open_client(site.endpoint)
    site = replace(site, secret=secret)
    with client:
        api = dialect_of(site.profile).api(client)
        try:
            return _go(context, plan, site, api, record)
        except JobStopped as stopped:
            _pass_on(context, site, api, record, stopped.request)
            raise


def _go(context: JobContext, plan: Plan, site: Site, api: Api, record: Record) -> dict[str, Any]:
    context.honour_stop()  # a wish that an earlier attempt did not live to pass on
    if not record.job_id:
        _start(context, plan, site, api, record)
    elif record.paused_here:
        _go_on(context, site, api, record)
        record.paused_here = False
        record.save(context.output)
    job = Watch(context, site, api, record).until_ended()
    if job.status == "failed":
        raise failed_job(job, site.label)
    if job.status == "cancelled":
        raise LuthierError(
            _("The training was cancelled at {label}, not here.", label=site.label),
            remedy=_("Start it again if you want it after all."),
            place=job.id,
            code="hosted.cancelled_there",
        )
    return collect(context, plan, site, api, record, job)


def _go_on(context: JobContext, site: Site, api: Api, record: Record) -> None:
    """Let a job go on that was paused from here; a wish is lost while the pause is still under way."""
    tries = 0
    while True:
        try:
            status = api.job(record.job_id).status
        except openai.APIError as error:
            if not site.is_passing(error):
                raise explain(error, site.endpoint, site.secret) from None
            site.wait(context, error, tries)
            tries += 1
            continue
        if status != "pausing":
            break
        context.progress(status_words(status), 0, 0)
        context.honour_stop()
        time.sleep(PAUSING_SECONDS)
    if status == "paused":
        _steer(context, site, api, record, "resume")


def _start(context: JobContext, plan: Plan, site: Site, api: Api, record: Record) -> None:
    """Check, send and create; each part is done once, however often this is called."""
    if not record.creating_since:
        for objection in check_hosted(context.workspace, plan):
            if objection.stops:
                raise LuthierError(
                    objection.message, remedy=objection.remedy, code=f"hosted.{objection.code}"
                )
        _warn_of_shutdown(context, site, api)
    for role, path in write_files(context, plan, site).items():
        upload(context, record, api, site, path, role)
    create(context, plan, site, api, record)


def _warn_of_shutdown(context: JobContext, site: Site, api: Api) -> None:
    """Say when the base model goes away, where the provider itself says so."""
    try:
        day = api.shutdown_date(site.endpoint.model)
    except openai.APIError:
        return  # whether the model can be tuned is said by the creation, in its own words
    if day:
        words = _(
            "{label} says that {model} is shut down on {day}, and what is tuned from it with it.",
            label=site.label,
            model=site.endpoint.model,
            day=day,
        )
        context.notice(words, "warning")


def _pass_on(context: JobContext, site: Site, api: Api, record: Record, request: str) -> None:
    """Tell the provider of a stop that the user wished; say it where that is not possible."""
    if not context.is_users_wish:
        return  # this computer ends its processes; the training goes on there
    if not record.job_id and record.creating_since:
        job = find_ours(context, site, api, record)
        record.job_id = job.id if job else ""
        record.save(context.output)
        if job is None:
            words = _(
                "No job of Luthier's is listed at {label}, but a call was cut off that may still make "
                "one: look with `luthier hosted jobs` in a while, and cancel what should not be there.",
                label=site.label,
            )
            context.notice(words, "warning")
    if not record.job_id:
        return
    if request == "pause" and not site.profile.pauses:
        words = _("{label} cannot pause: the training goes on there.", label=site.label)
        context.notice(words, "warning")
        return
    if request == "pause":
        record.paused_here = True  # said before the call, of which a killed worker has no answer
        record.save(context.output)
    if not _steer(context, site, api, record, request):
        record.paused_here = False
        record.save(context.output)


def _steer(context: JobContext, site: Site, api: Api, record: Record, wish: str) -> bool:
    """Whether the provider has taken a wish; a job that has ended there needs none.

    Raises:
        LuthierError: it did not take the wish to cancel, so that the job may go on (``hosted.goes_on``).
    """
    try:
        status = api.job(record.job_id).status
        if status in FINAL:
            return False
        if wish != "pause" or status not in ("pausing", "paused"):
            api.steer(record.job_id, wish)
    except openai.APIError as error:
        what = explain(error, site.endpoint, site.secret)
        why = f"{what.what} {what.why}".strip()
        refused = _(
            "{label} did not take the wish ({wish}): {why}", label=site.label, wish=wish, why=why
        )
        goes_on = _(
            "The job {id} may go on there, and cost. `luthier hosted cancel {id}` tries again.",
            id=record.job_id,
        )
        if wish == "cancel":
            raise LuthierError(refused, remedy=goes_on, code="hosted.goes_on") from None
        context.notice(f"{refused} {goes_on}", "bad")
        return False
    return True
