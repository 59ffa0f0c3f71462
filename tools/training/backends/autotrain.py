"""AutoTrain Advanced 0.8.36: the same plan, trained by Hugging Face's own program of 2025."""

from __future__ import annotations

from luthier.tools.data.store import load_dataset
from luthier.tools.effects import Effect
from luthier.tools.language import _, mark
from luthier.tools.training.autotrain.environment import (
    has_environment,
    missing_environment,
)
from luthier.tools.training.autotrain.project import whole_epochs
from luthier.tools.training.backends.base import Backend, Changes, Details
from luthier.tools.training.hosted_plan import HostedPlan
from luthier.tools.training.objection import Objection
from luthier.tools.training.plan import Estimate, Plan
from luthier.tools.wording import size, times
from luthier.tools.workspace import Workspace


def _details(workspace: Workspace, plan: Plan, estimate: Estimate | None) -> Details:
    rows = load_dataset(workspace, plan.data.dataset_id).train
    return (
        (_("Where"), _("on this computer, by AutoTrain in an environment of its own")),
        (_("Model"), _("{model}, LoRA rank {rank}", model=plan.model.id, rank=plan.lora.rank)),
        (
            _("Data"),
            _(
                "{rows} training rows, each seen {times}",
                rows=rows,
                times=times(whole_epochs(plan)),
            ),
        ),
        (
            _("Differences"),
            _(
                "questions are learned as well as answers, there is no early stopping, and it cannot "
                "be paused"
            ),
        ),
        (_("Time"), _("not measured beforehand")),
        *(((_("Disk"), size(estimate.disk_bytes)),) if estimate else ()),
        (_("Price and privacy"), _("free; nothing leaves this computer")),
    )


def _check(workspace: Workspace, plan: Plan) -> tuple[Objection, ...]:
    found = []
    if plan.method != "lora":
        found.append(
            Objection(
                "autotrain.method",
                _("Luthier gives AutoTrain LoRA trainings only."),
                _("Say “use LoRA”, or “use local” for the other methods."),
            )
        )
    if plan.lora.layers != "all":
        found.append(
            Objection(
                "autotrain.layers",
                _("AutoTrain trains all layers."),
                _("Say “layers all”, or “use local” to train the upper half."),
            )
        )
    if not has_environment(workspace):
        missing = missing_environment(workspace)
        found.append(Objection(missing.code, missing.what, missing.remedy))
    return tuple(found)


def _prepared(_workspace: Workspace, plan: Plan) -> Plan:
    """AutoTrain takes whole passes and no early stopping; the plan that is run says so."""
    train = plan.train.model_copy(update={"epochs": float(whole_epochs(plan)), "patience": 0})
    return plan.model_copy(update={"train": train})


def _notice(_hosted: HostedPlan) -> str:
    return _(
        "AutoTrain has had no release since January 2025 and does not know models that came after it. "
        "It needs a Python environment of its own ({size}); Luthier makes it after you agree, and judges "
        "its result by what it leaves behind.",
        size="3.1 GB",
    )


AUTOTRAIN = Backend(
    name="autotrain",
    label=mark("AutoTrain on this computer"),
    changes=Changes(
        price=mark("free; 3.1 GB of disk for its environment."),
        time=mark("not measured beforehand, and it cannot be paused."),
        privacy=mark("nothing leaves this computer."),
        export=mark("the whole model is yours: adapter, merged model, GGUF, your own server."),
    ),
    worker="luthier.tools.training.autotrain.worker:run",
    effect=lambda _plan: Effect.LONG_JOB,
    title=lambda _plan: _("Start the training with AutoTrain on this computer"),
    details=_details,
    check=_check,
    prepared=_prepared,
    notice=_notice,
    pausable=False,
)
