"""What the guide says after a tool has read, prepared or mended the data."""

from __future__ import annotations

from pathlib import PurePath

from luthier.agent.brains.guide.mending import (
    checked_words,
    mended_words,
    previewed,
    undone_words,
)
from luthier.agent.brains.guide.reading import rest_of_questions
from luthier.agent.brains.guide.reply import Reply, ask
from luthier.agent.brains.guide.situation import Result
from luthier.agent.brains.guide.steps import follow, next_step
from luthier.tools.data.views import format_name
from luthier.tools.facts import Facts
from luthier.tools.language import _, plural


def inspected(facts: Facts, result: Result) -> Reply:
    """How a file was read, and what to correct if it was read wrongly."""
    source = facts.source
    assert source is not None
    name = PurePath(source.path).name
    lines = [
        _(
            "I read **{name}** ({format}): {rows}, {usable} of them usable. {reason}",
            name=name,
            format=format_name(source.format),
            rows=plural("{n} row", "{n} rows", source.rows_in),
            usable=source.usable,
            reason=source.task.reason,
        )
    ]
    if not result.data.get("changed_mapping"):
        lines.append(
            _(
                "The rows above show how I would use it. If that is wrong, say so: “prompt column is …, "
                "answer column is …”."
            )
        )
    if source.split.method == "group" and facts.split is None:
        lines.append(
            _(
                "“{column}” repeats, so I would keep all rows of one on one side of the split. If you do "
                "not want that, say “split randomly”.",
                column=source.split.column,
            )
        )
    if result.data.get("another_file") and facts.brief.use_case is not None:
        lines.append(
            _(
                "What you answered in the interview for the file before is kept; to change it, say "
                "“go back to the interview”."
            )
        )
    step = next_step(facts)
    if result.data.get("changed_mapping") and step.tool == "prepare_data":
        return step.after(_("Changed. The rows above show it."))
    return step.after("\n\n".join(lines))


def written(facts: Facts, result: Result) -> Reply:
    """Questions written from documents: a first look, or the file they became."""
    if not result.data.get("preview"):
        return inspected(facts, result).after(result.summary)
    return ask(rest_of_questions(), result.summary)


def prepared(facts: Facts, _result: Result) -> Reply:
    """The split is frozen."""
    data = facts.dataset
    assert data is not None
    return next_step(facts).after(
        _(
            "The data is split and **frozen**: {train} rows to learn from, {validation} to "
            "watch the learning, and {test} held out that no choice will see until the test.",
            train=data.train,
            validation=data.validation,
            test=data.test,
        )
    )


def checked(facts: Facts, _result: Result) -> Reply:
    """What the model will learn, token by token, or what stands in the way."""
    if facts.token_blockers:
        return next_step(facts).after(_("**These rows would teach the model something wrong.**"))
    return next_step(facts).after(
        _(
            "Above is one row exactly as the model will see it: what is marked *trained* is what it "
            "learns to say, and each answer ends with a token that teaches it to stop."
        )
    )


def data_checked(facts: Facts, _result: Result) -> Reply:
    """The findings of the data doctor."""
    return follow(facts, checked_words(facts))


def previewed_remedies(facts: Facts, result: Result) -> Reply:
    """What a remedy would change; the screen shows it where there is nothing to ask."""
    return previewed(facts, result) or follow(facts, "")


def mended(facts: Facts, result: Result) -> Reply:
    """What was mended, and that it can be undone."""
    return next_step(facts).after(mended_words(facts, result))


def undone(facts: Facts, result: Result) -> Reply:
    """Back to the version before."""
    return next_step(facts).after(undone_words(result))
