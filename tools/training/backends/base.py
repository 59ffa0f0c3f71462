"""What a backend is: a place where a plan is run, described before anything happens there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from luthier.tools.effects import Effect
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.language import _, mark
from luthier.tools.training.hosted.profiles import Account, account_of
from luthier.tools.training.hosted_plan import HostedPlan
from luthier.tools.training.objection import Objection
from luthier.tools.training.plan import Estimate, Plan
from luthier.tools.workspace import Workspace

Details = tuple[tuple[str, str], ...]
"""Names and values of what matters before a yes, as an approval shows them."""

CHANGE_LABELS = {
    "price": mark("Price"),
    "time": mark("Time"),
    "privacy": mark("Privacy"),
    "export": mark("What you can take away"),
}


@dataclass(frozen=True, slots=True)
class Changes:
    """What is different for the user with a backend: one marked sentence each."""

    price: str
    time: str
    privacy: str
    export: str

    def in_words(self) -> Details:
        """The four with their names, translated."""
        return tuple((_(label), _(getattr(self, name))) for name, label in CHANGE_LABELS.items())


def _nothing(_workspace: Workspace, _plan: Plan) -> tuple[Objection, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Deploying:
    """How models are made to answer at a place where none does by itself.

    ``wanted`` names the deployments (input of the job ``deploy``) that are to be made: before the
    training (no result) that of the untuned model, afterwards that of the tuned one. ``price`` says
    what the latter costs for as long as it exists, ``reminder`` what exists now. ``keys`` are the
    variables that the job may see. ``take_down`` ends what a job of this result made and says so;
    ``times_deleted`` counts those of that name that are gone, for then it is made anew.
    """

    wanted: Callable[[Workspace, Plan, str, str, Mapping[str, Any] | None], tuple[BaseModel, ...]]
    price: Callable[[Plan], str]
    keys: tuple[str, ...]
    times_deleted: Callable[[Workspace, BaseModel], int]
    take_down: Callable[[Workspace, Mapping[str, Any]], tuple[str, ...]]
    reminder: Callable[[Workspace], str]


@dataclass(frozen=True, slots=True)
class Backend:
    """A place where a plan can be run. One file in this package each, registered in its ``__init__``.

    ``worker`` is ``module:function``, imported in the job's process alone. It gets a
    :class:`~luthier.tools.jobs.context.JobContext` with ``plan`` in its payload and returns a result
    that :func:`~luthier.tools.training.tuned_model.tuned_model` can read.

    ``details`` says what a launch means, ``check`` what would be refused, without the network.
    ``pausable`` is false where a pause would lose what was done so far.

    ``key_variables`` are names of environment variables that the job's process may see. ``remote``
    says that the work goes on elsewhere when the job's process has ended. ``measures_here`` says that
    a pre-flight on this computer tells time and memory. ``base`` is the untuned model to compare with
    where it is not on this computer, ``account`` where its files and jobs are (the plan's provider,
    unless the backend says otherwise), ``deploying`` how models are made to answer where they do not by
    themselves. ``notice`` is said as soon as somebody names this backend, before any work on data;
    empty where there is nothing to say.
    """

    name: str
    label: str
    changes: Changes
    worker: str
    effect: Callable[[Plan], Effect]
    title: Callable[[Plan], str]
    details: Callable[[Workspace, Plan, Estimate | None], Details]
    check: Callable[[Workspace, Plan], tuple[Objection, ...]] = _nothing
    prepared: Callable[[Workspace, Plan], Plan] = lambda _workspace, plan: plan
    key_variables: Callable[[Plan], tuple[str, ...]] = lambda _plan: ()
    base: Callable[[HostedPlan], EndpointModel | None] = lambda _hosted: None
    account: Callable[[HostedPlan], Account] = account_of
    deploying: Deploying | None = None
    notice: Callable[[HostedPlan], str] = lambda _hosted: ""
    remote: bool = False
    pausable: bool = True
    measures_here: bool = False
