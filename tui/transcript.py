"""The conversation as plain state: agent events go in, entries and one described change come out.

Nothing here knows of Textual. The screen keeps a bounded window of widgets over these entries, so a
long conversation costs memory for its text only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from luthier.agent.budget import Budget, Usage
from luthier.agent.events import (
    AgentEvent,
    ApprovalAsked,
    ApprovalSettled,
    BrainChanged,
    BrainNoted,
    BudgetSet,
    FactsChanged,
    ForkedFrom,
    JobChanged,
    ModelWaits,
    QuestionAsked,
    ReasoningDelta,
    StageFacts,
    TextDelta,
    TextDone,
    TokensUsed,
    ToolFinished,
    ToolProgress,
    ToolStarted,
    TurnEnded,
    TurnFailed,
    TurnStarted,
    UserSpoke,
    WordsReturned,
)
from luthier.tools.language import _, mark
from luthier.tools.questions import Approval, Question
from luthier.tools.views import View

RETURNED = mark(
    "A question came before your words were heard, so they were not taken as its answer. They stand in "
    "the input again."
)
UNSAVED = mark(
    "Your words could not be saved, so they were not sent. They stand in the input again; Enter sends "
    "them."
)


@dataclass(slots=True)
class UserEntry:
    """Something the user said."""

    key: str
    text: str

    @property
    def message_id(self) -> str:
        """By which the agent knows it."""
        return self.key.removeprefix("user-")


@dataclass(slots=True)
class AssistantEntry:
    """Markdown from the assistant; ``done`` once no more of it will come."""

    key: str
    text: str = ""
    done: bool = False
    thoughts: str = ""


@dataclass(slots=True)
class ToolEntry:
    """A tool at work or finished, with the views it handed over.

    ``allowed`` is the lasting yes that stood for an answer, ``summary`` what the brain was told.
    """

    key: str
    name: str
    label: str
    arguments: dict[str, Any] = field(default_factory=dict)
    allowed: str = ""
    state: Literal["running", "ok", "failed"] = "running"
    progress: str = ""
    done: float = 0
    total: float = 0
    seconds_left: float | None = None
    summary: str = ""
    views: tuple[View, ...] = ()


@dataclass(slots=True)
class QuestionEntry:
    """A question; ``settled`` once it needs no answer any more."""

    key: str
    question: Question
    settled: bool = False

    @property
    def prompt_id(self) -> str:
        """By which the agent knows it."""
        return self.key.removeprefix("prompt-")


@dataclass(slots=True)
class ApprovalEntry:
    """A request for a yes; what was decided follows as the user's words."""

    key: str
    approval: Approval
    settled: bool = False

    @property
    def prompt_id(self) -> str:
        """By which the agent knows it."""
        return self.key.removeprefix("prompt-")


@dataclass(slots=True)
class NoticeEntry:
    """A word from Luthier itself, such as a turn that broke."""

    key: str
    text: str
    tone: Literal["neutral", "good", "warning", "bad"] = "neutral"


Entry = UserEntry | AssistantEntry | ToolEntry | QuestionEntry | ApprovalEntry | NoticeEntry
Prompt = QuestionEntry | ApprovalEntry

ChangeKind = Literal[
    "added", "changed", "grew", "removed", "thought", "prompt", "facts", "status", "job", "returned"
]


@dataclass(frozen=True, slots=True)
class Change:
    """What the screen has to redraw: the entry ``key`` was added, changed or grew by ``text``.

    ``returned`` gives the words in ``text`` back to the user.
    """

    kind: ChangeKind
    key: str = ""
    text: str = ""


