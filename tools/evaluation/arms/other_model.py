"""Arms of other tuned models: what another training of this home left behind, or a checkpoint of one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from luthier.tools.azure.deployments import need_deployed
from luthier.tools.data.model import Message
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.arms.arm import Arm, Bench, Contender, as_asked
from luthier.tools.evaluation.arms.asking import Asker, OnReplies
from luthier.tools.evaluation.cache import GenerationCache, Reply
from luthier.tools.jobs.model import Job, JobState
from luthier.tools.jobs.store import get_job, read_result
from luthier.tools.language import _, mark
from luthier.tools.models.reference import resolve_model
from luthier.tools.models.rendering import Renderer
from luthier.tools.models.tuned_folder import is_adapter, is_whole_model
from luthier.tools.training.checkpoints import PREFIX
from luthier.tools.training.plan import EvaluationPlan, Plan
from luthier.tools.training.tuned_model import TunedModel, tuned_model
from luthier.tools.workspace import Workspace

NAME = "model:"


def other_model(model: str) -> Arm:
    """The arm of ``JOB`` (a finished training) or ``JOB:STEP`` (one of its checkpoints)."""
    return Arm(
        name=f"{NAME}{model}",
        doing=mark("Asking another tuned model"),
        needs_adapter=False,
        prepare=partial(_prepare, model=model),
    )


def find_model(
    workspace: Workspace, model: str, *, answering: bool = True
) -> tuple[Job, Path | EndpointModel]:
    """The training, and the folder of its weights or the model elsewhere that it made.

    ``answering`` wants one that can be asked now; without it a model whose deployment is gone is found
    as well: what it has answered is kept.

    Raises:
        LuthierError: there is no such training, checkpoint or folder (``evaluation.unknown_model``), or
            the model is not deployed (``azure.not_deployed``).
    """
    job_id, _colon, step = model.partition(":")
    job = get_job(workspace, job_id)
    if job.spec.kind != "train":
        raise _unknown(_("“{title}” is not a training.", title=job.spec.title), job.folder)
    ended = job.status.state is JobState.SUCCEEDED
    found = tuned_model(Path(job.folder), read_result(workspace, job_id)) if ended else None
    if step:
        return job, _checkpoint(workspace, job, found, step, answering=answering)
    if found is None:
        raise _unknown(
            _("“{title}” has not ended yet.", title=job.spec.title),
            job.folder,
            _("Name one of its checkpoints as JOB:STEP."),
        )
    if found.endpoint and found.awaits_deployment and answering:
        need_deployed(workspace, found.endpoint.model, f"luthier deployments make {job.id}")
    made = found.adapter or found.endpoint
    assert made is not None
    return job, made


def models_elsewhere(workspace: Workspace, models: Iterable[str]) -> tuple[EndpointModel, ...]:
    """Those among other tuned models (``JOB`` or ``JOB:STEP``) that answer behind an address.

    Raises:
        LuthierError: as :func:`find_model` does.
    """
    found = (find_model(workspace, model, answering=False)[1] for model in models)
    return tuple(dict.fromkeys(one for one in found if isinstance(one, EndpointModel)))


def asked_by(workspace: Workspace, plan: EvaluationPlan) -> tuple[EndpointModel, ...]:
    """The models behind an address that an evaluation asks besides those of its own training.

    Raises:
        LuthierError: as :func:`find_model` does.
    """
    return tuple(dict.fromkeys((*plan.elsewhere, *models_elsewhere(workspace, plan.models))))


def _checkpoint(
    workspace: Workspace, job: Job, found: TunedModel | None, step: str, *, answering: bool
) -> Path | EndpointModel:
    output = Path(job.folder) / "output"
    if found and found.endpoint:
        elsewhere = {str(one.step): one for one in found.checkpoints}
        if step in elsewhere:
            asked = elsewhere[step].asked_at(found.endpoint)
            if found.awaits_deployment and answering:
                command = f"luthier deployments make {job.id} --step {step}"
                need_deployed(workspace, asked.model, command)
            return asked
        kept = sorted(elsewhere, key=int)
    else:
        folders = {
            one.name.removeprefix(PREFIX): one
            for one in output.glob(f"{PREFIX}*")
            if is_adapter(one) or is_whole_model(one)
        }
        if step in folders:
            return folders[step]
        kept = sorted(folders, key=int)
    listed = ", ".join(kept) or _("none; a training that ended keeps only the best")
    raise _unknown(
        _("This training has no checkpoint at step {step}.", step=step),
        str(output),
        _("Checkpoints that are there: {listed}.", listed=listed),
    )


def _unknown(what: str, place: str, remedy: str = "") -> LuthierError:
    return LuthierError(
        what,
        remedy=remedy or _("`luthier jobs` lists the trainings of this home."),
        place=place,
        code="evaluation.unknown_model",
    )


def _prepare(bench: Bench, *, model: str) -> Contender:
    job, made = find_model(bench.workspace, model, answering=False)
    plan = Plan.model_validate(job.spec.payload["plan"])
    step = model.partition(":")[2]
    label = (
        _("“{name}” at step {step}", name=plan.name, step=step)
        if step
        else _("other tuned model “{name}”", name=plan.name)
    )
    said = _(
        "the request as it is, answered by the model of training {id} ({base}).",
        id=job.spec.id,
        base=plan.model.id,
    )
    detail = {"prompt": said, "model": model}
    if isinstance(made, EndpointModel):
        return Contender(label=label, build=as_asked, by=made, detail=detail)
    reference = resolve_model(bench.workspace, plan.model.id, download=False)
    asker = Asker(
        reference=reference,
        renderer=Renderer(Path(reference.folder)),
        plan=bench.plan,
        cache=GenerationCache(bench.workspace.datasets / bench.dataset.id),
        should_stop=bench.should_stop,
        honour_stop=bench.honour_stop,
    )

    def answer(prompts: Sequence[Sequence[Message]], on_replies: OnReplies) -> list[Reply]:
        bench.release()
        replies = asker.ask(prompts, made, on_replies)
        asker.release()
        return replies

    return Contender(label=label, build=as_asked, answer=answer, detail=detail)
