"""Tools that help the conversation: lessons, going back, listing sessions."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from luthier.tools.catalog.base import Outcome, Tool, ToolContext
from luthier.tools.effects import Effect
from luthier.tools.language import _, mark
from luthier.tools.lessons.search import search_lessons

GoBackTo = Literal["start", "decide", "data", "baseline", "plan", "train", "evaluate", "host"]

_FROM: dict[GoBackTo, dict[str, Any]] = {
    "start": {"source": None, "brief": None, "settled": []},
    "decide": {"brief": None},
    "data": {"dataset": None},
    "baseline": {"baseline_job": None, "baseline": None},
    "plan": {"plan": None},
    "train": {"train_job": None},
    "evaluate": {"evaluate_job": None, "evaluation": None, "report": None},
    "host": {"host_proposal": None},
}


class SearchLessons(BaseModel):
    """A question in the user's words."""

    query: str


def find_lessons(_context: ToolContext, arguments: SearchLessons) -> Outcome:
    """Find what Luthier's own lessons say on a question."""
    found = search_lessons(arguments.query, limit=3)
    if not found:
        return Outcome(_("No lesson covers that."), data={"query": arguments.query, "lessons": []})
    return Outcome(
        "\n\n".join(f"{lesson.title}: {lesson.text}" for lesson in found),
        data={
            "query": arguments.query,
            "lessons": [
                {"id": lesson.id, "title": lesson.title, "text": lesson.text} for lesson in found
            ],
        },
    )


class GoBack(BaseModel):
    """A stage to return to."""

    stage: GoBackTo = Field(description="everything settled from there on is asked or done again")


def go_back(_context: ToolContext, arguments: GoBack) -> Outcome:
    """Return to a stage: what was settled from there on is dropped, files and jobs are kept."""
    return Outcome(
        _("Back at: {stage}. What rested on it will be done again.", stage=arguments.stage),
        facts=dict(_FROM[arguments.stage]),
        data={"stage": arguments.stage},
    )


TOOLS = (
    Tool(
        name="search_lessons",
        description="Look up a question on fine-tuning in Luthier's own short lessons.",
        arguments=SearchLessons,
        run=find_lessons,
        effect=Effect.READS,
        label=mark("Looking it up"),
        quiet=True,
    ),
    Tool(
        name="go_back",
        description="Return to an earlier stage so that it can be answered or done again. Files "
        "and finished jobs are kept.",
        arguments=GoBack,
        run=go_back,
        effect=Effect.WRITES_HOME,
        label=mark("Going back"),
    ),
)
