"""``luthier tune``: trainings that are tried for comparison, a search and a learning curve."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from luthier.tools.language import _
from luthier.tui.cli_shared import ask_first, json_option, say, show, the_workspace
from luthier.tui.exit_codes import OK

if TYPE_CHECKING:
    from luthier.tools.catalog.base import ToolContext
    from luthier.tools.training.plan import Plan
    from luthier.tools.training.trials.model import SearchResult
    from luthier.tools.workspace import Workspace


@click.group()
def tune() -> None:
    """Try several trainings: settings within a time, or parts of the rows."""


@tune.command("search", short_help="Try learning rates and ranks within a time.")
@click.argument("plan_file", metavar="PLAN.yaml", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--minutes", type=click.FloatRange(min=0, min_open=True), default=30.0,
              show_default=True, help="Time in all; no trial is begun after it.")  # fmt: skip
@click.option("--write", "target", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path),
              help="Write the plan with the winner's settings there.")  # fmt: skip
@click.option("--yes", is_flag=True, help="Start without asking.")
@json_option
def search_command(
    plan_file: Path, minutes: float, target: Path | None, yes: bool, as_json: bool
) -> int:
    """Tune PLAN.yaml with several learning rates and ranks, and compare them on the validation rows.

    Every trial is a job with a line of its own. Ctrl-C leaves the job under way running; the same
    command goes on from there, and trials that are finished are kept.
    """
    from luthier.tools.catalog.trials import Search, approve_search, search_payload
    from luthier.tools.run import prepare_plan
    from luthier.tools.run_checks import refuse_blocked
    from luthier.tools.training.plan_file import load_plan
    from luthier.tools.training.trials.model import SearchResult
    from luthier.tools.training.trials.views import search_table
    from luthier.tools.views import Setting, Settings
    from luthier.tui.cli_run import locate_data
    from luthier.tui.cli_trials import run_again

    workspace, plan = the_workspace(), load_plan(plan_file)
    locate_data(plan, plan_file, None)
    plan = prepare_plan(workspace, plan)
    refuse_blocked(workspace, plan)
    context, wish = _as_in_the_chat(workspace, plan), Search(minutes=minutes)
    approval = approve_search(context, wish)
    if not yes:
        settings = tuple(Setting(name=name, value=value) for name, value in approval.details)
        show([Settings(title=approval.title, settings=settings)], None, as_json=False)
        ask_first(_("{title}?", title=approval.title))
    payload = search_payload(context, wish)
    result = run_again(workspace, "search", _("Searching for settings"), payload, "tune")
    found = SearchResult.model_validate(result["search"])
    show([search_table(found, plan)], found, as_json=as_json)
    if target:
        _write(plan, found, target)
    return OK


def _as_in_the_chat(workspace: Workspace, plan: Plan) -> ToolContext:
    """What a conversation would know once it has this plan."""
    from luthier.tools.catalog.base import ToolContext
    from luthier.tools.data.store import load_dataset
    from luthier.tools.facts import Facts

    dataset = load_dataset(workspace, plan.data.dataset_id)
    facts = Facts(dataset=dataset, plan=plan, model_id=plan.model.id)
    return ToolContext(workspace, "tune", facts)


def _write(plan: Plan, found: SearchResult, target: Path) -> None:
    from luthier.tools.training.plan_file import save_plan
    from luthier.tools.training.trials.search import with_settings

    winner = found.winner
    if winner is None:
        say(_("No trial ended with a figure, so no plan was written."))
        return
    epochs = float(found.changes().get("train.epochs", plan.train.epochs))
    save_plan(with_settings(plan, winner.settings, epochs), target)
    say(_("The plan with the best settings: {place}", place=target))


@tune.command("curve", short_help="Say whether more rows would help.")
@click.argument("job", metavar="TRAINING")
@click.option("--yes", is_flag=True, help="Start without asking.")
@json_option
def curve_command(job: str, yes: bool, as_json: bool) -> int:
    """Tune on a quarter and on half of the rows of a measured TRAINING too, and compare.

    All are measured on the same test rows. The same command goes on from where it was cut off.
    """
    from luthier.tools.evaluation.learning_curve import part_sizes
    from luthier.tools.evaluation.learning_views import learning_table
    from luthier.tools.evaluation.model import Evaluation
    from luthier.tools.evaluation.views import verdict_callout
    from luthier.tools.views import View
    from luthier.tools.wording import rows
    from luthier.tui.cli_trials import newest_evaluation, run_again, training_of

    workspace = the_workspace()
    training, plan = training_of(workspace, job)
    evaluation = newest_evaluation(workspace, training)
    if not yes:
        from luthier.tools.data.store import load_dataset

        sizes = part_sizes(load_dataset(workspace, plan.data.dataset_id).train)
        listed = _(", ").join(rows(size) for size in sizes)
        ask_first(_("Tune again on this computer with {sizes}?", sizes=listed))
    result = run_again(
        workspace,
        "curve",
        _("Drawing the learning curve"),
        {"plan": plan.model_dump(mode="json"), "evaluation_id": evaluation.id},
        training.spec.session_id,
    )
    drawn = Evaluation.model_validate(result["evaluation"])
    views: list[View] = list(learning_table(drawn))
    if drawn.verdict:
        views.append(verdict_callout(drawn.verdict))
    show(views, drawn, as_json=as_json)
    return OK
