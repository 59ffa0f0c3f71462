"""Arms of other tuned models: what another training of this home left behind, or a checkpoint of one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from luthier.tools.data.model import Message
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.arms.arm import Arm, Bench, Contender, as_asked
from luthier.tools.evaluation.arms.asking import WEIGHTS, Asker, OnReplies
from luthier.tools.evaluation.cache import GenerationCache, Reply
from luthier.tools.jobs.model import Job, JobState
from luthier.tools.jobs.store import get_job, read_result
from luthier.tools.language import _, mark
from luthier.tools.models.reference import resolve_model
from luthier.tools.models.rendering import Renderer
from luthier.tools.training.checkpoints import PREFIX
from luthier.tools.training.plan import Plan
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


def find_adapter(workspace: Workspace, model: str) -> tuple[Job, Path]:
    """The training and the folder of its weights.

    Raises:
        LuthierError: there is no such training, checkpoint or folder (``evaluation.unknown_model``).
    """
    job_id, _colon, step = model.partition(":")
    job = get_job(workspace, job_id)
    if job.spec.kind != "train":
        raise _unknown(_("“{title}” is not a training.", title=job.spec.title), str(job.folder))
    output = Path(job.folder) / "output"
    if step:
        folder = output / f"{PREFIX}{step}"
        kept = sorted(
            int(one.name.removeprefix(PREFIX))
            for one in output.glob(f"{PREFIX}*")
            if (one / WEIGHTS).is_file()
        )
        if not (folder / WEIGHTS).is_file():
            listed = ", ".join(map(str, kept)) or _(
                "none; a training that ended keeps only the best"
            )
            raise _unknown(
                _("This training has no checkpoint at step {step}.", step=step),
                str(folder),
                _("Checkpoints that are there: {listed}.", listed=listed),
            )
        return job, folder
    if job.status.state is not JobState.SUCCEEDED:
        raise _unknown(
            _("“{title}” has not ended yet.", title=job.spec.title),
            str(job.folder),
            _("Name one of its checkpoints as JOB:STEP."),
        )
    folder = Path(job.folder) / str(read_result(workspace, job.spec.id).get("adapter", ""))
    if not (folder / WEIGHTS).is_file():
        raise _unknown(_("The weights of this training are not there any more."), str(folder))
    return job, folder


def _unknown(what: str, place: str, remedy: str = "") -> LuthierError:
    return LuthierError(
        what,
        remedy=remedy or _("`luthier jobs` lists the trainings of this home."),
        place=place,
        code="evaluation.unknown_model",
    )


def _prepare(bench: Bench, *, model: str) -> Contender:
    job, folder = find_adapter(bench.workspace, model)
    plan = Plan.model_validate(job.spec.payload["plan"])
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
        replies = asker.ask(prompts, folder, on_replies)
        asker.release()
        return replies

    step = model.partition(":")[2]
    label = (
        _("“{name}” at step {step}", name=plan.name, step=step)
        if step
        else _("other tuned model “{name}”", name=plan.name)
    )
    return Contender(
        label=label,
        build=as_asked,
        answer=answer,
        detail={
            "prompt": _(
                "the request as it is, answered by the model of training {id} ({base}).",
                id=job.spec.id,
                base=reference.name,
            ),
            "model": model,
        },
    )
