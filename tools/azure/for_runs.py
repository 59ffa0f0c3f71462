"""What a run without a chat has deployed: how often before, and taking it down again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from luthier.tools.azure.deployments import Deployment, delete, list_deployments
from luthier.tools.azure.views import reminder
from luthier.tools.errors import LuthierError
from luthier.tools.language import _
from luthier.tools.workspace import Workspace


def times_deleted(workspace: Workspace, wanted: BaseModel) -> int:
    """How many deployments of this name were made that are gone: it is then made anew.

    One that failed is not counted: its job is resumed instead.
    """
    name = Deployment.model_validate(wanted).name
    running = {one.id for one in list_deployments(workspace, running=True)}
    return sum(
        one.name == name and one.id not in running and one.state != "failed"
        for one in list_deployments(workspace)
    )


def take_down(workspace: Workspace, result: Mapping[str, Any]) -> tuple[str, ...]:
    """End what the job ``deploy`` with this result made and what costs by the hour; what to say of it.

    The tuned model itself stays, and so does the deployment of an untuned one.
    """
    said = []
    for made in map(Deployment.model_validate, result["deployments"]):
        if made.is_base:
            continue
        try:
            delete(workspace, made)
        except LuthierError as error:
            said.append(f"{error.what} {error.remedy} {reminder(workspace)}")
        else:
            said.append(
                _("The deployment {name} is deleted; it costs nothing any more.", name=made.name)
            )
    return tuple(said)
