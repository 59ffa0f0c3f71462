"""A session: the one door through which a front end talks to the agent.

The running turn belongs to the session, not to a widget: closing a screen cancels nothing, and any
number of listeners may come and go. Everything the user said is on disk before it is acted on.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

from langchain_core.language_models import BaseChatModel

from luthier.agent.act import ASK_USER, Actor, read_question, spoken
from luthier.agent.brains.guide.model import GuideChatModel
from luthier.agent.brains.writer import writer_of
from luthier.agent.budget import Budget
from luthier.agent.checkpoints import open_checkpoints
from luthier.agent.cut_off import CutOff
from luthier.agent.decisions import decided, take_decision
from luthier.agent.desk import Desk
from luthier.agent.drafts import Drafts
from luthier.agent.events import (
    AgentEvent,
    ApprovalAsked,
    BrainChanged,
    BudgetSet,
    FactsChanged,
    ForkedFrom,
    JobChanged,
    QuestionAsked,
    TextDone,
    TurnFailed,
    UserSpoke,
    WordsReturned,
)
from luthier.agent.failed import has_failed, is_left_by_a_model, wants_retry
from luthier.agent.floor import Floor
from luthier.agent.graph import build_graph
from luthier.agent.inputs import as_event, as_input
from luthier.agent.journal import Spoken, SpokenKind, note_spoken
from luthier.agent.journey import overview
from luthier.agent.listeners import Listeners
from luthier.agent.locks import try_lock
from luthier.agent.record import is_untouched, record
from luthier.agent.resumption import RESUME, prompt_digest
from luthier.agent.seat import Seat
from luthier.agent.settings import BrainSettings
from luthier.agent.store import (
    SessionInfo,
    create_session,
    find_title,
    forget_session,
    get_session,
)
from luthier.agent.translate import ROUND, replay
from luthier.agent.turn import Turns
from luthier.tools.azure.views import reminder
from luthier.tools.database import cannot_use
from luthier.tools.errors import LuthierError
from luthier.tools.facts import Facts
from luthier.tools.jobs.model import JobState
from luthier.tools.jobs.store import get_job
from luthier.tools.language import _
from luthier.tools.questions import Answer, Approval, Decision, Question
from luthier.tools.secrets import without_keys
from luthier.tools.workspace import Workspace

log = logging.getLogger(__name__)


class Session:
    """One conversation. Make it with :func:`open_session`; use it from one event loop."""

    def __init__(self, workspace: Workspace, info: SessionInfo, read_only: str = "") -> None:
        self.workspace = workspace
        self.info = info
        self.read_only = read_only
        self._exits = AsyncExitStack()
        self._saver: Any = None
        self._listeners = Listeners()
        self._emit = self._listeners.emit
        self._turns = Turns(workspace, info.id, self._emit)
        self._drafts = Drafts(workspace, info.id, self._emit, self._turns.tell)
        self._floor = Floor(info.id, self._turns, self._emit, self._record, self._drafts.give_back)
        self._cut_off = CutOff(workspace, info.id, self._floor, self._emit, self._drafts)
        self._origin = ""
        self._seat = Seat(workspace, info.id)
        self._told: set[tuple[str, int, JobState]] = set()
        self._is_guided = True

    @property
    def id(self) -> str:
        """The session's id, which names its conversation everywhere."""
        return self.info.id

    @property
    def brain_name(self) -> str:
        """Who speaks, as the user knows it."""
        return self._seat.name

    @property
    def budget(self) -> Budget:
        """How much language models may use in this session."""
        return self._seat.budget

    @property
    def title(self) -> str:
        """What the session is about, in a few words."""
        return self.info.title

    def call(self, title: str) -> None:
        """Take note of the title that the user gave the session."""
        words = " ".join(title.split())
        self.info = self.info.model_copy(update={"title": words, "named": True})

    @property
    def facts(self) -> Facts:
        """Everything settled so far."""
        return self._floor.facts

    @property
    def pending(self) -> QuestionAsked | ApprovalAsked | None:
        """The question or approval the session waits for, if any; a question in today's language."""
        return self._floor.pending

    @property
    def busy(self) -> bool:
        """Whether a turn is under way."""
        return self._floor.busy

    def history(self) -> list[AgentEvent]:
        """The settled conversation as events, for drawing it anew; ends with what is pending."""
        events: list[AgentEvent] = list(replay(self._floor.messages))
        if self.info.forked_from:
            events.insert(0, ForkedFrom(self.info.forked_from, self._origin))
        events += [UserSpoke(lost.id, lost.payload["words"]) for lost in self._cut_off.lost]
        events.append(FactsChanged(*overview(self.facts)))
        if self.budget != Budget():
            events.append(BudgetSet(self.budget.tokens, self.budget.dollars))
        if self.pending:
            events.append(self.pending)
        return events

    def subscribe(self) -> AsyncIterator[AgentEvent]:
        """Everything that happens from now on, until the session closes or the caller stops."""
        return self._listeners.subscribe()

    async def start(self) -> None:
        """Greet in a new session, go on with a half-finished turn, take note of ended jobs."""
        if self.read_only:
            self._emit(TurnFailed(self.read_only, _read_only_remedy()))
            return
        if not self._floor.messages:
            self._floor.begin({"messages": [as_event("opened")], "facts": {}})
        for job_id in self.facts.open_jobs():
            await self.notify_job(job_id)
        self._take_over()
        self._drafts.remind()
        words = await asyncio.to_thread(reminder, self.workspace)
        if words:
            self._emit(TextDone("reminder", words))

    async def send(self, text: str, seen: str | None = None) -> bool:
        """Say something. While a question is open, it is the answer to that question.

        Args:
            seen: the id of the question or approval before the user's eyes, empty for none. Where
                another one is open by now, the words go back to the user instead of answering it.
                None: whatever is open is meant. Words that the disk does not take go back too.

        Returns:
            whether they were taken; else they went back, or it was said why nothing can be said here.
        """
        if self._refuses():
            return False
        text = without_keys(text)  # a key that is pasted here must not stay here
        pending, drafts = self.pending, list(self._drafts.kept)
        if pending is not None and seen not in (None, pending.id):
            await self._drafts.give_back([Spoken(uuid4().hex, "draft", {"words": text})])
            await self._drafts.forget([one for one in drafts if one.payload["words"] == text])
            return False
        is_said = await self._say(text)
        if is_said:
            await self._drafts.forget(drafts)
        return is_said

    async def _say(self, text: str) -> bool:
        """Say something to what is open, if anything; whether it was written down."""
        match self.pending:
            case QuestionAsked(id=question_id):
                return await self.answer(question_id, Answer(kind="text", text=text))
            case ApprovalAsked() as pending:
                return await self._decide(pending, take_decision(text, pending.approval), text)
            case None:
                return await self._speak(text)

    async def drop_returned(self) -> None:
        """Forget words that were given back: the user has said them, or does not want them any more."""
        await self._drafts.forget(self._drafts.kept)

    async def _speak(self, text: str) -> bool:
        """Say something while nothing is asked; what is asked meanwhile was not meant."""
        payload = {"words": text}
        if has_failed(self._floor.messages) and wants_retry(text):
            payload["retry"] = "guide" if self._is_guided else "model"
        said = Spoken(uuid4().hex, "message", payload)
        if not await self._write(said, text):
            return False
        if self._floor.asked is not None:
            await self._drafts.give_back([said])
        else:
            self._emit(UserSpoke(said.id, text))
            self._floor.post(as_input(said))
        return True

    async def retry(self) -> str:
        """Ask once more what failed last; never an answer to what waits.

        Returns:
            why nothing was done, for the user; empty where it was.
        """
        if self._refuses():
            return ""
        floor = self._floor
        has_broken_off = has_failed(floor.messages) or bool(floor.standing.next)
        if floor.busy or floor.asked is not None or not has_broken_off:
            return _("Nothing has failed that could be tried again, so everything stays as it is.")
        await self.send(_("try again"))
        return ""

    async def answer(self, question_id: str, answer: Answer) -> bool:
        """Answer the open question; an answer to one that is no longer open is ignored.

        Returns:
            whether the answer was written down. Where it was not, the question stays open.
        """
        pending = self.pending
        if self._refuses() or not isinstance(pending, QuestionAsked) or pending.id != question_id:
            return False
        answer = answer.model_copy(update={"text": without_keys(answer.text)})
        words = spoken(pending.question, answer)
        if question_id == RESUME:
            return await self._go_on(pending, answer, words)
        reply = answer.model_dump(mode="json")
        return await self._reply("answer", pending, reply, words, answer.text)

    async def _go_on(self, offered: QuestionAsked, answer: Answer, words: str) -> bool:
        """Go on with the turn that was cut off, or leave it for what the user says instead."""
        self._emit(UserSpoke(RESUME, words))
        try:
            is_answered = await self._cut_off.go_on(answer)
        except LuthierError as error:
            self._turns.tell(error)
            if answer.text:
                self._emit(WordsReturned(answer.text, (RESUME,), unsaved=True))
            self._emit(offered)
            return False
        return is_answered or await self._say(answer.text)

    async def decide(self, approval_id: str, decision: Decision) -> bool:
        """Approve or decline what was asked; a decision on anything else is ignored.

        Returns:
            whether it was written down. Where it was not, the approval stays open.
        """
        pending = self._floor.asked
        if not isinstance(pending, ApprovalAsked) or pending.id != approval_id:
            return False
        return await self._decide(pending, decision, decision.reason)

    async def _decide(self, pending: ApprovalAsked, decision: Decision, typed: str) -> bool:
        if self._refuses():
            return False
        decision = decision.model_copy(update={"reason": without_keys(decision.reason)})
        words = decided(decision, pending.approval)
        reply = decision.model_dump(mode="json")
        return await self._reply("decision", pending, reply, words, without_keys(typed))

    async def _reply(
        self,
        kind: SpokenKind,
        pending: QuestionAsked | ApprovalAsked,
        reply: dict[str, Any],
        words: str,
        typed: str,
    ) -> bool:
        """Pass on what the user said to the open prompt, once it is written down; else ask again.

        Args:
            typed: what of it the user wrote himself, which goes back to him then.
        """
        payload = {
            "prompt": pending.id,
            "call_id": pending.call_id,
            "asked": prompt_digest(self._floor.asked or pending),
            "reply": reply,
            "words": words,
        }
        # One call may be asked about again after its values were changed.
        again = f"{ROUND}{uuid4().hex[:8]}" if reply.get("changes") else ""
        said = Spoken(f"{pending.call_id}{again}", kind, payload)
        self._floor.asked = None
        if await self._write(said, typed):
            self._emit(UserSpoke(said.id, words))
            self._floor.post(as_input(said))
            return True
        self._floor.asked = pending
        self._emit(pending)
        return False

    async def notify_job(self, job_id: str) -> None:
        """Tell the brain that a job of this session has come to rest; telling it twice is harmless.

        The screen follows jobs of other sessions too, while they are looked at; those are told only
        where this session, a fork, goes on with them.
        """
        job = await asyncio.to_thread(get_job, self.workspace, job_id)
        if job.spec.session_id != self.id and job_id not in self.facts.jobs():
            return
        state = job.status.state
        self._emit(JobChanged(job_id, state))
        resting = state.is_final or state is JobState.PAUSED
        facts = self.facts
        # A job that was noticed paused and resumed elsewhere has a result nobody has taken in yet.
        waiting = state is JobState.SUCCEEDED and job_id in facts.open_jobs()
        if self.read_only or not resting or (job_id in facts.noticed_jobs and not waiting):
            return
        if job.spec.kind == "trial":  # its search or curve waits for it, not the conversation
            return
        told = (job_id, job.status.attempt, state)
        if told in self._told:
            return
        self._told.add(told)
        self._floor.post({"messages": [as_event("job_ended", job_id=job_id, state=str(state))]})

    async def cancel(self) -> None:
        """Interrupt the turn; what was said so far is kept."""
        await self._floor.cancel()

    async def set_brain(self, settings: BrainSettings | None) -> None:
        """Let another brain speak from now on, here and in later sessions; None is the guide.

        A turn under way is interrupted. What is settled, said and pending stays as it is.
        """
        await self.cancel()
        self._give_seat(await asyncio.to_thread(self._seat.choose, settings))
        self._emit(BrainChanged(self.brain_name))
        self._emit(BudgetSet(self.budget.tokens, self.budget.dollars))
        if not self.read_only:
            self._take_over()

    def _take_over(self) -> None:
        """Let the guide speak where a language model had the word and nothing waits for an answer."""
        floor = self._floor
        free = not floor.busy and floor.asked is None
        if self._is_guided and free and is_left_by_a_model(floor.messages):
            floor.begin({"messages": [as_event("took_over")]})

    async def set_budget(self, budget: Budget) -> None:
        """Let language models use so much in this session, and no more."""
        self._give_seat(await asyncio.to_thread(self._seat.allow, budget))
        self._emit(BudgetSet(budget.tokens, budget.dollars))

    def _give_seat(self, brain: BaseChatModel) -> None:
        actor = Actor(self.workspace, self.id, writer_of(brain), Desk(self.workspace, self.id))
        self._turns.graph = build_graph(brain, actor, self._saver)
        self._is_guided = isinstance(brain, GuideChatModel)

    async def idle(self) -> None:
        """Wait until no turn is under way."""
        await self._floor.idle()

    async def close(self) -> None:
        """End the turn and let go of the files. Jobs run on."""
        await self.cancel()
        if self._saver is not None and not self.read_only and self._is_untouched():
            await self._forget()
        await self._exits.aclose()

    async def _forget(self) -> None:
        """Leave no trace of an empty session; where a full disk refuses that too, it stays listed."""
        try:
            await self._saver.forget()
            await asyncio.to_thread(forget_session, self.workspace, self.id)
        except (sqlite3.Error, LuthierError):
            log.warning("an empty session could not be forgotten", exc_info=True)

    def _is_untouched(self) -> bool:
        """Whether nothing is lost by forgetting it. What could not be read may hold anything."""
        read = self._floor.is_read and not self._cut_off.lost and not self._drafts.kept
        return read and is_untouched(self._floor.messages)

    async def _write(self, said: Spoken, typed: str) -> bool:
        """Write down what the user said; where the disk refuses it, what he typed is his again."""
        try:
            await asyncio.to_thread(note_spoken, self.workspace, self.id, said)
        except LuthierError as error:
            self._turns.tell(error)
            if typed:
                self._emit(WordsReturned(typed, unsaved=True))
            return False
        return True

    def _refuses(self) -> bool:
        if self.read_only:
            self._emit(TurnFailed(self.read_only, _read_only_remedy()))
        return bool(self.read_only)

    async def _open(self, brain: BaseChatModel | None) -> None:
        self._saver = await self._exits.enter_async_context(
            open_checkpoints(self.workspace.checkpoints_path, self.id)
        )
        if brain is None:
            brain = await asyncio.to_thread(self._seat.open)
        self._give_seat(brain)
        if self.info.forked_from:
            self._origin = await asyncio.to_thread(
                find_title, self.workspace, self.info.forked_from
            )
        await self._floor.refresh()
        if not self.read_only:
            await self._cut_off.take_up()

    async def _record(self) -> None:
        """Keep the session's line in the list; a disk that refuses it must not hang the chat."""
        try:
            self.info = await asyncio.to_thread(
                record, self.workspace, self.id, self.facts, self._floor.messages
            )
            await self._cut_off.forget_held()
            await self._saver.keep_newest()
        except LuthierError as error:
            self._turns.tell(error)
        except sqlite3.Error as error:
            self._turns.tell(cannot_use(self.workspace.checkpoints_path, error))


async def open_session(
    workspace: Workspace, session_id: str | None = None, brain: BaseChatModel | None = None
) -> Session:
    """Open a session, or a new one where no id is given; call ``start`` once a listener is ready.

    A second chat on the same session is opened read-only and says why.

    Raises:
        LuthierError: there is no such session, or its files cannot be used.
    """
    if session_id:
        info = await asyncio.to_thread(get_session, workspace, session_id)
    else:
        info = await asyncio.to_thread(create_session, workspace)
    lock = try_lock(workspace, info.id)
    session = Session(workspace, info, "" if lock else _read_only_words())
    if lock:
        session._exits.callback(lock.release)
    try:
        await session._open(brain)
    except sqlite3.Error as error:
        await session.close()
        raise cannot_use(workspace.checkpoints_path, error) from error
    except BaseException:
        await session.close()
        raise
    return session


def _read_only_remedy() -> str:
    return _("Close the other one and open this session again, or go on in a copy with /fork.")


def _read_only_words() -> str:
    return _("This session is open in another Luthier, so here it can only be read.")


__all__ = ["ASK_USER", "Approval", "Question", "Session", "open_session", "read_question"]
