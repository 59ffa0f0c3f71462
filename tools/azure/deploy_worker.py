"""The job that deploys a tuned model at Azure and watches until it answers."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from typing import Any

from luthier.tools.azure.control import ControlPlane
from luthier.tools.azure.deployments import (
    Deployment,
    delete,
    keep,
    list_deployments,
    state_of,
)
from luthier.tools.errors import LuthierError
from luthier.tools.jobs.context import JobContext, JobStopped
from luthier.tools.language import _

POLL_SECONDS = 10.0
POLL_VARIABLE = "LUTHIER_POLL_SECONDS"


def run(context: JobContext) -> dict[str, Any]:
    """Deploy what the payload names under ``deployments`` and wait for each.

    A second attempt finds what the first one made. Cancelling removes what this job made; pausing
    only stops watching.

    Returns:
        ``{"deployments": [Deployment as JSON, ...]}``.

    Raises:
        JobStopped: pause or cancel was honoured.
        LuthierError: Azure refuses, or a deployment failed there (``azure.failed``).
    """
    wanted = [Deployment.model_validate(one) for one in context.spec.payload["deployments"]]
    done = []
    for number, deployment in enumerate(wanted):
        with ControlPlane(deployment.place) as plane:
            try:
                done.append(_deploy(context, plane, deployment, number, len(wanted)))
            except JobStopped as stopped:
                if stopped.request == "cancel":
                    _undo(context, wanted)  # an earlier attempt may have come further
                raise
    return {"deployments": [one.model_dump(mode="json") for one in done]}


def _deploy(
    context: JobContext, plane: ControlPlane, deployment: Deployment, number: int, total: int
) -> Deployment:
    context.honour_stop()
    known = {one.id: one for one in list_deployments(context.workspace)}.get(deployment.id)
    seen = plane.look(deployment.name)
    if seen is not None and known is None:
        if not deployment.is_base or seen.model != deployment.model:
            raise _taken(deployment, seen.model)
        return deployment.model_copy(
            update={"state": state_of(seen.state)}
        )  # somebody else's: kept
    deployment = known or keep(
        context.workspace,
        deployment.model_copy(
            update={"created_at": datetime.now(UTC).isoformat(timespec="seconds")}
        ),
    )
    if seen is None:
        seen = plane.deploy(
            deployment.name,
            deployment.model,
            deployment.version,
            deployment.sku,
            deployment.capacity,
        )
    label = _("Azure is making the deployment {name}", name=deployment.name)
    while (state := state_of(seen.state if seen else "Failed")) == "creating":
        context.progress(label, number, total)
        _wait(context)
        seen = plane.look(deployment.name)
    deployment = keep(context.workspace, deployment.model_copy(update={"state": state}))
    if state == "failed":
        raise _failed(deployment, seen.state if seen else _("it is gone"))
    context.progress(label, number + 1, total)
    context.notice(_("{name} answers at Azure.", name=deployment.name), "good")
    return deployment


def _wait(context: JobContext) -> None:
    """Until the next look, ready to stop at any moment."""
    end = time.monotonic() + float(os.environ.get(POLL_VARIABLE) or POLL_SECONDS)
    while time.monotonic() < end:
        context.honour_stop()
        time.sleep(min(0.2, max(0.0, end - time.monotonic())))
    context.honour_stop()


def _undo(context: JobContext, made: list[Deployment]) -> None:
    """Remove what this job has asked for, so that a cancelled job costs nothing on."""
    known = list_deployments(context.workspace)
    ours = {one.id: one for one in known if one.state != "deleted"}
    for deployment in made:
        if deployment.id in ours:
            delete(context.workspace, ours[deployment.id])


def _taken(deployment: Deployment, model: str) -> LuthierError:
    return LuthierError(
        _("A deployment called {name} is there already.", name=deployment.name),
        why=_("It holds another model ({model}), and Luthier does not replace it.", model=model),
        remedy=_("Choose another name for the deployment in the plan."),
        place=deployment.account,
        code="azure.name_taken",
    )


def _failed(deployment: Deployment, state: str) -> LuthierError:
    return LuthierError(
        _("Azure could not make the deployment {name}.", name=deployment.name),
        why=_("Azure says: {code}: {message}", code=state, message=deployment.model),
        remedy=_(
            "Delete it (“delete the deployment”) and try again, or look at it in the Azure portal: "
            "quota and region are the usual reasons."
        ),
        place=deployment.account,
        code="azure.failed",
    )
