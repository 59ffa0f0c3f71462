"""Azure as the worker of hosted trainings deals with it; apart from the backend, which the chat reads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from luthier.tools.azure.plan import checkpoint_name, deployment_name
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.jobs.context import JobContext
from luthier.tools.training.backends.azure import (
    at_profile,
    azure_part,
    base_of,
    deployed_at,
    jobs_endpoint,
    tier_of,
)
from luthier.tools.training.hosted.api import RemoteCheckpoint, RemoteJob
from luthier.tools.training.hosted.profiles import AZURE as PROFILE
from luthier.tools.training.hosted.record import Record
from luthier.tools.training.hosted.site import Site
from luthier.tools.training.hosted.worker import tune
from luthier.tools.training.plan import Plan


def run(context: JobContext) -> dict[str, Any]:
    """Tune the plan in the payload at Azure; the model is deployed afterwards, by a job of its own."""
    plan = Plan.model_validate(context.spec.payload["plan"])
    return tune(context, at_profile(plan), site_of(plan, context.spec.id))


def site_of(plan: Plan, job_id: str) -> Site:
    """Azure as the worker deals with it; the tuned model will answer by its deployment's name.

    Raises:
        LuthierError: the resource's address is not known (``azure.no_endpoint``).
    """
    azure = azure_part(plan.hosted)
    jobs = jobs_endpoint(plan.hosted)
    name = deployment_name(azure.deployment, plan.name, job_id)

    def publish(_context: JobContext, _record: Record, _job: RemoteJob) -> EndpointModel:
        return deployed_at(jobs, azure, name)

    def leaves(job: RemoteJob) -> dict[str, Any]:
        awaits = {"model": job.tuned_model, "base": jobs.model, "deployment": name}
        return {"awaits_deployment": awaits}

    def keeps(found: RemoteCheckpoint) -> dict[str, Any]:
        """A checkpoint is deployed by its id, and asked by its deployment."""
        where = deployed_at(jobs, azure, checkpoint_name(name, found.step))
        return {"model": found.id or found.model, "endpoint": where}

    mark_wanted = plan.hosted.byte_order_mark
    return Site(
        profile=replace(PROFILE, base_url=jobs.base_url),
        endpoint=jobs,
        base=base_of(plan.hosted),
        publish=publish,
        leaves=leaves,
        keeps=keeps,
        extra={"trainingType": tier_of(plan.hosted), **plan.hosted.options},
        byte_order_mark=True if mark_wanted is None else mark_wanted,
    )
