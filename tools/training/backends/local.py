"""This computer: TRL and PEFT in a process of Luthier's own."""

from __future__ import annotations

from luthier.tools.data.store import load_dataset
from luthier.tools.effects import Effect
from luthier.tools.language import _, mark
from luthier.tools.training.backends.base import Backend, Changes, Details
from luthier.tools.training.methods.registry import method_of
from luthier.tools.training.plan import Estimate, Plan
from luthier.tools.wording import duration, size, times
from luthier.tools.workspace import Workspace


def _details(workspace: Workspace, plan: Plan, estimate: Estimate | None) -> Details:
    rows = load_dataset(workspace, plan.data.dataset_id).train
    return (
        (_("Where"), _("on this computer, in Luthier's home folder")),
        (_("Model"), _model(plan)),
        (
            _("Data"),
            _(
                "{rows} training rows, each seen {times}",
                rows=rows,
                times=times(plan.train.epochs),
            ),
        ),
        *(_needs(estimate) if estimate else ()),
        (_("Price and privacy"), _("free; nothing leaves this computer")),
    )


def _model(plan: Plan) -> str:
    """The base model and what of it is trained, and how."""
    method = method_of(plan)
    if not method.adapter:
        return _("{model}, {method}", model=plan.model.id, method=_(method.title))
    with_rank = _("{model}, LoRA rank {rank}", model=plan.model.id, rank=plan.lora.rank)
    if method.reads == "answers":
        return with_rank
    return f"{with_rank}, {_(method.title)}"


def _needs(estimate: Estimate) -> Details:
    measured = _("measured here") if estimate.measured else _("estimated, not measured")
    return (
        (
            _("Time"),
            _(
                "{low} to {high} ({measured}), then about {evaluation} of evaluation",
                low=duration(estimate.train_seconds_low),
                high=duration(estimate.train_seconds_high),
                measured=measured,
                evaluation=duration(estimate.evaluate_seconds),
            ),
        ),
        (
            _("Memory"),
            _(
                "{needed} of {free} free",
                needed=size(estimate.memory_bytes),
                free=size(estimate.available_bytes),
            ),
        ),
        (
            _("Disk"),
            _(
                "{needed} of {free} free",
                needed=size(estimate.disk_bytes),
                free=size(estimate.free_disk_bytes),
            ),
        ),
    )


LOCAL = Backend(
    name="local",
    label=mark("this computer"),
    changes=Changes(
        price=mark("free."),
        time=mark("as long as this computer needs; a real step is measured before you agree."),
        privacy=mark("nothing leaves this computer."),
        export=mark("the whole model is yours: adapter, merged model, GGUF, your own server."),
    ),
    worker="luthier.tools.training.worker:run_local",
    effect=lambda _plan: Effect.LONG_JOB,
    title=lambda _plan: _("Start the training on this computer"),
    details=_details,
    measures_here=True,
)
