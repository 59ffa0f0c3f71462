"""``luthier autotrain``: AutoTrain's environment on this computer, or its folder for another one."""

from __future__ import annotations

from pathlib import Path

import click

from luthier.tools.language import _
from luthier.tui.cli_shared import ask_first, json_option, print_json, say, the_workspace
from luthier.tui.exit_codes import OK


@click.group(invoke_without_command=True, short_help="Train a plan with AutoTrain.")
@json_option
@click.pass_context
def autotrain(context: click.Context, as_json: bool) -> None:
    """AutoTrain Advanced 0.8.36 as the place where a plan is trained (`luthier run PLAN.yaml
    --backend autotrain`). Without a command, says whether its environment is here.
    """
    if context.invoked_subcommand is None:
        _status(as_json)


def _status(as_json: bool) -> None:
    from luthier.tools.training.autotrain.environment import (
        environment_folder,
        has_environment,
        has_gpu,
        why_not,
    )

    workspace = the_workspace()
    ready, folder = has_environment(workspace), environment_folder(workspace)
    problem = None if ready else why_not(workspace, gpu=has_gpu())
    if as_json:
        print_json({"ready": ready, "folder": folder, "problem": problem and problem.as_dict()})
    elif ready:
        say(_("AutoTrain is ready in {folder}.", folder=folder))
    else:
        words = _("AutoTrain is not on this computer. `luthier autotrain install` makes it ready.")
        say(problem.as_text() if problem else words)


@autotrain.command("install")
@click.option("--yes", is_flag=True, help="Do it without being asked first.")
@json_option
def install_command(yes: bool, as_json: bool) -> int:
    """Make AutoTrain's environment in Luthier's home (3.1 GB, about ten minutes, Python 3.11)."""
    from luthier.tools.errors import LuthierError
    from luthier.tools.identifiers import new_id
    from luthier.tools.jobs.model import JobState
    from luthier.tools.jobs.supervisor import launch
    from luthier.tools.jobs.wait import wait_for
    from luthier.tools.training.autotrain.environment import (
        disk_bytes,
        environment_folder,
        has_environment,
        has_gpu,
        why_not,
    )
    from luthier.tools.wording import size
    from luthier.tui.progress_bars import JobBar

    workspace, gpu = the_workspace(), has_gpu()
    if not has_environment(workspace):
        problem = why_not(workspace, gpu=gpu)
        if problem:
            raise problem
        if not yes:
            ask_first(
                _(
                    "Make an environment for AutoTrain ({size} on disk, fetched with pip)?",
                    size=size(disk_bytes(gpu)),
                )
            )
        job = launch(
            workspace,
            kind="autotrain",
            session_id="setup",
            title=_("Making AutoTrain's environment"),
            payload={},
            pausable=False,
            idempotency_key=f"autotrain:{new_id()}",
        )
        with JobBar() as bar:
            ended = wait_for(workspace, job.id, bar.listen)
        if ended.status.state is not JobState.SUCCEEDED:
            raise LuthierError.from_dict(
                ended.status.error or {"what": _("Making the environment was interrupted.")}
            )
    folder = environment_folder(workspace)
    if as_json:
        print_json({"ready": True, "folder": folder})
    else:
        say(_("AutoTrain is ready in {folder}.", folder=folder))
    return OK


@autotrain.command("files")
@click.argument("plan_file", metavar="PLAN.yaml", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("folder", metavar="FOLDER", type=click.Path(file_okay=False, path_type=Path))
@json_option
def files_command(plan_file: Path, folder: Path, as_json: bool) -> int:
    """Write PLAN.yaml as AutoTrain reads it into FOLDER, to be trained on another computer.

    The plan's data must be prepared in this home: `luthier run` or the chat does that.
    """
    from luthier.tools.training.autotrain.hand_over import hand_over
    from luthier.tools.training.plan_file import load_plan

    written = hand_over(the_workspace(), load_plan(plan_file), folder)
    if as_json:
        print_json(written)
        return OK
    if written.why:
        say(written.why)
    say(_("Written: {folder}. On the other computer:", folder=written.folder))
    for command in written.commands:
        click.echo(command)
    return OK


@autotrain.command("remove")
@click.option("--yes", is_flag=True, help="Do it without being asked first.")
@json_option
def remove_command(yes: bool, as_json: bool) -> int:
    """Delete AutoTrain's environment. Models that it trained stay."""
    from luthier.tools.training.autotrain.environment import environment_folder, remove_environment

    workspace = the_workspace()
    if not yes:
        ask_first(_("Delete {folder}?", folder=environment_folder(workspace)))
    removed = remove_environment(workspace)
    if as_json:
        print_json({"removed": removed})
    else:
        say(_("It is deleted.") if removed else _("It was not there."))
    return OK
