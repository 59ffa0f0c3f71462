"""``luthier jobs``: list, show, follow, pause, resume and cancel what runs in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from luthier.tools.language import _
from luthier.tui.cli_shared import (
    json_option,
    print_json,
    print_json_line,
    say,
    show,
    the_workspace,
)
from luthier.tui.exit_codes import FAILED, OK

if TYPE_CHECKING:
    from luthier.tools.jobs.model import Job, JobEvent


@click.group(invoke_without_command=True, short_help="See and steer what runs in the background.")
@json_option
@click.pass_context
def jobs(context: click.Context, as_json: bool) -> None:
    """What runs in the background: trainings, measurements. Lists all of it by default.

    A job runs in a process of its own: closing the chat or the terminal leaves it running. JOB is a
    job's id or the last letters of it.
    """
    if context.invoked_subcommand is None:
        _list("", as_json)


@jobs.command("list")
@click.option("--session", default="", help="Only the jobs of this session.")
@json_option
def list_command(session: str, as_json: bool) -> None:
    """List the jobs, newest first."""
    _list(session, as_json)


def _list(session: str, as_json: bool) -> None:
    from luthier.tools.jobs.store import list_jobs
    from luthier.tools.jobs.supervisor import reconcile
    from luthier.tools.jobs.views import jobs_table

    workspace = the_workspace()
    reconcile(workspace)
    found = list_jobs(workspace, session or None)
    if not found and not as_json:
        say(_("There are no jobs yet. They start from the chat, or by `luthier run PLAN.yaml`."))
        return
    show([jobs_table(found)] if found else [], [_as_data(job) for job in found], as_json=as_json)


@jobs.command("show")
@click.argument("job")
@json_option
def show_command(job: str, as_json: bool) -> None:
    """Show a job's state, progress, losses and, where it failed, why."""
    from luthier.tools.jobs.store import get_job
    from luthier.tools.jobs.supervisor import reconcile_job
    from luthier.tools.jobs.views import job_views

    workspace = the_workspace()
    found = reconcile_job(workspace, get_job(workspace, job))
    show(job_views(workspace, found), _as_data(found), as_json=as_json)


@jobs.command("pause")
@click.argument("job")
@json_option
def pause_command(job: str, as_json: bool) -> None:
    """Save a checkpoint and end the process; `luthier jobs resume` goes on from there."""
    from luthier.tools.jobs.supervisor import request_pause

    _told(request_pause(the_workspace(), job), as_json)


@jobs.command("resume")
@click.argument("job")
@json_option
def resume_command(job: str, as_json: bool) -> None:
    """Go on with a paused, failed or lost job from its newest checkpoint."""
    from luthier.tools.jobs.supervisor import resume

    _told(resume(the_workspace(), job), as_json)


@jobs.command("cancel")
@click.argument("job")
@json_option
def cancel_command(job: str, as_json: bool) -> None:
    """End a job for good. Its files stay; it cannot be resumed."""
    from luthier.tools.jobs.supervisor import request_cancel

    _told(request_cancel(the_workspace(), job), as_json)


@jobs.command("follow")
@click.argument("job")
@json_option
def follow_command(job: str, as_json: bool) -> int:
    """Show a job's progress until it ends or pauses; Ctrl-C stops following, not the job.

    With --json, each event is one line of JSON on stdout. The exit code is 1 where the job did not
    succeed.
    """
    from luthier.tools.jobs.model import JobState
    from luthier.tools.jobs.wait import wait_for
    from luthier.tui.progress_bars import JobBar

    workspace = the_workspace()
    if as_json:

        def listen(_job: Job, events: list[JobEvent]) -> None:
            for event in events:
                print_json_line(event)

        ended = wait_for(workspace, job, listen)
        print_json_line({"type": "end", "state": ended.status.state, "error": ended.status.error})
    else:
        with JobBar() as bar:
            ended = wait_for(workspace, job, bar.listen)
        _told(ended, as_json=False)
    return OK if ended.status.state is JobState.SUCCEEDED else FAILED


def _told(job: Job, as_json: bool) -> None:
    from luthier.tools.jobs.model import STATE_WORDS

    if as_json:
        print_json(_as_data(job))
        return
    say(f"{job.spec.title} ({job.id}): {_(STATE_WORDS[job.status.state])}.")
    if job.status.error:
        from luthier.tools.errors import LuthierError

        say(LuthierError.from_dict(job.status.error).as_text())


def _as_data(job: Job) -> dict[str, Any]:
    from luthier.tools.jobs.views import read_history

    history = read_history(job)
    return {
        "id": job.id,
        "kind": job.spec.kind,
        "title": job.spec.title,
        "session": job.spec.session_id,
        "state": job.status.state,
        "attempt": job.status.attempt,
        "created_at": job.spec.created_at,
        "folder": job.folder,
        "fraction": history.fraction,
        "progress": history.in_words(),
        "seconds_left": history.seconds_left,
        "loss": history.loss,
        "validation_loss": history.validation_loss,
        "tokens_per_second": history.tokens_per_second,
        "error": job.status.error,
    }
