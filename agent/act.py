"""Running a tool call: arguments checked, the user's word respected, every failure put into words."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import BaseMessage, ToolMessage
from pydantic import BaseModel, ValidationError

from luthier.agent.brains.llm.offer import makes_sense
from luthier.agent.events import AgentEvent, FactsChanged, ToolFinished, ToolProgress, ToolStarted
from luthier.agent.journey import overview
from luthier.agent.named import is_named
from luthier.agent.once import run_once
from luthier.tools.catalog.base import Outcome, SessionDesk, Tool, ToolContext
from luthier.tools.catalog.registry import TOOLS
from luthier.tools.consent import allow, list_allowed
from luthier.tools.errors import LuthierError
from luthier.tools.facts import Facts, apply_changes, difference
from luthier.tools.language import _
from luthier.tools.progress import Pace, Stopped
from luthier.tools.questions import Answer, Approval, Lasting, Question
from luthier.tools.workspace import Workspace
from luthier.tools.writer import Writer

ASK_USER = "ask_user"
"""The one tool without a function: the gate asks, and the answer comes back as its result."""

MALFORMED = "__malformed__"
"""Where a brain puts arguments that were no JSON object; such a call is answered, never run."""

BROKEN = "call.broken"
"""The code of a call that could not be run as it was written: no such tool, or wrong arguments."""

Emit = Callable[[AgentEvent], None]
Call = dict[str, Any]

log = logging.getLogger(__name__)


def read_question(arguments: dict[str, Any]) -> Question | None:
    """The question a brain wants to ask, or None where its arguments make none."""
    try:
        return Question.model_validate(arguments)
    except ValidationError:
        return None


@dataclass(frozen=True, slots=True)
class Actor:
    """Runs the tool calls of one session."""

    workspace: Workspace
    session_id: str
    writer: Writer | None = None
    sessions: SessionDesk | None = None

    def approval_for(self, call: Call, facts: dict[str, Any]) -> Approval | None:
        """What to ask before this call, or None where it may simply run.

        Raises:
            LuthierError: the call cannot happen at all, so there is nothing to approve.
        """
        tool = TOOLS.get(call["name"])
        if tool is None or tool.approval is None or MALFORMED in call["args"]:
            return None
        try:
            arguments = tool.arguments.model_validate(call["args"])
        except ValidationError:
            return None
        context = self._context(facts, call)
        if not tool.asks_first(context, arguments):
            return None
        return tool.approval(context, arguments)

    def unnamed_in(self, call: Call, facts: dict[str, Any], said: str) -> Approval | None:
        """What to ask where a brain points outside the home at what the user never named."""
        tool = TOOLS.get(call["name"])
        if tool is None or MALFORMED in call["args"]:
            return None
        try:
            arguments = tool.arguments.model_validate(call["args"])
        except ValidationError:
            return None
        settled = Facts.model_validate(facts)
        known = f"{said}\n{settled.source.path if settled.source else ''}\n{settled.model_id}"
        unnamed = [value for value in tool.points_at(arguments) if not is_named(value, known)]
        if not unnamed:
            return None
        return Approval(
            tool=tool.name,
            effect=tool.effect,
            title=_(
                "{label}: {unnamed}, which you did not name",
                label=_(tool.label),
                unnamed=", ".join(unnamed),
            ),
            details=((_("Asked for by"), _("the assistant, not by you")),),
        )

    def allowed(self) -> list[str]:
        """The keys of what the user allowed for the rest of this session."""
        return [one.key for one in list_allowed(self.workspace, self.session_id)]

    def check(self, call: Call) -> None:
        """See whether arguments that the user changed make sense.

        Raises:
            LuthierError: they do not; what is wrong is said in words.
        """
        try:
            TOOLS[call["name"]].arguments.model_validate(call["args"])
        except ValidationError as error:
            raise LuthierError(_("That value cannot be taken."), why=_in_words(error)) from error

    async def perform(
        self,
        call: Call,
        facts: dict[str, Any],
        reply: dict[str, Any] | None,
        emit: Emit,
        *,
        openly: bool = False,
    ) -> tuple[ToolMessage, dict[str, Any]]:
        """Run one call and return its message together with the facts as they are afterwards.

        Args:
            openly: show the call also where its tool is a quiet one.
        """
        if MALFORMED in call["args"]:
            words = "The arguments are not a JSON object. Call it again with valid JSON:"
            return _broken(call, f"{words} {call['args'][MALFORMED]!r:.300}"), facts
        if call["name"] == ASK_USER:
            return _answered(call, reply), facts
        tool = TOOLS.get(call["name"])
        if tool is None:
            known = ", ".join([ASK_USER, *(name for name in TOOLS if makes_sense(name, facts))])
            words = (
                f"There is no tool {call['name']}. Call one of these, or say it in words: {known}."
            )
            return _broken(call, words), facts
        if reply and reply.get("approved") and "arguments" in reply:
            call = {**call, "args": reply["arguments"]}
        try:
            arguments = tool.arguments.model_validate(call["args"])
        except ValidationError as error:
            return _broken(call, f"Wrong arguments for {tool.name}: {_in_words(error)}"), facts
        asked = reply is not None or tool.asks_first(self._context(facts, call), arguments)
        refusal = await asyncio.to_thread(self._refusal, call, reply) if asked else None
        if refusal is not None:
            return _with_what_the_user_did(refusal, reply or {}), facts
        by_lasting = (reply or {}).get("by_lasting", {}).get("words", "")
        if openly or not tool.quiet:
            label = _(tool.label)
            emit(ToolStarted(call["id"], tool.name, label, dict(call["args"]), by_lasting))
        message, facts = await self._run(tool, arguments, call, facts, emit)
        if openly or not tool.quiet or message.artifact["views"]:
            emit(finished_event(message))
        emit(FactsChanged(*overview(Facts.model_validate(facts))))
        return _with_what_the_user_did(message, reply or {}), facts

    def _refusal(self, call: Call, reply: dict[str, Any] | None) -> ToolMessage | None:
        """Why the call must not run, or None; a yes that lasts is written down here."""
        if reply is None:
            return _failed(call, "This needs the user's yes, which was not given.")
        if "error" in reply:
            error = LuthierError.from_dict(reply["error"])
            return _failed(call, error.as_text(), error.as_dict())
        if not reply.get("approved"):
            reason = str(reply.get("reason") or "")
            words = f"The user said no: {reason}" if reason else "The user said no."
            return _message(call, words, data={"declined": True, "reason": reason}, ok=False)
        if "by_lasting" in reply and reply["by_lasting"]["key"] not in self.allowed():
            return _failed(call, "The user has taken back the yes for this. Call it again to ask.")
        if "lasting" in reply:
            allow(self.workspace, self.session_id, Lasting.model_validate(reply["lasting"]))
        return None

    async def _run(
        self,
        tool: Tool[Any],
        arguments: BaseModel,
        call: Call,
        facts: dict[str, Any],
        emit: Emit,
    ) -> tuple[ToolMessage, dict[str, Any]]:
        unwanted = threading.Event()
        context = self._context(facts, call, _progress(call["id"], emit, unwanted))
        try:
            outcome = await asyncio.to_thread(run_once, tool, context, arguments)
        except asyncio.CancelledError:
            unwanted.set()  # the thread cannot be ended from outside; its next report ends it
            raise
        except LuthierError as error:
            message = _failed(call, error.as_text(), error.as_dict())
        except Exception:  # the last line of defence: no traceback may reach the user
            log.exception("tool %s failed", tool.name)
            words = _(
                "Luthier itself failed while {label}. This is a bug; what went wrong is written "
                "in {place}. Nothing was lost.",
                label=_(tool.label).lower(),
                place=self.workspace.logs / "luthier.log",
            )
            message = _failed(call, words, LuthierError(words, code="bug").as_dict())
        else:
            before, facts = facts, apply_changes(facts, outcome.facts)
            message = _succeeded(call, outcome)
            message.artifact["facts"] = difference(before, facts)
        return message, facts

    def _context(
        self,
        facts: dict[str, Any],
        call: Call,
        progress: Callable[[str, float, float], None] | None = None,
    ) -> ToolContext:
        listener = {} if progress is None else {"progress": progress}
        return ToolContext(
            self.workspace,
            self.session_id,
            Facts.model_validate(facts),
            call["id"],
            writer=self.writer,
            sessions=self.sessions,
            **listener,
        )


def is_broken(message: BaseMessage) -> bool:
    """Whether this is the answer to a call that could not be run as it was written."""
    artifact = message.artifact if isinstance(message, ToolMessage) else None
    error = ((artifact or {}).get("data") or {}).get("error") or {}
    return error.get("code") == BROKEN


def finished_event(message: ToolMessage) -> ToolFinished:
    """The screen's event for a stored tool message, live or when a session is opened again."""
    from luthier.tools.views import VIEW_ADAPTER

    artifact = message.artifact or {}
    return ToolFinished(
        call_id=message.tool_call_id,
        name=message.name or "",
        ok=message.status != "error",
        summary=str(message.content),
        views=tuple(VIEW_ADAPTER.validate_python(view) for view in artifact.get("views", ())),
    )


