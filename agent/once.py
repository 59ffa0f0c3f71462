"""Running a tool so that its effect happens once, even where a killed turn runs the step again."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from luthier.agent.journal import Effects
from luthier.tools.catalog.base import Outcome, Tool, ToolContext
from luthier.tools.errors import LuthierError
from luthier.tools.language import _
from luthier.tools.views import VIEW_ADAPTER


def run_once(tool: Tool[Any], context: ToolContext, arguments: BaseModel) -> Outcome:
    """What the tool leaves behind, from an earlier run of this very call where there was one.

    Raises:
        LuthierError: the tool failed, or it was cut off earlier in the middle of an effect of which
            nobody knows whether it happened (``effect.unknown``).
    """
    if not tool.asks_first(context, arguments):
        return tool.run(context, arguments)
    effects = Effects(context.workspace, context.session_id)
    before = effects.begin(context.call_id)
    if before:
        return _read(before)
    if before is not None and not tool.repeatable:
        raise _unknown(tool)
    try:
        outcome = tool.run(context, arguments)
    except LuthierError as error:
        effects.done(context.call_id, {"error": error.as_dict()})
        raise
    effects.done(context.call_id, _written(outcome))
    return outcome


def _written(outcome: Outcome) -> dict[str, Any]:
    return {
        "summary": outcome.summary,
        "facts": outcome.facts,
        "views": [view.model_dump(mode="json") for view in outcome.views],
        "data": outcome.data,
    }


def _read(kept: dict[str, Any]) -> Outcome:
    if "error" in kept:
        raise LuthierError.from_dict(kept["error"])
    views = tuple(VIEW_ADAPTER.validate_python(view) for view in kept["views"])
    return Outcome(kept["summary"], kept["facts"], views, kept["data"])


def _unknown(tool: Tool[Any]) -> LuthierError:
    return LuthierError(
        _("I do not know whether this was done: {label}.", label=_(tool.label)),
        why=_("Luthier was ended in the middle of it, before the result was written down."),
        remedy=_("Look whether it happened. If it did not, ask for it again: you are asked anew."),
        code="effect.unknown",
    )
