"""A turn that was cut off by a crash: what it was about, and the question whether to go on with it."""

from __future__ import annotations

from hashlib import sha256

from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from luthier.agent.act import ASK_USER
from luthier.agent.brains.guide.understand import read_yes_no
from luthier.agent.events import ApprovalAsked, QuestionAsked
from luthier.agent.journal import Spoken
from luthier.agent.turn import Standing
from luthier.tools.catalog.registry import TOOLS
from luthier.tools.language import _
from luthier.tools.questions import Answer, Choice, Question

RESUME = "resume"
"""The prompt's id; the session answers it itself, and no brain hears of it."""

GO_ON = "go_on"
LEAVE = "leave"


def is_held(standing: Standing, spoken: Spoken) -> bool:
    """Whether the messages on disk hold what was said, so that it need not be kept besides."""
    if spoken.kind == "draft":
        return False
    if spoken.kind == "message":
        return any(message.id == spoken.id for message in standing.messages)
    call_id = spoken.payload["call_id"]
    return any(
        isinstance(message, ToolMessage) and message.tool_call_id == call_id
        for message in standing.messages
    )


def is_reply(standing: Standing, spoken: Spoken) -> bool:
    """Whether this is the reply to what the conversation on disk still waits for."""
    return (
        spoken.kind != "message"
        and standing.pending is not None
        and standing.pending.call_id == spoken.payload["call_id"]
        and prompt_digest(standing.pending) == spoken.payload["asked"]
    )


def prompt_digest(pending: QuestionAsked | ApprovalAsked) -> str:
    """What stands for the very words that were asked: one call may ask several times."""
    asked = pending.question if isinstance(pending, QuestionAsked) else pending.approval
    return sha256(asked.model_dump_json().encode()).hexdigest()


def is_waiting(standing: Standing, spoken: Spoken) -> bool:
    """Whether the graph has yet to be given this: a reply may be taken and not yet acted on."""
    return spoken.kind == "message" or is_reply(standing, spoken)


def offer(standing: Standing, lost: list[Spoken]) -> QuestionAsked | None:
    """What to ask on opening: None where nothing was under way.

    Words said before an open question came go back to the user instead.
    """
    replied = any(is_reply(standing, one) for one in lost)
    if not replied and (standing.pending or not (standing.next or lost)):
        return None
    question = Question(
        id=RESUME,
        text=_(
            "Luthier was ended in the middle of a turn ({what}). Shall I go on with it?",
            what=_under_way(standing, lost),
        ),
        choices=(
            Choice(id=GO_ON, label=_("Go on where it stopped")),
            Choice(id=LEAVE, label=_("Leave it"), detail=_("I say what to do instead")),
        ),
        default=GO_ON,
        why=_(
            "Everything said and done before is kept. What was already started, such as a job, is "
            "not started a second time."
        ),
        allow_back=False,
    )
    return QuestionAsked(RESUME, question)


def goes_on(answer: Answer) -> bool | None:
    """Whether to go on with the turn; None where the answer is a new wish instead."""
    if answer.kind == "choice":
        return answer.choice_id == GO_ON
    if answer.kind == "text":
        said = read_yes_no(answer.text)
        if answer.text.strip().casefold() == RESUME:
            return True
        return None if said is None else said != "no"
    return answer.kind == "unsure"


def _under_way(standing: Standing, lost: list[Spoken]) -> str:
    last = standing.messages[-1] if standing.messages else None
    calls = last.tool_calls if isinstance(last, AIMessage) else []
    labels = [_label(call["name"]) for call in calls if call["name"] != ASK_USER]
    if labels:
        return ", ".join(labels)
    if lost:
        return _("answering “{words}”", words=_short(str(lost[-1].payload["words"])))
    match last:
        case ToolMessage(name=name) if name != ASK_USER:
            return _("after: {label}", label=_label(name or ""))
        case HumanMessage() if last.name != "luthier":
            return _("answering “{words}”", words=_short(last.text))
    return _("working on what had just happened")


def _label(name: str) -> str:
    tool = TOOLS.get(name)
    return _(tool.label) if tool else name


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= 60 else f"{line[:59]}…"
