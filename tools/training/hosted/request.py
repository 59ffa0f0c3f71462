"""What the creation call says in OpenAI's words."""

from __future__ import annotations

from typing import Any

from luthier.tools.training.hosted.api import TAG
from luthier.tools.training.hosted.record import Record
from luthier.tools.training.hosted.site import Site
from luthier.tools.training.hosted_plan import HostedPlan
from luthier.tools.training.plan import Plan


def request_of(plan: Plan, site: Site, record: Record, job_id: str) -> dict[str, Any]:
    """The creation call's fields; ``job_id`` is Luthier's, by which the job can be found again."""
    hosted, profile = plan.hosted, site.profile
    assert record.training is not None
    request: dict[str, Any] = {
        "model": site.endpoint.model,
        "training_file": record.training.id,
    }
    if record.validation:
        request["validation_file"] = record.validation.id
    parameters = hyperparameters(hosted)
    if profile.nested:
        part: dict[str, Any] = {"hyperparameters": parameters} if parameters else {}
        if hosted.method == "reinforcement":
            part["grader"] = hosted.grader
        request["method"] = {"type": hosted.method} | ({hosted.method: part} if part else {})
    elif parameters:
        request["hyperparameters"] = parameters
    if hosted.suffix:
        request["suffix"] = hosted.suffix
    if hosted.seed is not None:
        request["seed"] = hosted.seed
    if profile.metadata:
        request["metadata"] = {TAG: job_id, "plan": plan.name[:512]}
    if hosted.wandb and profile.integrations:
        settings = hosted.wandb.model_dump(exclude_defaults=True)
        request["integrations"] = [{"type": "wandb", "wandb": settings}]
    return request


def hyperparameters(hosted: HostedPlan) -> dict[str, Any]:
    """Those that the plan sets; what is left to the provider is not sent."""
    found: dict[str, Any] = {
        "n_epochs": hosted.epochs,
        "batch_size": hosted.batch_size,
        "learning_rate_multiplier": hosted.learning_rate_multiplier,
    }
    if hosted.method == "dpo":
        found["beta"] = hosted.beta
    if hosted.method == "reinforcement":
        found["compute_multiplier"] = hosted.compute_multiplier
        found["eval_interval"] = hosted.eval_interval
        found["eval_samples"] = hosted.eval_samples
        if hosted.reasoning_effort != "default":
            found["reasoning_effort"] = hosted.reasoning_effort
    return {name: value for name, value in found.items() if value != "auto"}
