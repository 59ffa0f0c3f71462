"""The tuned model that a training left behind: its adapter, its base, and what it was asked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from luthier.tools.data.model import Message, Row
from luthier.tools.data.store import load_dataset, load_rows
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.sample import sample_rows
from luthier.tools.files import read_json
from luthier.tools.jobs.model import Job, JobState
from luthier.tools.jobs.store import get_job, list_jobs, read_result
from luthier.tools.language import _
from luthier.tools.models.reference import ModelReference, resolve_model
from luthier.tools.training.plan import Plan
from luthier.tools.training.tuned_model import TunedModel, tuned_model
from luthier.tools.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Tuned:
    """A finished training with everything that hosting needs of it."""

    job: Job
    plan: Plan
    adapter: Path
    reference: ModelReference

    @property
    def name(self) -> str:
        """What the plan calls it, as a name that any server takes."""
        plain = "".join(letter if letter.isalnum() else "-" for letter in self.plan.name.lower())
        return "-".join(part for part in plain.split("-") if part)[:40] or "tuned"

    def test_rows(self, workspace: Workspace, most: int | None = None) -> list[Row]:
        """The held-out rows of the evaluation, or a repeatable part of them."""
        dataset = load_dataset(workspace, self.plan.data.dataset_id)
        rows = load_rows(workspace, dataset.id, "test")
        return sample_rows(rows, min(most or len(rows), self.plan.evaluation.max_rows))

    def system(self, workspace: Workspace) -> str:
        """The system text that every request was trained with, or nothing."""
        return system_text(workspace, self.plan)


@dataclass(frozen=True, slots=True)
class Hosted:
    """A finished training whose model answers at a provider."""

    job: Job
    plan: Plan
    endpoint: EndpointModel
    base: EndpointModel | None


def hosted_model(workspace: Workspace, train_job: str) -> Hosted:
    """The tuned model at its provider.

    Raises:
        LuthierError: this training's model is on this computer (``host.is_here``), or what reading
            the job raises.
    """
    job = get_job(workspace, train_job)
    tuned = tuned_model(Path(job.folder), read_result(workspace, job.id))
    if tuned.endpoint is None:
        raise LuthierError(
            _("This tuned model is on this computer, not at a provider."),
            remedy=_("Serve it with `luthier host start`; then there are programs that use it."),
            code="host.is_here",
        )
    plan = Plan.model_validate(job.spec.payload["plan"])
    return Hosted(job=job, plan=plan, endpoint=tuned.endpoint, base=tuned.base)


def system_text(workspace: Workspace, plan: Plan) -> str:
    """The system text that every request was trained with, or nothing."""
    rows = load_rows(workspace, plan.data.dataset_id, "test") or load_rows(
        workspace, plan.data.dataset_id, "train"
    )
    messages: tuple[Message, ...] = rows[0].messages if rows else ()
    return messages[0].content if messages and messages[0].role == "system" else ""


def find_tuned(
    workspace: Workspace, train_job: str = "", session_id: str = "", *, weights: bool = True
) -> Tuned:
    """The tuned model of this training; of the newest finished one where none is named.

    Without ``weights`` its adapter may be gone: what was exported from it is served all the same.

    Raises:
        LuthierError: ``host.nothing_tuned`` where no training has finished, or what reading the
            job or its base model raises.
    """
    job = get_job(workspace, train_job) if train_job else _newest(workspace, session_id)
    if job is None or job.spec.kind != "train":
        raise LuthierError(
            _("There is no tuned model yet."),
            remedy=_("Finish a training first; then it can be exported and served."),
            code="host.nothing_tuned",
        )
    result = read_result(workspace, job.id)
    plan = Plan.model_validate(job.spec.payload["plan"])
    return Tuned(
        job=job,
        plan=plan,
        adapter=_adapter(tuned_model(Path(job.folder), result, weights=weights)),
        reference=resolve_model(workspace, plan.model.id, download=False),
    )


def _newest(workspace: Workspace, session_id: str) -> Job | None:
    jobs = list_jobs(workspace, session_id or None)
    finished = (
        job for job in jobs if job.spec.kind == "train" and job.status.state is JobState.SUCCEEDED
    )
    return next(finished, None)


def _adapter(tuned: TunedModel) -> Path:
    if tuned.adapter is None:
        raise LuthierError(
            _("This tuned model stays at its provider: there is nothing to export."),
            why=_("The provider gives out no weights; the model answers there under its name."),
            remedy=_("`luthier host snippets` prints programs that use it."),
            place=tuned.endpoint.model if tuned.endpoint else "",
            code="host.stays_there",
        )
    return tuned.adapter


def adapter_rank(adapter: Path) -> int:
    """The LoRA rank, which servers that load the adapter have to be told."""
    return int((read_json(adapter / "adapter_config.json") or {}).get("r", 0))
