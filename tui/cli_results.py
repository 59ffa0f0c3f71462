"""``luthier eval`` and ``luthier report``: what was measured, and the files that tell it."""

from __future__ import annotations

import asyncio
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
    from luthier.tools.catalog.results import write_report

    session = await open_session(workspace, session_id)
    try:
        context = ToolContext(workspace, session.id, session.facts)
        return write_report(context, NoArguments()).data
    finally:
        await session.close()
