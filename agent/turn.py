"""One turn over the graph: run it, pass on what happens, put failures into words, mend what was cut.

A turn ends in one of four ways and never raises: what could not be done is told as an event, and the
conversation on disk is whole afterwards, so that the next turn can begin.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import uuid4

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage

from luthier.agent.events import (
    AgentEvent,
    ApprovalAsked,
    QuestionAsked,
    ReasoningDelta,
    TextDelta,
    TextDone,
    TokensUsed,
    TurnFailed,
)
from luthier.agent.failed import note_of
from luthier.agent.graph import Graph
from luthier.agent.translate import REASONING, asked, events_of
from luthier.tools.database import cannot_use
from luthier.tools.errors import LuthierError
from luthier.tools.facts import Facts
from luthier.tools.language import _
from luthier.tools.workspace import Workspace

log = logging.getLogger(__name__)

Reason = Literal["done", "cancelled", "failed"]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a conversation stands on disk: what was said and settled, and what comes next.

    ``next`` names the node that a turn stopped before; empty where no turn is half finished.
    """

    messages: list[AnyMessage] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    pending: QuestionAsked | ApprovalAsked | None = None
    next: str = ""

    @property
    def settled(self) -> Facts:
        """The facts as the tools read them."""
        return Facts.model_validate(self.facts)


class Turns:
    """The turns of one session, one at a time; ``graph`` is set by whoever takes the brain's seat."""

    def __init__(
        self, workspace: Workspace, session_id: str, emit: Callable[[AgentEvent], None]
    ) -> None:
        self._workspace = workspace
        self._emit = emit
        self._half_said = self._half_thought = ""
        self._config: Any = {
            "configurable": {"thread_id": session_id},
            "recursion_limit": 1_000,
        }
        self.graph: Graph | None = None

    async def run(self, item: Any) -> Reason:
        """Run a turn to its end, or to the next question; ``None`` goes on with a half-finished one."""
        try:
            await self._stream(item)
        except asyncio.CancelledError:
            await asyncio.shield(self._interrupted())
            return "cancelled"
        except LuthierError as error:
            await asyncio.shield(self._note(self.tell(error), error.code))
        except sqlite3.Error as error:
            log.warning("the conversation could not be saved", exc_info=True)
            self.tell(cannot_use(self._workspace.checkpoints_path, error))
        except Exception:  # the last line of defence: no traceback may reach the user
            log.exception("a turn failed")
            place = self._workspace.logs / "luthier.log"
            bug = TurnFailed(
                _(
                    "Luthier itself failed in this turn. This is a bug; your words and everything "
                    "done before are kept. Details are in {place}.",
                    place=place,
                ),
                _("Type /retry, or open the session anew."),
            )
            self._emit(bug)
            await asyncio.shield(self._note(bug, "bug"))
        else:
            return "done"
        return "failed"

    def tell(self, error: LuthierError) -> TurnFailed:
        """Pass a failure on in its own words, which are returned."""
        where = f" ({error.place})" if error.place else ""
        told = TurnFailed(f"{error.what}{where} {error.why}".strip(), error.remedy)
        self._emit(told)
        return told

    async def read(self) -> Standing:
        """Where the conversation stands on disk."""
        assert self.graph is not None
        snapshot = await self.graph.aget_state(self._config)
        return Standing(
            messages=list(snapshot.values.get("messages", [])),
            facts=dict(snapshot.values.get("facts", {})),
            pending=asked(snapshot.interrupts[0]) if snapshot.interrupts else None,
            next=snapshot.next[0] if snapshot.next and not snapshot.interrupts else "",
        )

    async def ask(self) -> None:
        """Ask again what the conversation on disk was about to ask; nothing else happens."""
        assert self.graph is not None
        await self.graph.ainvoke(None, self._config, interrupt_before=["act"], durability="sync")

    async def close_calls(
        self, result: str, note: str, said: Sequence[HumanMessage] = ()
    ) -> AIMessage:
        """Answer the calls left open with ``result``, keep what was ``said``, and end with a note."""
        assert self.graph is not None
        snapshot = await self.graph.aget_state(self._config)
        messages = snapshot.values.get("messages", [])
        last = messages[-1] if messages else None
        mended = [
            ToolMessage(
                result,
                name=call["name"],
                tool_call_id=call["id"],
                status="error",
                artifact={"data": {"interrupted": True}, "views": []},
            )
            for call in (last.tool_calls if isinstance(last, AIMessage) else [])
        ]
        ending = self._as_thought(note)
        await self.graph.aupdate_state(
            self._config,
            {"messages": [*mended, *said, ending], "replies": {}},
            as_node="brain",
        )
        return ending

    async def _stream(self, item: Any) -> None:
        assert self.graph is not None
        stream = self.graph.astream(
            item,
            self._config,
            stream_mode=["messages", "updates", "custom"],
            version="v2",
            durability="sync",
        )
        self._half_said = self._half_thought = ""
        async for part in stream:
            for event in events_of(part):
                match event:
                    case TextDelta(text=text):
                        self._half_said += text
                    case ReasoningDelta(text=text):
                        self._half_thought += text
                    case TextDone() | TokensUsed():
                        self._half_said = self._half_thought = ""
                self._emit(event)

    def _as_thought(self, words: str) -> AIMessage:
        """What ends an answer that broke off, with what was thought before it."""
        thoughts, self._half_thought = self._half_thought, ""
        kept = {REASONING: thoughts} if thoughts else {}
        return AIMessage(words, id=uuid4().hex, additional_kwargs=kept)

    async def _interrupted(self) -> None:
        """Keep what was said before the user interrupted, and leave no call unanswered."""
        words = (self._half_said.strip(), _("I stopped, as you asked. Tell me how to go on."))
        await self.close_calls(
            "Interrupted by the user.", "\n\n".join(part for part in words if part)
        )

    async def _note(self, failure: TurnFailed, code: str) -> None:
        """End the turn in the conversation: with what was said before it broke off, and why it did.

        Calls that were under way are left open, to be gone on with: what they do is never done twice.
        """
        assert self.graph is not None
        half = [self._as_thought(self._half_said)] if self._half_said.strip() else []
        try:
            said = (await self.read()).messages
            if said and isinstance(said[-1], AIMessage) and said[-1].tool_calls:
                return
            await self.graph.aupdate_state(
                self._config, {"messages": [*half, note_of(failure, code)]}, as_node="brain"
            )
        except sqlite3.Error as error:
            log.warning("a failure could not be noted", exc_info=True)
            self.tell(cannot_use(self._workspace.checkpoints_path, error))
