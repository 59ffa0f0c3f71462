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
from pathlib import PurePath
from typing import Any

from filelock import FileLock, Timeout
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langgraph.types import Command

from luthier.agent.act import ASK_USER, Actor, read_question, spoken
from luthier.agent.brains.guide.reword import reworded
from luthier.agent.brains.writer import writer_of
from luthier.agent.budget import Budget
from luthier.agent.checkpoints import open_checkpoints, prune
from luthier.agent.decisions import decided, take_decision
from luthier.agent.events import (
    AgentEvent,
    ApprovalAsked,
    BrainChanged,
    BudgetSet,
    FactsChanged,
    JobChanged,
    QuestionAsked,
    TextDelta,
    TextDone,
    TurnEnded,
    TurnFailed,
    TurnStarted,
    UserSpoke,
)
from luthier.agent.graph import Graph, build_graph
from luthier.agent.journey import overview
from luthier.agent.seat import Seat
from luthier.agent.settings import BrainSettings
from luthier.agent.store import (
    SessionInfo,
    create_session,
    delete_session,
    get_session,
    update_session,
)
from luthier.agent.titles import DECISIONS, NEW_TITLE
from luthier.agent.translate import asked, events_of, replay
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
        self._graph: Graph | None = None
        self._saver: Any = None
        self._values: dict[str, Any] = {}
        self._is_read = False
        self._pending: QuestionAsked | ApprovalAsked | None = None
        self._half_finished = False
        self._half_said = ""
        self._seat = Seat(workspace, info.id)
        self._turn: asyncio.Task[None] | None = None
        self._inbox: list[Any] = []
        self._told: set[tuple[str, int, JobState]] = set()
        self._listeners: set[asyncio.Queue[AgentEvent]] = set()

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

    @property
    def facts(self) -> Facts:
        """Everything settled so far."""
        return Facts.model_validate(self._values.get("facts", {}))

    @property
    def pending(self) -> QuestionAsked | ApprovalAsked | None:
        """The question or approval the session waits for, if any; a question in today's language."""
        pending = self._pending
        if isinstance(pending, QuestionAsked) and not self._asked_by_a_model():
            return QuestionAsked(pending.id, reworded(pending.question, self.facts))
        return pending

    def _asked_by_a_model(self) -> bool:
        messages = self._values.get("messages", [])
        return bool(messages) and messages[-1].response_metadata.get("brain") == "llm"

    @property
    def busy(self) -> bool:
        """Whether a turn is under way."""
        return self._turn is not None and not self._turn.done()

    def history(self) -> list[AgentEvent]:
        """The settled conversation as events, for drawing it anew; ends with what is pending."""
        events: list[AgentEvent] = list(replay(self._values.get("messages", [])))
        events.append(FactsChanged(*overview(self.facts)))
        if self.budget != Budget():
            events.append(BudgetSet(self.budget.tokens, self.budget.dollars))
        if self.pending:
            events.append(self.pending)
        return events

    async def subscribe(self) -> AsyncIterator[AgentEvent]:
        """Everything that happens from now on, until the session closes or the caller stops."""
        queue: asyncio.Queue[AgentEvent] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._listeners.discard(queue)

    async def start(self) -> None:
        """Greet in a new session, go on with a half-finished turn, take note of ended jobs."""
        if self.read_only:
            self._emit(TurnFailed(self.read_only, _("Close the other one to go on here.")))
        elif not self._values.get("messages"):
            self._begin({"messages": [_event("opened")], "facts": {}})
        elif self._half_finished:
            self._begin(None)
        else:
            for job_id in self.facts.open_jobs():
                await self.notify_job(job_id)

    async def send(self, text: str) -> None:
        """Say something. While a question is open, it is the answer to that question."""
        if self._refuses():
            return
        text = without_keys(text)  # a key that is pasted here must not stay here
        match self.pending:
            case QuestionAsked(id=question_id):
                await self.answer(question_id, Answer(kind="text", text=text))
            case ApprovalAsked(id=approval_id, approval=approval):
                await self.decide(approval_id, take_decision(text, approval))
            case None:
                message = HumanMessage(text)
                self._post({"messages": [message]}, UserSpoke(message.id or "", text))

    async def answer(self, question_id: str, answer: Answer) -> None:
        """Answer the open question; an answer to one that is no longer open is ignored."""
        pending = self.pending
        if self._refuses() or not isinstance(pending, QuestionAsked) or pending.id != question_id:
            return
        self._pending = None
        answer = answer.model_copy(update={"text": without_keys(answer.text)})
        resume: Command[Any] = Command(resume={question_id: answer.model_dump(mode="json")})
        self._post(resume, UserSpoke(question_id, spoken(pending.question, answer)))

    async def decide(self, approval_id: str, decision: Decision) -> None:
        """Approve or decline what was asked; a decision on anything else is ignored."""
        pending = self._pending
        if self._refuses() or not isinstance(pending, ApprovalAsked) or pending.id != approval_id:
            return
        self._pending = None
        decision = decision.model_copy(update={"reason": without_keys(decision.reason)})
        resume: Command[Any] = Command(resume={approval_id: decision.model_dump(mode="json")})
        self._post(resume, UserSpoke(approval_id, decided(decision, pending.approval)))

    async def notify_job(self, job_id: str) -> None:
        """Tell the brain that a job of this session has come to rest; telling it twice is harmless.

        The screen follows jobs of other sessions too, while they are looked at; those are not told.
        """
        job = await asyncio.to_thread(get_job, self.workspace, job_id)
        if job.spec.session_id != self.id:
            return
        state = job.status.state
        self._emit(JobChanged(job_id, state))
        resting = state.is_final or state is JobState.PAUSED
        facts = self.facts
        # A job that was noticed paused and resumed elsewhere has a result nobody has taken in yet.
        waiting = state is JobState.SUCCEEDED and job_id in facts.open_jobs()
        if self.read_only or not resting or (job_id in facts.noticed_jobs and not waiting):
            return
        told = (job_id, job.status.attempt, state)
        if told in self._told:
            return
        self._told.add(told)
        self._post({"messages": [_event("job_ended", job_id=job_id, state=str(state))]})

    async def cancel(self) -> None:
        """Interrupt the turn; what was said so far is kept."""
        if not self.busy or self._turn is None:
            return
        self._turn.cancel()
        await asyncio.gather(self._turn, return_exceptions=True)

    async def set_brain(self, settings: BrainSettings | None) -> None:
        """Let another brain speak from now on, here and in later sessions; None is the guide.

        A turn under way is interrupted. What is settled, said and pending stays as it is.
        """
        await self.cancel()
        self._give_seat(await asyncio.to_thread(self._seat.choose, settings))
        self._emit(BrainChanged(self.brain_name))
        self._emit(BudgetSet(self.budget.tokens, self.budget.dollars))

    async def set_budget(self, budget: Budget) -> None:
        """Let language models use so much in this session, and no more."""
        self._give_seat(await asyncio.to_thread(self._seat.allow, budget))
        self._emit(BudgetSet(budget.tokens, budget.dollars))

    def _give_seat(self, brain: BaseChatModel) -> None:
        actor = Actor(self.workspace, self.id, writer_of(brain))
        self._graph = build_graph(brain, actor, self._saver)

    async def idle(self) -> None:
        """Wait until no turn is under way."""
        while self.busy and self._turn is not None:
            await asyncio.gather(self._turn, return_exceptions=True)

    async def close(self) -> None:
        """End the turn and let go of the files. Jobs run on."""
        await self.cancel()
        if self._saver is not None and not self.read_only and self._is_untouched():
            await self._saver.adelete_thread(self.id)
            await asyncio.to_thread(delete_session, self.workspace, self.id)
        await self._exits.aclose()

    def _is_untouched(self) -> bool:
        """Whether the user has said nothing yet, so that nothing is lost by forgetting it.

        What could not be read may hold anything, so it counts as touched.
        """
        return self._is_read and not any(
            isinstance(message, ToolMessage)
            or (isinstance(message, HumanMessage) and message.name != "luthier")
            for message in self._values.get("messages", [])
        )

    # -- the turn ---------------------------------------------------------------------------------

    def _refuses(self) -> bool:
        if self.read_only:
            self._emit(TurnFailed(self.read_only, _("Close the other one to go on here.")))
        return bool(self.read_only)

    def _post(self, item: Any, spoken_event: UserSpoke | None = None) -> None:
        """Start a turn, or put the message in line behind the one under way or a question."""
        if spoken_event:
            self._emit(spoken_event)
        waits = self._pending is not None and not isinstance(item, Command)
        if self.busy or waits:
            self._inbox.append(item)
        else:
            self._begin(item)

    def _begin(self, item: Any) -> None:
        self._turn = asyncio.create_task(self._run(item), name=f"turn {self.id}")

    async def _run(self, item: Any) -> None:
        self._emit(TurnStarted())
        reason = "done"
        try:
            await self._stream(item)
        except asyncio.CancelledError:
            reason = "cancelled"
            await asyncio.shield(self._mend())
        except LuthierError as error:
            reason = "failed"
            self._tell_failure(error)
            await asyncio.shield(self._keep_half_said())
        except sqlite3.Error as error:
            log.warning("the conversation could not be saved", exc_info=True)
            reason = "failed"
            self._tell_failure(cannot_use(self.workspace.checkpoints_path, error))
        except Exception:  # the last line of defence: no traceback may reach the user
            log.exception("turn of session %s failed", self.id)
            reason = "failed"
            place = self.workspace.logs / "luthier.log"
            self._emit(
                TurnFailed(
                    _(
                        "Luthier itself failed in this turn. This is a bug; your words and everything "
                        "done before are kept. Details are in {place}.",
                        place=place,
                    ),
                    _("Say it again, or open the session anew."),
                )
            )
        await asyncio.shield(self._settle(reason))

    def _tell_failure(self, error: LuthierError) -> None:
        where = f" ({error.place})" if error.place else ""
        self._emit(TurnFailed(f"{error.what}{where} {error.why}".strip(), error.remedy))

    async def _stream(self, item: Any) -> None:
        assert self._graph is not None
        stream = self._graph.astream(
            item,
            self._config,
            stream_mode=["messages", "updates", "custom"],
            version="v2",
            durability="sync",
        )
        self._half_said = ""
        async for part in stream:
            for event in events_of(part):
                if isinstance(event, TextDelta):
                    self._half_said += event.text
                elif isinstance(event, TextDone):
                    self._half_said = ""
                self._emit(event)

    async def _settle(self, reason: str) -> None:
        await self._refresh()
        messages = self._values.get("messages", [])
        stage, stages = overview(self.facts)
        self.info = self.info.model_copy(
            update={"title": _title(self.facts, messages), "stage": stage}
        )
        await self._record(stage, len(messages))
        self._emit(FactsChanged(stage, stages))
        if self.pending:
            self._emit(self.pending)
        self._emit(TurnEnded("waiting" if self._pending and reason == "done" else reason))  # type: ignore[arg-type]
        if self._inbox and self._pending is None:
            self._turn = None
            self._begin(self._inbox.pop(0))

    async def _record(self, stage: str, messages: int) -> None:
        """Keep the session's line in the list; a disk that refuses it must not hang the chat."""
        try:
            await asyncio.to_thread(
                update_session,
                self.workspace,
                self.id,
                title=self.info.title,
                stage=stage,
                messages=messages,
            )
            await prune(self._saver, self.id)
        except LuthierError as error:
            self._tell_failure(error)
        except sqlite3.Error as error:
            self._tell_failure(cannot_use(self.workspace.checkpoints_path, error))

    async def _refresh(self) -> None:
        assert self._graph is not None
        snapshot = await self._graph.aget_state(self._config)
        self._values = dict(snapshot.values)
        self._is_read = True
        self._pending = asked(snapshot.interrupts[0]) if snapshot.interrupts else None
        self._half_finished = bool(snapshot.next) and not snapshot.interrupts

    async def _mend(self) -> None:
        """Answer the tool calls a cancelled turn left open, so that the conversation stays whole."""
        assert self._graph is not None
        snapshot = await self._graph.aget_state(self._config)
        messages = snapshot.values.get("messages", [])
        if not messages:
            return
        last = messages[-1]
        mended = [
            ToolMessage(
                "Interrupted by the user.",
                name=call["name"],
                tool_call_id=call["id"],
                status="error",
                artifact={"data": {"interrupted": True}, "views": []},
            )
            for call in (last.tool_calls if isinstance(last, AIMessage) else [])
        ]
        words = (self._half_said.strip(), _("I stopped, as you asked. Tell me how to go on."))
        note = AIMessage("\n\n".join(part for part in words if part))
        await self._graph.aupdate_state(
            self._config, {"messages": [*mended, note], "replies": {}}, as_node="brain"
        )

    async def _keep_half_said(self) -> None:
        """Put what was said before an answer broke off into the conversation, as it was shown."""
        assert self._graph is not None
        if self._half_said.strip():
            half = AIMessage(self._half_said)
            await self._graph.aupdate_state(self._config, {"messages": [half]}, as_node="brain")

    @property
    def _config(self) -> Any:
        return {"configurable": {"thread_id": self.id}, "recursion_limit": 1_000}

    def _emit(self, event: AgentEvent) -> None:
        for queue in self._listeners:
            queue.put_nowait(event)

    async def _open(self, brain: BaseChatModel | None) -> None:
        self._saver = await self._exits.enter_async_context(
            open_checkpoints(self.workspace.checkpoints_path)
        )
        if brain is None:
            brain = await asyncio.to_thread(self._seat.open)
        self._give_seat(brain)
        await self._refresh()


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
    lock = FileLock(workspace.home / f".session-{info.id}.lock")
    read_only = ""
    try:
        lock.acquire(blocking=False)
    except Timeout:
        read_only = _("This session is open in another Luthier, so here it can only be read.")
    session = Session(workspace, info, read_only)
    if not read_only:
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


def _event(name: str, **details: str) -> HumanMessage:
    """Something that happened, in the user's place in the conversation but not the user's words."""
    words = {"opened": "(The session was opened.)"}.get(
        name, f"(The job {details.get('job_id')} has ended: {details.get('state')}.)"
    )
    return HumanMessage(
        words, name="luthier", additional_kwargs={"event": {"name": name, **details}}
    )


def _title(facts: Facts, messages: list[Any]) -> str:
    if facts.source:
        name = PurePath(facts.source.path).name
        verdict = facts.evaluation.verdict if facts.evaluation else None
        return f"{name}: {_(DECISIONS[verdict.decision])}" if verdict else name
    for message in messages:
        if isinstance(message, HumanMessage) and message.name != "luthier":
            return str(message.content)[:60]
    return NEW_TITLE


__all__ = ["ASK_USER", "Approval", "Question", "Session", "open_session", "read_question"]
