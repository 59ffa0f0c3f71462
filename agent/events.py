"""Everything a front end needs to know, as frozen events; the only words the screen learns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from luthier.tools.questions import Approval, Question
from luthier.tools.views import View


@dataclass(frozen=True, slots=True)
class TurnStarted:
    """The brain begins to work on something."""


@dataclass(frozen=True, slots=True)
class UserSpoke:
    """A message or answer of the user, as it stands in the conversation."""

    message_id: str
    text: str


@dataclass(frozen=True, slots=True)
class WordsReturned:
    """Words that nobody has heard, which are the user's again.

    They were said before the user could see what is asked now, or (``unsaved``) could not be written
    down. ``message_ids`` are those under which they were shown, as far as they were.
    """

    text: str
    message_ids: tuple[str, ...] = ()
    unsaved: bool = False


@dataclass(frozen=True, slots=True)
class ForkedFrom:
    """The conversation shares its beginning with another session; no title: that one was deleted."""

    session_id: str
    title: str


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next piece of the assistant's message ``message_id`` (Markdown)."""

    message_id: str
    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """The next piece of what a model thinks before it speaks; shown folded, if at all."""

    message_id: str
    text: str


@dataclass(frozen=True, slots=True)
class TextDone:
    """The assistant's message is complete; ``text`` is all of it."""

    message_id: str
    text: str


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """A tool begins; ``label`` says in plain words what it does.

    ``allowed`` is what the user allowed for the rest of the session, where that stood for a yes.
    """

    call_id: str
    name: str
    label: str
    arguments: dict[str, Any]
    allowed: str = ""


@dataclass(frozen=True, slots=True)
class ToolProgress:
    """A tool is ``done`` of ``total`` through (total 0: unknown)."""

    call_id: str
    text: str
    done: float = 0
    total: float = 0
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True)
class ToolFinished:
    """A tool ended; ``views`` are to be drawn, ``summary`` is what the brain was told."""

    call_id: str
    name: str
    ok: bool
    summary: str
    views: tuple[View, ...] = ()


@dataclass(frozen=True, slots=True)
class QuestionAsked:
    """The turn waits for ``Session.answer(id, Answer)``; ``call_id`` is the call that asks."""

    id: str
    question: Question
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class ApprovalAsked:
    """The turn waits for ``Session.decide(id, Decision)``; ``call_id`` is the call that asks."""

    id: str
    approval: Approval
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class ApprovalSettled:
    """An approval as it was asked earlier; what the user decided follows as his words."""

    id: str
    approval: Approval


@dataclass(frozen=True, slots=True)
class FactsChanged:
    """The journey moved: stage names with their state and one line each, for the side panel."""

    stage: str
    stages: tuple[StageFacts, ...]


@dataclass(frozen=True, slots=True)
class StageFacts:
    """One stage of the journey as the side panel shows it."""

    name: str
    title: str
    state: Literal["done", "current", "open"]
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JobChanged:
    """A job of this session entered a new state."""

    job_id: str
    state: str


@dataclass(frozen=True, slots=True)
class TokensUsed:
    """What one answer of a language model took, as its server counted it.

    ``dollars`` is what it cost: 0 on this computer, None where the price is not known.
    """

    message_id: str
    input_tokens: int
    output_tokens: int
    dollars: float | None = None


@dataclass(frozen=True, slots=True)
class ModelWaits:
    """A model's service is asked again in ``seconds`` of ``total``; 0: it is asked now.

    ``busy`` says that it answered, but took no question; otherwise it did not answer at all.
    """

    seconds: int
    total: int
    busy: bool = True


@dataclass(frozen=True, slots=True)
class BrainNoted:
    """A word on the brain that is none of its own, such as that it no longer gets everything."""

    text: str


@dataclass(frozen=True, slots=True)
class BudgetSet:
    """How much this session may use; 0 sets no limit."""

    tokens: int
    dollars: float


@dataclass(frozen=True, slots=True)
class BrainChanged:
    """Another brain speaks from now on; ``name`` is how the user knows it."""

    name: str


@dataclass(frozen=True, slots=True)
class TurnFailed:
    """The turn broke; ``text`` is for the user, the log has the rest."""

    text: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """Nothing more comes until the user (or a finished job) speaks."""

    reason: Literal["done", "waiting", "cancelled", "failed"] = "done"


AgentEvent = (
    TurnStarted
    | UserSpoke
    | WordsReturned
    | ForkedFrom
    | TextDelta
    | ReasoningDelta
    | TextDone
    | ToolStarted
    | ToolProgress
    | ToolFinished
    | QuestionAsked
    | ApprovalAsked
    | ApprovalSettled
    | FactsChanged
    | JobChanged
    | TokensUsed
    | ModelWaits
    | BrainNoted
    | BudgetSet
    | BrainChanged
    | TurnFailed
    | TurnEnded
)
