"""What a finished job leaves behind: the model's name, its checkpoints, its figures and its files."""

from __future__ import annotations

from typing import Any

import openai

from luthier.tools.endpoints.failures import explain
from luthier.tools.files import write_atomic
from luthier.tools.jobs.context import JobContext
from luthier.tools.language import _
from luthier.tools.training.hosted.api import Api, RemoteCheckpoint, RemoteJob
from luthier.tools.training.hosted.price import dollars_for, priced_as_tuned
from luthier.tools.training.hosted.record import Record
from luthier.tools.training.hosted.site import Site
from luthier.tools.training.plan import Plan
from luthier.tools.training.tuned_model import Checkpoint, TunedModel


def collect(
    context: JobContext, plan: Plan, site: Site, api: Api, record: Record, job: RemoteJob
) -> dict[str, Any]:
    """The result of the job, with its files kept in the job's folder.

    Returns:
        ``endpoint``, ``base`` and ``checkpoints`` (``training.tuned_model`` reads them),
        ``awaits_endpoint`` (what the user has to start there before the model answers, if anything),
        ``provider``, ``provider_job``, ``trained_tokens``, ``dollars`` (None: unknown), ``steps``,
        ``best_step``, ``best_validation_loss``, ``seconds``, ``history``, ``files`` (paths) and
        ``uploaded`` (ids).
    """
    context.progress(_("Fetching the results from {label}", label=site.label), 0, 0)
    try:
        checkpoints = tuple(_checkpoint(site, one) for one in api.checkpoints(job.id))
    except openai.APIError as error:
        checkpoints = ()
        _cannot(context, site, error, _("The checkpoints are not known."))
    for file_id in job.result_files:
        _keep_file(context, site, api, record, file_id)
    endpoint = priced_as_tuned(site.publish(context, record, job), site.endpoint)
    if site.profile.afterwards:
        context.notice(_(site.profile.afterwards), "warning")
    tuned = TunedModel(
        endpoint=endpoint,
        base=site.base,
        checkpoints=tuple(sorted(checkpoints, key=lambda one: one.step)),
    )
    measured = [p for p in record.points.values() if p.validation_loss is not None]
    best = min(measured, key=lambda point: point.validation_loss or 0.0, default=None)
    seconds = float(max(job.finished_at - job.created_at, 0)) if job.finished_at else 0.0
    return {
        **tuned.model_dump(mode="json", exclude={"adapter", "awaits_deployment"}),
        "provider": site.profile.name,
        "provider_job": job.id,
        "trained_tokens": job.trained_tokens,
        "dollars": (
            dollars_for(plan.hosted, job.trained_tokens, seconds)
            if job.dollars is None
            else job.dollars
        ),
        "steps": max([record.total_steps, *record.points], default=0),
        "best_step": best.step if best else 0,
        "best_validation_loss": best.validation_loss if best else None,
        "base_validation_loss": None,
        "seconds": seconds,
        "tokens_per_second": job.trained_tokens / seconds if seconds else 0.0,
        "checks": {},
        "stopped_early": "",
        "history": _history(record, job),
        "files": sorted(record.results.values()),
        **({"awaits_endpoint": site.profile.afterwards} if site.profile.afterwards else {}),
        "uploaded": [one.id for one in (record.training, record.validation) if one],
        **site.leaves(job),
    }


def _checkpoint(site: Site, found: RemoteCheckpoint) -> Checkpoint:
    metrics = {k: float(v) for k, v in found.metrics.items() if isinstance(v, int | float)}
    kept = Checkpoint(model=found.model, step=found.step, metrics=metrics)
    return kept.model_copy(update=dict(site.keeps(found)))


def _keep_file(context: JobContext, site: Site, api: Api, record: Record, file_id: str) -> None:
    """Download a result file once; a training is not lost for a table of figures."""
    if file_id in record.results:
        return
    try:
        name = api.file(file_id).name or f"{file_id}.csv"
        content = api.content(file_id)
    except openai.APIError as error:
        _cannot(context, site, error, _("The result file {name} was not fetched.", name=file_id))
        return
    plain = "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in name)
    path = context.output / f"{file_id}-{plain}"
    write_atomic(path, content.decode("utf-8", errors="replace"))
    record.results[file_id] = str(path)
    record.save(context.output)


def _cannot(context: JobContext, site: Site, error: openai.APIError, what: str) -> None:
    why = explain(error, site.endpoint, site.secret).what
    context.notice(_("{what} {why}", what=what, why=why), "warning")


def _history(record: Record, job: RemoteJob) -> list[dict[str, float]]:
    """The measured steps in the words of a local training's history."""
    total = max([record.total_steps, *record.points], default=1)
    found = []
    for step in sorted(record.points):
        point = record.points[step]
        entry = {"step": float(step), "epoch": step / max(total, 1) * (job.epochs or 1.0)}
        if point.loss is not None:
            entry["loss"] = point.loss
        if point.validation_loss is not None:
            entry["validation_loss"] = point.validation_loss
        found.append(entry)
    return found
