"""Values changed by saying so: columns, the split, the model, the plan, the answers of the interview."""

from __future__ import annotations

from typing import Any

from luthier.agent.brains.guide.reply import Reply, call
from luthier.agent.brains.guide.steps import next_step
from luthier.agent.brains.guide.understand import (
    Change,
    Intent,
    read_minutes,
    read_share,
)
from luthier.agent.brains.guide.understand_relative import ROWS
from luthier.agent.brains.guide.understand_split import SPLIT
from luthier.tools.facts import Facts
from luthier.tools.language import _, mark
from luthier.tools.wording import duration

ALL_ROWS = mark(
    "Every row that can be used is used: fewer would only teach less, and more have to come from "
    "your file. If it is the time that you mean, “half the epochs” takes half as long."
)


_COLUMN_WORDS = ("column", "prompt", "completion", "answer", "question", "messages", "system")


_TIME_WORDS = ("minutes", "time", "hours", "budget")


_MARK_WORDS = ("criterion", "good enough", "target", "mark")


def respond_to_change(facts: Facts, intent: Intent, _text: str) -> Reply:
    """Change what was named: the data, the model, an answer of the interview or the plan."""
    split = next((change for change in intent.changes if change.field_words == SPLIT), None)
    if split:
        method, _blank, column = split.value.partition(" ")
        return call("choose_split", method=method, column=column)
    columns = [change for change in intent.changes if _is(change, _COLUMN_WORDS)]
    if columns and facts.source is not None:
        return call("inspect_data", **_column_arguments(columns))
    if any(change.field_words == ROWS for change in intent.changes):
        return next_step(facts).after(_(ALL_ROWS))
    models = [change for change in intent.changes if change.field_words.strip() == "model"]
    if models and facts.hosted is not None and not _is_here(str(models[0].value)):
        return call("choose_backend", backend="same", model=str(models[0].value))
    if models:
        return call("choose_model", model=str(models[0].value))
    brief = _brief_arguments(list(intent.changes))
    if brief:
        return call("note_answers", _early(facts, brief), **brief)
    if facts.plan is None:
        names = ", ".join(change.field_words for change in intent.changes)
        return next_step(facts).after(
            _(
                "There is no plan yet in which I could change {names}; once I have proposed one, "
                "say it again.",
                names=names,
            )
        )
    return call(
        "change_plan", changes={change.field_words: change.value for change in intent.changes}
    )


def _brief_arguments(changes: list[Change]) -> dict[str, Any]:
    """Changes of what the interview asked: the time to spend, and what is good enough."""
    arguments: dict[str, Any] = {}
    for change in changes:
        if _is(change, _TIME_WORDS):
            arguments["minutes"] = read_minutes(change.value)
        elif _is(change, _MARK_WORDS):
            arguments["criterion"] = read_share(change.value)
    return {name: value for name, value in arguments.items() if value}


def _early(facts: Facts, brief: dict[str, Any]) -> str:
    """The mark or the time said before it was asked for; then the time is not asked any more."""
    if "criterion" in brief and "minutes" not in brief and facts.plan is None:
        share = f"{brief['criterion']:.0%}"
        return _("Then **{share}** right answers are good enough.", share=share)
    if "minutes" not in brief or "criterion" in brief or facts.brief.minutes is not None:
        return ""
    if facts.brief.criterion is not None:
        time = duration(brief["minutes"] * 60)
        return _("I plan for about **{time}** of training.", time=time)
    return _(
        "I plan for about **{time}** of training. If you have a mark in mind that is good enough, say "
        "so: “set the mark to 90%”.",
        time=duration(brief["minutes"] * 60),
    )


def _is_here(model: str) -> bool:
    """Whether a model is one of this computer: the starter, or a folder."""
    return model == "starter" or model.startswith(("/", "~", "."))


def _is(change: Change, words: tuple[str, ...]) -> bool:
    return any(word in change.field_words.lower() for word in words)


def _column_arguments(columns: list[Change]) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    for change in columns:
        name = change.field_words.lower()
        if "system" in name:
            arguments["system"] = str(change.value)
        elif "message" in name:
            arguments["messages_column"] = str(change.value)
        elif "completion" in name or "answer" in name:
            arguments["completion_column"] = str(change.value)
        else:
            arguments["prompt_columns"] = str(change.value).split(", ")
    return arguments
