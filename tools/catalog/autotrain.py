"""Tools around AutoTrain: make its environment, or hand over the folder that it trains from."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, Field

from luthier.tools.catalog.base import NoArguments, Outcome, Tool, ToolContext
from luthier.tools.catalog.jobs import start_job
from luthier.tools.catalog.plan import plan_of
from luthier.tools.effects import Effect
from luthier.tools.language import _, mark, plural
from luthier.tools.questions import Approval
from luthier.tools.training.autotrain.environment import (
    VERSION,
    disk_bytes,
    environment_folder,
    has_environment,
    has_gpu,
    why_not,
)
from luthier.tools.views import Callout, JobView
from luthier.tools.wording import size


def install_autotrain(context: ToolContext, _arguments: NoArguments) -> Outcome:
    """Make AutoTrain's environment in a job, unless it is there."""
    if has_environment(context.workspace):
        return Outcome(_("AutoTrain is ready."))
    job = start_job(context, "autotrain", _("Making AutoTrain's environment"), {}, pausable=False)
    return Outcome(
        _("Job {id} makes AutoTrain's environment (about ten minutes).", id=job.id),
        views=(JobView(job_id=job.id),),
        data={"job_id": job.id},
    )


def approve_install(context: ToolContext, _arguments: NoArguments) -> Approval:
    """What it takes; nobody is asked where it cannot be made.

    Raises:
        LuthierError: it cannot be made here.
    """
    gpu = has_gpu()
    problem = None if has_environment(context.workspace) else why_not(context.workspace, gpu=gpu)
    if problem:
        raise problem
    return Approval(
        tool="install_autotrain",
        effect=Effect.NETWORK,
        title=_("Make an environment for AutoTrain {version}", version=VERSION),
        details=(
            (_("Disk"), size(disk_bytes(gpu))),
            (_("Where"), str(environment_folder(context.workspace))),
            (
                _("Download"),
                _("AutoTrain, PyTorch and about 150 packages, from the index that pip uses"),
            ),
            (_("Licence"), "Apache-2.0"),
            (_("Time"), _("about ten minutes; you can go on meanwhile")),
            (
                _("Why an environment of its own"),
                _("it needs libraries of January 2025, which would break Luthier's"),
            ),
            (_("Price and privacy"), _("free; nothing of yours is sent")),
        ),
    )


class WriteFiles(BaseModel):
    """Where the folder for AutoTrain shall be written."""

    folder: str = Field(description="a new or empty folder, as the user names it")


def write_autotrain_files(context: ToolContext, arguments: WriteFiles) -> Outcome:
    """Write plan, data and model as AutoTrain reads them, with the commands to type."""
    from luthier.tools.training.autotrain.hand_over import hand_over

    written = hand_over(context.workspace, plan_of(context), Path(arguments.folder))
    return Outcome(
        _("The folder for AutoTrain is written: {folder}.", folder=written.folder),
        views=(
            Callout(
                headline=_("On the other computer (Python 3.11)"), lines=tuple(written.commands)
            ),
        ),
        data={"folder": str(written.folder), "rows": written.rows, "why": written.why},
    )


def approve_files(context: ToolContext, arguments: WriteFiles) -> Approval:
    """What is written, and where."""
    from luthier.tools.training.autotrain.hand_over import named_folder, needed_bytes

    plan = plan_of(context)
    rows = context.facts.dataset.train if context.facts.dataset else 0
    return Approval(
        tool="write_autotrain_files",
        effect=Effect.WRITES_OUTSIDE,
        title=_("Write the folder for AutoTrain"),
        details=(
            (_("Where"), str(named_folder(Path(arguments.folder)))),
            (
                _("What"),
                plural(
                    "the plan, {n} training row as text, and a copy of the base model",
                    "the plan, {n} training rows as text, and a copy of the base model",
                    rows,
                ),
            ),
            (_("Size"), size(needed_bytes(context.workspace, plan))),
            (_("Price and privacy"), _("free; nothing leaves this computer")),
        ),
    )


TOOLS = (
    Tool(
        name="install_autotrain",
        description="Make the Python environment that the backend autotrain needs (3.1 GB). The user "
        "is asked first.",
        arguments=NoArguments,
        run=install_autotrain,
        effect=Effect.NETWORK,
        approval=approve_install,
        label=mark("Making AutoTrain's environment"),
        repeatable=True,
    ),
    Tool(
        name="write_autotrain_files",
        description="Write the plan as a folder for AutoTrain on another computer, with the command. "
        "The user is asked first.",
        arguments=WriteFiles,
        run=write_autotrain_files,
        effect=Effect.WRITES_OUTSIDE,
        approval=approve_files,
        points_at=lambda arguments: (arguments.folder,),
        label=mark("Writing the folder for AutoTrain"),
    ),
)
