"""The tool that says where a plan is trained: this computer or a provider, and what that changes."""

from __future__ import annotations

import time
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from luthier.tools.catalog.base import Outcome, Tool, ToolContext
from luthier.tools.catalog.plan import replan
from luthier.tools.catalog.steering import is_over
from luthier.tools.effects import Effect
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.errors import LuthierError
from luthier.tools.facts import Facts
from luthier.tools.jobs.store import get_job
from luthier.tools.jobs.supervisor import request_cancel
from luthier.tools.language import _, mark
from luthier.tools.training.backends import backend_of
from luthier.tools.training.backends.base import CHANGE_LABELS, Backend
from luthier.tools.training.hosted_plan import HostedPlan
from luthier.tools.training.plan import Plan
from luthier.tools.views import Callout, Table, View

SAME = "same"
STOPPING_SECONDS = 35.0
"""A little more than a job has to end before it is ended."""


class ChooseBackend(BaseModel):
    """A place to train; empty fields stay as they are."""

    backend: str = Field(
        description="local, openai, azure, autotrain; openai also for other providers; same: as it is"
    )
    provider: str = Field(default="", description="openai, nebius, together; other with base_url")
    base_url: str = Field(default="", description="address of another provider")
    model: str = Field(default="", description="name of the base model there")
    settings: dict[str, str | float | int] = Field(
        default_factory=dict,
        description="method (supervised, dpo, reinforcement), epochs, batch_size, "
        "learning_rate_multiplier, beta, suffix, seed, tier",
    )


def choose_backend(context: ToolContext, arguments: ChooseBackend) -> Outcome:
    """Train somewhere else from now on; the data stays, and what changes is said."""
    facts = context.facts
    backend = backend_of(facts.backend if arguments.backend == SAME else arguments.backend)
    hosted = _hosted(facts, backend, arguments)
    asked = hosted or HostedPlan()
    base = _base(backend, asked)
    changes: dict[str, Any] = {
        "backend": backend.name,
        "hosted": hosted and hosted.model_dump(mode="json"),
    }
    before = backend_of(facts.backend).base(facts.hosted or HostedPlan())
    if base != before:
        _stop_measuring(context)
    if facts.baseline and base == before:
        changes |= {"baseline": facts.baseline.model_dump(mode="json")}
    if facts.plan is not None:
        changes |= _replanned(context, backend, facts.plan, asked)
    notice = backend.notice(asked)
    views: list[View] = [_changes_table(backend_of(facts.backend), backend)]
    if notice:
        views.insert(0, Callout(tone="warning", headline=_("Before we go on"), lines=(notice,)))
    place = f"{base.model} · {base.host}" if base else _(backend.label)
    return Outcome(
        _("The place of training from now on: {place}.", place=place),
        facts=changes,
        views=tuple(views),
        data={"backend": backend.name, "notice": notice},
    )


def _base(backend: Backend, asked: HostedPlan) -> EndpointModel | None:
    """The untuned model there.

    Raises:
        LuthierError: the place cannot be reached yet; what is known of it is said as well.
    """
    try:
        return backend.base(asked)
    except LuthierError as error:
        why = error.why or backend.notice(asked)
        raise LuthierError(
            error.what, why=why, remedy=error.remedy, place=error.place, code=error.code
        ) from error


def _stop_measuring(context: ToolContext) -> None:
    """End what measures a base model that is not compared with any more."""
    for name in (context.facts.baseline_job, context.facts.preflight_job):
        if not name or is_over(get_job(context.workspace, name).status.state):
            continue
        request_cancel(context.workspace, name)
        until = time.monotonic() + STOPPING_SECONDS
        while not is_over(get_job(context.workspace, name).status.state):
            if time.monotonic() > until:
                break  # the next measurement says that it is still under way
            time.sleep(0.2)


def _hosted(facts: Facts, backend: Backend, arguments: ChooseBackend) -> HostedPlan | None:
    """The settings at the provider; those of another provider do not carry over its model."""
    if not backend.remote:
        return None
    before = facts.hosted or HostedPlan()
    moved = facts.backend != backend.name or arguments.provider or arguments.base_url
    given: dict[str, Any] = {
        name: value
        for name in ("provider", "base_url", "model")
        if (value := getattr(arguments, name))
    }
    start = before.model_dump(exclude={"provider", "base_url", "model"} if moved else set())
    try:
        return HostedPlan.model_validate({**start, **arguments.settings, **given})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise LuthierError(
            _("{setting} cannot be set so.", setting=name),
            why=str(first["msg"]),
            remedy=_("Say another value, or leave it as it is."),
            place=f"hosted.{name}",
            code="plan.bad_value",
        ) from error


def _replanned(
    context: ToolContext, backend: Backend, plan: Plan, hosted: HostedPlan
) -> dict[str, Any]:
    """The plan in its new place; what was estimated here holds here alone."""
    moved = plan.model_copy(update={"backend": backend.name, "hosted": hosted})
    if not backend.measures_here:
        return {"plan": moved.model_dump(mode="json"), "estimate": None}
    made = replan(context, moved)
    return {
        "plan": moved.model_dump(mode="json"),
        "estimate": made.estimate.model_dump(mode="json"),
        "token_blockers": list(made.blockers),
    }


def _changes_table(before: Backend, after: Backend) -> Table:
    """What is different for the user, before and after."""
    columns = ["", _(after.label)]
    rows = [[_(label), _(getattr(after.changes, name))] for name, label in CHANGE_LABELS.items()]
    if before.name != after.name:
        columns.insert(1, _(before.label))
        for row, name in zip(rows, CHANGE_LABELS, strict=True):
            row.insert(1, _(getattr(before.changes, name)))
    return Table(
        title=_("What changes with the place"),
        columns=tuple(columns),
        rows=tuple(tuple(row) for row in rows),
    )


TOOLS = (
    Tool(
        name="choose_backend",
        description="Say where to train. Call it as soon as the user names a place, before any work on "
        "data: it tells what changes. Starts nothing.",
        arguments=ChooseBackend,
        run=choose_backend,
        effect=Effect.WRITES_HOME,
        points_at=lambda arguments: (arguments.base_url,) if arguments.base_url else (),
        label=mark("Looking at the place to train"),
    ),
)
