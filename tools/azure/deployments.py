"""Deployments that Luthier made: kept before Azure is asked, so that none is ever forgotten.

A deployment costs by the hour until it is deleted; the record of one whose making was cut off is as
good a reason to remind as any.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from luthier.tools.azure.control import OVER, READY, Account, ControlPlane
from luthier.tools.azure.tables import hosting_price
from luthier.tools.database import writing
from luthier.tools.errors import LuthierError
from luthier.tools.language import _, mark
from luthier.tools.workspace import Workspace

State = Literal["creating", "ready", "failed", "deleted"]

STATE_WORDS: dict[State, str] = {
    "creating": mark("being made"),
    "ready": mark("answers"),
    "failed": mark("failed"),
    "deleted": mark("deleted"),
}


class Deployment(BaseModel):
    """A model that answers at Azure under ``name``, until it is deleted."""

    model_config = ConfigDict(frozen=True)

    id: str
    session_id: str
    train_job: str
    name: str
    model: str
    version: str = Field(description="'1' for a tuned model")
    is_base: bool = Field(default=False, description="the untuned model, to compare with")
    sku: str
    capacity: int
    subscription: str
    resource_group: str
    account: str
    management_url: str
    created_at: str = ""
    state: State = "creating"

    @property
    def place(self) -> Account:
        """The account that holds it."""
        return Account(self.subscription, self.resource_group, self.account, self.management_url)

    @property
    def is_over(self) -> bool:
        """Whether it is known to cost nothing any more."""
        return self.state in ("deleted", "failed")

    @property
    def ends_at(self) -> datetime | None:
        """When Azure removes it by itself, where it does."""
        price = hosting_price(self.sku)
        if price is None or price.lasts is None or not self.created_at:
            return None
        return datetime.fromisoformat(self.created_at) + timedelta(hours=price.lasts)

    @property
    def hour(self) -> float | None:
        """US dollars an hour; a base model costs by the token alone. None: not known."""
        if self.is_base:
            return 0.0
        price = hosting_price(self.sku)
        return price.hour if price else None


def keep(workspace: Workspace, deployment: Deployment) -> Deployment:
    """Write it down, or what became of it; returns it."""
    with workspace.database() as database, writing(database):
        database.table("deployments").upsert(
            {
                "id": deployment.id,
                "session_id": deployment.session_id,
                "train_job": deployment.train_job,
                "state": deployment.state,
                "created_at": deployment.created_at,
                "record": deployment.model_dump_json(),
            },
            pk="id",
        )
    return deployment


def list_deployments(
    workspace: Workspace, *, train_job: str | None = None, running: bool = False
) -> list[Deployment]:
    """Every deployment that Luthier made, newest first; ``running`` leaves out those that ended."""
    with workspace.database() as database:
        rows = list(
            database.table("deployments").rows_where(
                "train_job = :train_job" if train_job else None,
                {"train_job": train_job} if train_job else None,
                order_by="created_at desc, id desc",
            )
        )
    found = [Deployment.model_validate_json(row["record"]) for row in rows]
    now = datetime.now(UTC)
    return [
        one
        for one in found
        if not running or not (one.is_over or (one.ends_at is not None and one.ends_at < now))
    ]


def find_deployment(workspace: Workspace, part: str = "") -> Deployment:
    """The deployment of this name or id; the only one, or the tuned one, where none is named.

    Raises:
        LuthierError: none runs (``azure.no_deployment``), or several fit (``azure.ambiguous``).
    """
    running = [one for one in list_deployments(workspace) if one.state != "deleted"]
    wanted = part.strip().casefold()
    found = [
        one
        for one in running
        if wanted in ("", one.name.casefold()) or one.id.casefold().endswith(wanted)
    ]
    if not wanted and len(found) > 1:
        found = [one for one in found if not one.is_base]
    if len(found) == 1:
        return found[0]
    names = ", ".join(one.name for one in running)
    if found:
        raise LuthierError(
            _("Several deployments are meant: {names}.", names=names),
            remedy=_("Name one of them."),
            code="azure.ambiguous",
        )
    raise LuthierError(
        _("No deployment at Azure is called “{name}”.", name=part)
        if part
        else _("Luthier knows of no deployment at Azure."),
        why=_("These run: {names}.", names=names) if names else "",
        remedy=_("`luthier deployments` lists those that Luthier made."),
        code="azure.no_deployment",
    )


def need_deployed(workspace: Workspace, name: str, command: str) -> None:
    """See that Luthier has made a deployment of this name, and that it was not deleted.

    Raises:
        LuthierError: it has not (``azure.not_deployed``), with the ``command`` that makes it.
    """
    if any(one.name == name for one in list_deployments(workspace, running=True)):
        return
    raise LuthierError(
        _("{name} does not answer at Azure: it is not deployed.", name=name),
        why=_(
            "A model or a checkpoint answers there once it is deployed, which costs by the hour."
        ),
        remedy=_(
            "“deploy it at azure”, or “deploy checkpoint 10 at azure”, asks you with the price; without "
            "a chat: {command}. One that you deployed yourself: “compare with NAME at URL”.",
            command=command,
        ),
        code="azure.not_deployed",
    )


def refresh(workspace: Workspace, deployment: Deployment) -> Deployment:
    """Ask Azure what became of it, and write that down.

    Raises:
        LuthierError: as :class:`~luthier.tools.azure.control.ControlPlane` does.
    """
    with ControlPlane(deployment.place) as plane:
        seen = plane.look(deployment.name)
    if seen is None:
        return keep(workspace, deployment.model_copy(update={"state": "deleted"}))
    return keep(workspace, deployment.model_copy(update={"state": state_of(seen.state)}))


def state_of(provisioning: str) -> State:
    """Luthier's word for Azure's; one that is not known yet is under way."""
    if provisioning == READY:
        return "ready"
    return "failed" if provisioning in OVER else "creating"


def delete(workspace: Workspace, deployment: Deployment) -> Deployment:
    """Remove it at Azure, and write down that it is gone; the tuned model itself stays.

    Raises:
        LuthierError: as :class:`~luthier.tools.azure.control.ControlPlane` does; then it may run on,
            and is still listed.
    """
    with ControlPlane(deployment.place) as plane:
        plane.delete(deployment.name)
    return keep(workspace, deployment.model_copy(update={"state": "deleted"}))