def _answered(call: Call, reply: dict[str, Any] | None) -> ToolMessage:
    question = read_question(call["args"])
    if question is None or reply is None:
        return _broken(call, "That is not a question: it needs an id, a text, and choices.")
    answer = Answer.model_validate(reply)
    words = spoken(question, answer)
    return _message(call, f"The user answered: {words}", data={"answer": reply, "spoken": words})


def spoken(question: Question, answer: Answer) -> str:
    """An answer as the transcript shows it."""
    if answer.kind == "text":
        return answer.text
    if answer.kind == "back":
        return _("Back")
    chosen = answer.choice_id if answer.kind == "choice" else question.default
    label = next((c.label for c in question.choices if c.id == chosen), chosen)
    return label if answer.kind == "choice" else _("I don't know (so: {label})", label=label)


def _with_what_the_user_did(message: ToolMessage, reply: dict[str, Any]) -> ToolMessage:
    """The result with what is to be known of the approval: what was asked, values changed, a yes."""
    words = ""
    if "arguments" in reply and reply.get("approved"):
        words = f"The user changed the arguments to {json.dumps(reply['arguments'])}. "
    data = {
        key: reply[key]
        for key in ("approved", "arguments", "lasting", "by_lasting", "asked")
        if key in reply
    }
    if not data:
        return message
    artifact = {**message.artifact, "approval": data}
    return message.model_copy(update={"content": f"{words}{message.text}", "artifact": artifact})


