"""Wishes to see or take something: jobs, the data, the plan, results, the report, an export."""

from __future__ import annotations

from luthier.agent.brains.guide.reply import Reply, call, say
from luthier.agent.brains.guide.steps import next_step
from luthier.agent.brains.guide.understand import (
    Intent,
)
from luthier.tools.data.exports.registry import EXPORTS
from luthier.tools.facts import Facts
from luthier.tools.language import _


def status(facts: Facts, _intent: Intent, _text: str) -> Reply:
    """How the jobs are doing."""
    jobs = (facts.train_job, facts.baseline_job, facts.preflight_job, facts.evaluate_job)
    return call("job_status") if any(jobs) else next_step(facts).after(_("No job is running."))


def chat_model(facts: Facts, _intent: Intent, _text: str) -> Reply:
    """Where to talk to the tuned model."""
    if facts.training:
        return say(
            _(
                "Type `/chat`: the tuned model answers in this screen, side by side with the base model "
                "if you wish."
            )
        )
    return next_step(facts).after(_("There is no tuned model to talk to yet."))


def show_data(facts: Facts, _intent: Intent, _text: str) -> Reply:
    """A row as the model will see it, or the file as it was read."""
    if facts.dataset:
        return call("show_row")
    return call("inspect_data") if facts.source else next_step(facts)


def show_plan(_facts: Facts, _intent: Intent, _text: str) -> Reply:
    """The plan with its reasons."""
    return call("show_plan")


def show_results(facts: Facts, _intent: Intent, _text: str) -> Reply:
    """What was measured so far."""
    if facts.baseline or facts.evaluation:
        return call("show_results")
    return next_step(facts).after(_("Nothing was measured yet."))


def report(facts: Facts, _intent: Intent, _text: str) -> Reply:
    """Write the report, or show what there is."""
    if facts.evaluation:
        return call("write_report")
    return (
        call("show_results")
        if facts.baseline
        else next_step(facts).after(_("There is nothing to report yet."))
    )


def export_data(facts: Facts, intent: Intent, _text: str) -> Reply:
    """The prepared rows in the form another program reads."""
    if facts.dataset is None:
        return next_step(facts).after(_("The data has not been prepared yet."))
    if not intent.topic:
        names = ", ".join(f"**{export.title}** ({_(export.about)})" for export in EXPORTS)
        return say(
            _(
                "For which program? I can write the rows for {names}. Say, for instance, “export the "
                "data for axolotl”.",
                names=names,
            )
        )
    return call("export_data", format=intent.topic, folder=intent.path)


def count_tokens(facts: Facts, intent: Intent, _text: str) -> Reply:
    """How many tokens the rows are for a model."""
    if facts.dataset is None:
        return next_step(facts).after(_("The data has not been prepared yet."))
    return call("count_tokens", model=intent.topic)
