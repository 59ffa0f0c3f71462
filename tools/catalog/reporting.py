"""The tool that writes the report."""

from __future__ import annotations

from luthier.tools.catalog.base import NoArguments, Outcome, Tool, ToolContext
from luthier.tools.effects import Effect
from luthier.tools.errors import LuthierError
from luthier.tools.jobs.store import get_job, read_result
from luthier.tools.language import _, mark
from luthier.tools.report.write import write_report as write_files
from luthier.tools.views import Callout


def write_report(context: ToolContext, _arguments: NoArguments) -> Outcome:
    """Write the HTML report, the model card and the plan file."""
    facts = context.facts
    if facts.dataset is None or facts.plan is None or facts.evaluation is None:
        raise LuthierError(
            _("There is nothing to report yet."),
            remedy=_("A report is written once the tuned model has been measured."),
            code="journey.not_yet",
        )
    job = get_job(context.workspace, facts.train_job)
    files = write_files(
        context.workspace,
        session_title=facts.plan.name,
        brief=facts.brief,
        advice=facts.advice,
        dataset=facts.dataset,
        plan=facts.plan,
        estimate=facts.estimate,
        job=job,
        training_result=read_result(context.workspace, facts.train_job),
        evaluation=facts.evaluation,
    )
    return Outcome(
        _(
            "Report: {html}. Model card: {card}. Plan: {plan}.",
            html=files.html,
            card=files.card,
            plan=files.plan,
        ),
        facts={"report": str(files.html)},
        data={"html": str(files.html), "card": str(files.card), "plan": str(files.plan)},
        views=(
            Callout(
                tone="good",
                headline=_("The report is written."),
                lines=(
                    _("Report: {html}", html=files.html),
                    _("Model card: {card}", card=files.card),
                    _("The same run again without a chat: luthier run {plan}", plan=files.plan),
                ),
            ),
        ),
    )


TOOLS = (
    Tool(
        name="write_report",
        description="Write the self-contained HTML report, the model card and the plan file.",
        arguments=NoArguments,
        run=write_report,
        effect=Effect.WRITES_HOME,
        label=mark("Writing the report"),
    ),
)