def _succeeded(call: Call, outcome: Outcome) -> ToolMessage:
    views = [view.model_dump(mode="json") for view in outcome.views]
    return _message(call, outcome.summary, data=outcome.data, views=views)


def _failed(call: Call, words: str, error: dict[str, str] | None = None) -> ToolMessage:
    return _message(call, words, data={"error": error or {"what": words}}, ok=False)


def _broken(call: Call, words: str) -> ToolMessage:
    return _failed(call, words, {"what": words, "code": BROKEN})


def _message(
    call: Call,
    content: str,
    *,
    data: dict[str, Any],
    views: list[dict[str, Any]] | None = None,
    ok: bool = True,
) -> ToolMessage:
    return ToolMessage(
        content=content,
        name=call["name"],
        tool_call_id=call["id"],
        status="success" if ok else "error",
        artifact={"data": data, "views": views or []},
    )


def _progress(
    call_id: str, emit: Emit, unwanted: threading.Event
) -> Callable[[str, float, float], None]:
    loop = asyncio.get_running_loop()
    pace = Pace()

    def report(label: str, done: float, total: float) -> None:
        if unwanted.is_set():
            raise Stopped
        left = pace.seconds_left(label, done, total)
        loop.call_soon_threadsafe(emit, ToolProgress(call_id, label, done, total, left))

    return report


def _in_words(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
        for problem in error.errors()
    )
