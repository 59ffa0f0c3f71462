"""Tools for the yeses that last: show them, take them back. None of them can give one."""

from __future__ import annotations

from pydantic import BaseModel, Field

from luthier.tools.catalog.base import NoArguments, Outcome, Tool, ToolContext
from luthier.tools.consent import list_allowed, take_back
from luthier.tools.effects import Effect
from luthier.tools.language import _, mark, plural
from luthier.tools.views import Setting, Settings
from luthier.tools.wording import minute

HOW_TO_TAKE_BACK = mark("Say “ask me again” to take it back, or type /allowed.")


def show_allowed(context: ToolContext, _arguments: NoArguments) -> Outcome:
    """Show what the user allowed for the rest of this session."""
    found = list_allowed(context.workspace, context.session_id)
    if not found:
        return Outcome(_("Nothing is allowed for the session: you are asked each time."))
    view = Settings(
        title=_("Not asked again in this session"),
        settings=tuple(
            Setting(name=one.words, value=_("allowed"), reason=minute(one.given_at))
            for one in found
        ),
        notes=(_(HOW_TO_TAKE_BACK),),
    )
    return Outcome(
        _("Allowed for this session: {what}.", what=", ".join(one.words for one in found)),
        views=(view,),
        data={"allowed": [one.model_dump() for one in found]},
    )


class AskAgain(BaseModel):
    """Which lasting yes to take back."""

    key: str = Field(default="", description="its key from show_allowed; empty: all of them")


def ask_again(context: ToolContext, arguments: AskAgain) -> Outcome:
    """Take lasting yeses back, so that the user is asked again."""
    count = take_back(context.workspace, context.session_id, arguments.key)
    if not count:
        return Outcome(_("Nothing was allowed for the session: you are asked each time anyway."))
    return Outcome(
        plural(
            "{n} yes was taken back. From now on you are asked again.",
            "{n} yeses were taken back. From now on you are asked again.",
            count,
        )
    )


TOOLS = (
    Tool(
        name="show_allowed",
        description="Show what the user allowed for the rest of this session, so that it is not "
        "asked again.",
        arguments=NoArguments,
        run=show_allowed,
        effect=Effect.READS,
        label=mark("Looking at what you allowed"),
    ),
    Tool(
        name="ask_again",
        description="Take back what the user allowed for the rest of this session: he is asked "
        "again from now on.",
        arguments=AskAgain,
        run=ask_again,
        effect=Effect.WRITES_HOME,
        label=mark("Taking your yes back"),
    ),
)