@dataclass(slots=True)
class Transcript:
    """All entries in order, the journey's facts, whether the brain is at work, and what it used.

    ``waiting`` says what a language model at work waits for, if anything.
    Where it is ``read_only``, nothing waits for the user: what is asked is shown like what was said.
    """

    entries: list[Entry] = field(default_factory=list)
    stage: str = ""
    stages: tuple[StageFacts, ...] = ()
    busy: bool = False
    waiting: str = ""
    usage: Usage = field(default_factory=Usage)
    budget: Budget = field(default_factory=Budget)
    read_only: bool = False
    _index: dict[str, int] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)
    _echoes_awaited: int = 0
    _notices: int = 0

    @property
    def prompt(self) -> Prompt | None:
        """The oldest question or approval that still waits for the user."""
        return next(iter(self._open_prompts()), None)

    @property
    def working_on(self) -> str:
        """The label of the tool that runs now, or empty."""
        for entry in reversed(self.entries[-20:]):
            if isinstance(entry, ToolEntry) and entry.state == "running":
                return entry.label
        return ""

    def entry(self, key: str) -> Entry | None:
        """The entry called ``key``, or None."""
        index = self._index.get(key)
        return None if index is None else self.entries[index]

    def position(self, key: str) -> int:
        """Where the entry called ``key`` stands, from 0; -1 where there is none."""
        return self._index.get(key, -1)

    def apply(self, event: AgentEvent) -> list[Change]:
        """Take in one event and say what changed, in the order it must be drawn."""
        match event:
            case TextDelta() | TextDone():
                return self._hear_text(event)
            case ToolStarted() | ToolProgress() | ToolFinished():
                return self._hear_tool(event)
            case QuestionAsked() | ApprovalAsked():
                return self._ask(event)
            case ApprovalSettled(event_id, approval):
                return [self._add(ApprovalEntry(f"prompt-{event_id}", approval, settled=True))]
            case UserSpoke() | WordsReturned():
                return self._hear_user(event)
            case ForkedFrom(_session, title):
                return [self.add_notice(forked_words(title))]
            case FactsChanged(stage, stages):
                self.stage, self.stages = stage, stages
                return [Change("facts")]
            case JobChanged(job_id):
                return [Change("job", job_id)]
            case TurnStarted() | TurnFailed() | TurnEnded():
                return self._turn(event)
            case ReasoningDelta():
                return self._hear_thought(event)
            case TokensUsed() | BudgetSet() | BrainChanged() | ModelWaits() | BrainNoted():
                return self._hear_of_brain(event)

    def settle(self, key: str) -> list[Change]:
        """Mark the prompt ``key`` as answered on this screen, before the agent confirms it."""
        entry = self.entry(key)
        if not isinstance(entry, QuestionEntry | ApprovalEntry) or entry.settled:
            return []
        self._echoes_awaited += 1
        return self._close_prompt(entry)

    def add_notice(
        self, text: str, tone: Literal["neutral", "good", "warning", "bad"] = "neutral"
    ) -> Change:
        """Append a word from Luthier itself."""
        self._notices += 1
        return self._add(NoticeEntry(f"notice-{self._notices}", text, tone))

    def _open_prompts(self) -> list[Prompt]:
        found = (self.entry(key) for key in self._open)
        return [entry for entry in found if isinstance(entry, QuestionEntry | ApprovalEntry)]

    def _add(self, entry: Entry) -> Change:
        self._index[entry.key] = len(self.entries)
        self.entries.append(entry)
        return Change("added", entry.key)

    def _hear_user(self, event: UserSpoke | WordsReturned) -> list[Change]:
        if isinstance(event, WordsReturned):
            return self._return_words(event)
        changes: list[Change] = []
        if self._echoes_awaited:
            self._echoes_awaited -= 1
        else:
            for prompt in self._open_prompts()[:1]:
                changes += self._close_prompt(prompt)
        key = f"user-{event.message_id}"
        if key in self._index:
            return changes
        return [*changes, self._add(UserEntry(key, event.text))]

    def _return_words(self, event: WordsReturned) -> list[Change]:
        """Take words out that were not heard after all; the user has them again."""
        keys = [f"user-{message_id}" for message_id in event.message_ids]
        shown = [key for key in keys if key in self._index]
        self.entries = [entry for entry in self.entries if entry.key not in shown]
        self._index = {entry.key: place for place, entry in enumerate(self.entries)}
        notice = self.add_notice(_(UNSAVED if event.unsaved else RETURNED), "warning")
        changes = [Change("removed", key) for key in shown]
        return [*changes, notice, Change("returned", text=event.text)]

    def _hear_text(self, event: TextDelta | TextDone) -> list[Change]:
        key = f"assistant-{event.message_id}"
        entry = self.entry(key)
        changes: list[Change] = []
        if not isinstance(entry, AssistantEntry):
            entry = AssistantEntry(key)
            changes.append(self._add(entry))
        if entry.done:
            return []
        if isinstance(event, TextDone):
            entry.text, entry.done = event.text, True
            return changes or [Change("changed", key)]
        entry.text += event.text
        return changes or [Change("grew", key, event.text)]

    def _hear_tool(self, event: ToolStarted | ToolProgress | ToolFinished) -> list[Change]:
        key = f"tool-{event.call_id}"
        entry = self.entry(key)
        match event:
            case ToolStarted(_, name, label):
                if isinstance(entry, ToolEntry):
                    return []
                made = ToolEntry(key, name, label, event.arguments, event.allowed)
                return [self._add(made), Change("status")]
            case ToolProgress(_, text, done, total, seconds_left):
                if not isinstance(entry, ToolEntry):
                    return []
                entry.progress, entry.done, entry.total = text, done, total
                entry.seconds_left = seconds_left
                return [Change("changed", key)]
            case ToolFinished():
                return self._finish_tool(key, event)

    def _finish_tool(self, key: str, event: ToolFinished) -> list[Change]:
        entry = self.entry(key)
        changes: list[Change] = []
        if not isinstance(entry, ToolEntry):
            entry = ToolEntry(key, event.name, "")
            changes.append(self._add(entry))
        entry.state = "ok" if event.ok else "failed"
        entry.summary, entry.views = event.summary, event.views
        return changes or [Change("changed", key), Change("status")]

    def _ask(self, event: QuestionAsked | ApprovalAsked) -> list[Change]:
        key = f"prompt-{event.id}"
        if key in self._index:
            return self._reopen(key)
        entry: Prompt = (
            QuestionEntry(key, event.question, settled=self.read_only)
            if isinstance(event, QuestionAsked)
            else ApprovalEntry(key, event.approval, settled=self.read_only)
        )
        if self.read_only:
            return [self._add(entry)]
        self._open.append(key)
        return [self._add(entry), Change("prompt"), Change("status")]

    def _reopen(self, key: str) -> list[Change]:
        """Let a prompt be answered anew whose answer could not be taken."""
        entry = self.entry(key)
        if self.read_only or key in self._open or not isinstance(entry, Prompt):
            return []
        entry.settled = False
        self._open.append(key)
        self._echoes_awaited = max(0, self._echoes_awaited - 1)
        return [Change("removed", key), Change("prompt"), Change("status")]

    def reword(self, event: QuestionAsked) -> None:
        """Put an open question into other words, such as another language's."""
        place = self.position(f"prompt-{event.id}")
        if place >= 0:
            self.entries[place] = QuestionEntry(f"prompt-{event.id}", event.question)

    def _close_prompt(self, entry: Prompt) -> list[Change]:
        entry.settled = True
        self._open.remove(entry.key)
        return [Change("changed", entry.key), Change("prompt"), Change("status")]

    def _hear_thought(self, event: ReasoningDelta) -> list[Change]:
        key = f"assistant-{event.message_id}"
        entry = self.entry(key)
        if entry is None:
            return [self._add(AssistantEntry(key, thoughts=event.text))]
        if not isinstance(entry, AssistantEntry) or entry.done:
            return []
        entry.thoughts += event.text
        return [Change("thought", key)]

    def _hear_of_brain(
        self, event: TokensUsed | BudgetSet | BrainChanged | ModelWaits | BrainNoted
    ) -> list[Change]:
        match event:
            case ModelWaits():
                self.waiting = waiting_words(event)
                return [Change("status")]
            case BrainNoted():
                return [self.add_notice(event.text)]
            case TokensUsed():
                self.usage = self.usage.plus(event)
                return [Change("status")]
            case BudgetSet():
                self.budget = Budget(tokens=event.tokens, dollars=event.dollars)
                return [Change("status")]
            case BrainChanged():
                return [self.add_notice(_("From now on {name} answers.", name=event.name))]

    def _turn(self, event: TurnStarted | TurnFailed | TurnEnded) -> list[Change]:
        match event:
            case TurnStarted():
                self.busy = True
                self._echoes_awaited = 0
                return [Change("status")]
            case TurnFailed():
                told = event.remedy in event.text
                notice = event.text if told else f"{event.text}\n{event.remedy}"
                return [self.add_notice(notice, "bad")]
            case TurnEnded():
                return self._end_turn(event.reason)

    def _end_turn(self, reason: str) -> list[Change]:
        self.busy, self.waiting = False, ""
        changes: list[Change] = []
        for entry in self.entries[-50:]:
            if isinstance(entry, AssistantEntry) and not entry.done:
                entry.done = True
                changes.append(Change("changed", entry.key))
            elif isinstance(entry, ToolEntry) and entry.state == "running":
                entry.state = "failed"
                entry.summary = (
                    _("stopped") if reason == "cancelled" else _("ended without a result")
                )
                changes.append(Change("changed", entry.key))
        if reason == "cancelled":
            changes.append(self.add_notice(_("Stopped. What was said so far is kept.")))
        return [*changes, Change("status")]


def waiting_words(event: ModelWaits) -> str:
    """What keeps a language model from answering, and until when; empty once it is asked again."""
    if not event.seconds:
        return ""
    if event.busy:
        return _("The service is busy; trying again in {seconds} s", seconds=event.seconds)
    return _("The service does not answer; trying again in {seconds} s", seconds=event.seconds)


def forked_words(title: str) -> str:
    """Where a forked conversation comes from."""
    if not title:
        return _("This conversation was forked from a session that was deleted since.")
    return _(
        "Forked from “{title}”, which stays as it was; the list of sessions has it.", title=title
    )
