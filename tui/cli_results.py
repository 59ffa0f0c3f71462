"""``luthier eval`` and ``luthier report``: what was measured, and the files that tell it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from luthier.tools.language import _
from luthier.tui.cli_shared import json_option, print_json, say, show, the_workspace

if TYPE_CHECKING:
    from luthier.tools.workspace import Workspace


@click.group("eval")
def evaluations() -> None:
    """What was measured on the held-out test rows."""


@evaluations.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """List the evaluations, newest first."""
    from luthier.agent.titles import DECISIONS
    from luthier.tools.evaluation.store import list_evaluations
    from luthier.tools.views import Table

    found = list_evaluations(the_workspace())
    if not found and not as_json:
        say(_("Nothing has been measured yet."))
        return
    table = Table(
        title=_("Evaluations"),
        columns=(_("evaluation"), _("arms"), _("measure"), _("test rows"), _("verdict")),
        rows=tuple(
            (
                each.id,
                ", ".join(arm.arm for arm in each.arms),
                each.metric,
                str(each.test_rows),
                _(DECISIONS[each.verdict.decision]) if each.verdict else "",
            )
            for each in found
        ),
    )
    show([table], found, as_json=as_json)


@evaluations.command("show")
@click.argument("evaluation", metavar="ID")
@json_option
def show_command(evaluation: str, as_json: bool) -> None:
    """Show one evaluation: all arms in one table, the verdict, wins and losses on real rows.

    ID is an evaluation's id, or the id of the job that made it.
    """
    from luthier.tools.errors import LuthierError
    from luthier.tools.evaluation.model import Evaluation
    from luthier.tools.evaluation.store import load_evaluation
    from luthier.tools.evaluation.views import evaluation_views
    from luthier.tools.jobs.store import read_result

    workspace = the_workspace()
    try:
        found = load_evaluation(workspace, evaluation)
    except LuthierError as not_found:
        try:
            result = read_result(workspace, evaluation)
        except LuthierError:
            raise not_found from None
        if "evaluation" not in result:
            raise not_found from None
        found = Evaluation.model_validate(result["evaluation"])
    show(evaluation_views(found), found, as_json=as_json)


@evaluations.command("again", short_help="Measure a training again, with more alternatives.")
@click.argument("job", metavar="TRAINING")
@click.option("--arm", "arms", multiple=True, help="Alternative to add; repeat for several.")
@click.option("--prompt-file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Your own instructions.")  # fmt: skip
@click.option("--documents", type=click.Path(exists=True, path_type=Path),
              help="File or folder to look things up in.")  # fmt: skip
@click.option("--encoder", type=click.Path(exists=True, file_okay=False, path_type=Path),
              help="Folder of a sentence encoder, by which meaning is compared.")  # fmt: skip
@click.option("--model", "models", multiple=True, metavar="JOB[:STEP]",
              help="Another training, or a checkpoint of one.")  # fmt: skip
@click.option("--at", "elsewhere", multiple=True, metavar="MODEL@URL",
              help="A model behind an OpenAI-compatible address; test rows are sent there.")  # fmt: skip
@click.option("--rows", "max_rows", type=click.IntRange(min=1), help="Test rows used at most.")
@click.option("--metric", help="The measure that decides.")
@click.option("--measure", "measures", multiple=True, help="A further measure to show.")
@click.option("--pattern", help="Regular expression that answers should fit.")
@click.option("--own-metric", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Your Python file with score(prompt, expected, answer).")  # fmt: skip
@click.option("--schema", "json_schema", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Your JSON schema.")  # fmt: skip
@click.option("--database", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="SQLite or .sql file on which SQL answers are executed.")  # fmt: skip
@click.option("--price-per-hour", type=click.FloatRange(min=0), help="Of the machine that answers.")
@click.option("--preparation-price", type=click.FloatRange(min=0), help="Of preparing the data.")
@click.option("--hosting-per-hour", type=click.FloatRange(min=0),
              help="Of a tuned model that stands ready.")  # fmt: skip
@click.option("--yes", is_flag=True, help="Send rows and run your file without asking.")
@json_option
def again_command(job: str, yes: bool, as_json: bool, **wishes: Any) -> int:
    """Measure a finished TRAINING again on the same test rows, and compare.

    Nothing that was answered before is asked again. Rows leave this computer only for models elsewhere,
    and after a yes. The exit code is 4 where the verdict is not to ship, or to collect more data first.
    """
    from luthier.tui.cli_measure import measure_again

    return measure_again(the_workspace(), job, wishes, yes=yes, as_json=as_json)


@evaluations.command("rate", short_help="Rate a dozen pairs of answers, blind.")
@click.argument("evaluation", metavar="ID")
@json_option
def rate_command(evaluation: str, as_json: bool) -> None:
    """Say of a dozen pairs which answer is better; nobody sees whose it is.

    Stopping (Ctrl-C, or s) keeps what was rated; the same command goes on from there.
    """
    from luthier.tui.cli_measure import rate

    rate(the_workspace(), evaluation, as_json=as_json)


@evaluations.command("judge", short_help="Have a language model judge the answers.")
@click.argument("evaluation", metavar="ID")
@click.option("--at", "judge", required=True, metavar="MODEL@URL", help="Who judges, and where.")
@click.option("--rubric", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="File with what counts, in your words.")  # fmt: skip
@click.option("--yes", is_flag=True, help="Send test rows there without asking.")
@json_option
def judge_command(
    evaluation: str, judge: str, rubric: Path | None, yes: bool, as_json: bool
) -> None:
    """Have a model behind an address judge pairs of answers, each in both orders."""
    from luthier.tui.cli_measure import have_judged

    words = rubric.read_text(encoding="utf-8") if rubric else ""
    have_judged(the_workspace(), evaluation, judge, words, yes=yes, as_json=as_json)


@evaluations.command("harness", short_help="Ask tasks of lm-eval, before and after tuning.")
@click.argument("job", metavar="TRAINING")
@click.option("--task", "tasks", multiple=True, required=True, metavar="FILE.yaml|NAME",
              help="A task file with your rows, or a task of lm-eval; repeat for several.")  # fmt: skip
@click.option("--rows", type=click.IntRange(min=1), help="Rows used at most, of each task.")
@click.option("--yes", is_flag=True, help="Fetch what is missing without asking.")
@json_option
def harness_command(
    job: str, tasks: tuple[str, ...], rows: int | None, yes: bool, as_json: bool
) -> int:
    """Ask the base and the tuned model of a measured TRAINING tasks of lm-evaluation-harness.

    The figures become rows of “what was lost”. lm-eval is fetched once into Luthier's home (150 MB on
    disk); the rows of a task file stay on this computer, those of a named task are fetched from the
    Hugging Face Hub.
    """
    from luthier.tui.cli_harness import ask_harness

    return ask_harness(the_workspace(), job, tasks, rows or 0, yes=yes, as_json=as_json)


@click.command(short_help="Write a session's report again.")
@click.argument("session")
@json_option
def report(session: str, as_json: bool) -> None:
    """Write the report, model card and plan of a SESSION, and say where they are.

    SESSION is a session's id or the beginning of one.
    """
    files = asyncio.run(_write_report(the_workspace(), session))
    if as_json:
        print_json(files)
        return
    click.echo(files["html"])
    say(_("Model card: {card}", card=files["card"]))
    say(_("Plan: {plan}", plan=files["plan"]))


async def _write_report(workspace: Workspace, session_id: str) -> dict[str, Any]:
    from luthier.agent.session import open_session
    from luthier.tools.catalog.base import NoArguments, ToolContext
    from luthier.tools.catalog.reporting import write_report

    session = await open_session(workspace, session_id)
    try:
        context = ToolContext(workspace, session.id, session.facts)
        return write_report(context, NoArguments()).data
    finally:
        await session.close()
