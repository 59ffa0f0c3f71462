"""What the plain chat does not read out by itself: thoughts, tool calls, what was used and allowed."""

from __future__ import annotations

from luthier.agent.budget import Budget, Usage, in_words, read_budget
from luthier.agent.events import (
    AgentEvent,
    BudgetSet,
    ReasoningDelta,
    TokensUsed,
    ToolFinished,
    ToolStarted,
    UserSpoke,
)
from luthier.agent.session import Session
from luthier.tools.consent import list_allowed, take_back
from luthier.tools.errors import LuthierError
from luthier.tools.language import _
from luthier.tui.tool_details import details
from luthier.tui.transcript import ToolEntry


class Backstage:
    """Listens along; answers the words ``details``, ``budget`` and ``allowed``."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._thoughts = ""
        self._tools: dict[str, ToolEntry] = {}
        self._usage = Usage()
        self._budget = Budget()

    def hear(self, event: AgentEvent) -> None:
        """Take note of one event; what the user says begins a new turn."""
        match event:
            case UserSpoke():
                self._thoughts, self._tools = "", {}
            case ReasoningDelta(text=text):
                self._thoughts += text
            case ToolStarted(call_id, name, label, arguments, allowed):
                self._tools[call_id] = ToolEntry(call_id, name, label, arguments, allowed)
            case ToolFinished(call_id=call_id) if call_id in self._tools:
                self._tools[call_id].state = "ok" if event.ok else "failed"
                self._tools[call_id].summary = event.summary
            case TokensUsed():
                self._usage = self._usage.plus(event)
            case BudgetSet(tokens, dollars):
                self._budget = Budget(tokens=tokens, dollars=dollars)

    async def answer(self, line: str) -> str | None:
        """What to say to one of the words above, or None where the line is something else."""
        word, _gap, rest = line.removeprefix("/").casefold().partition(" ")
        if word == "details" and not rest:
            return self._details()
        if word == "budget" and line.startswith("/"):
            return await self._set_budget(rest)
        if word == "allowed" and rest in ("", "back"):
            return self._allowed(back=bool(rest))
        return None

    def _details(self) -> str:
        parts = [_("Thoughts: {text}", text=self._thoughts)] if self._thoughts else []
        parts += [f"{tool.label}\n{details(tool)}" for tool in self._tools.values()]
        return "\n".join(parts) or _("There is nothing more to this turn.")

    async def _set_budget(self, words: str) -> str:
        if words:
            try:
                await self._session.set_budget(read_budget(words))
            except LuthierError as error:
                return error.as_text()
            self._budget = self._session.budget
        used = in_words(self._usage, self._budget) or _("nothing, since the guide is free")
        return _("Used in this session: {used}.", used=used)

    def _allowed(self, *, back: bool) -> str:
        workspace, session_id = self._session.workspace, self._session.id
        if back:
            take_back(workspace, session_id)
        found = list_allowed(workspace, session_id)
        if not found:
            return _("Nothing is allowed for the session: you are asked each time.")
        what = _(", ").join(one.words for one in found)
        return _(
            "Not asked again in this session: {what}. “/allowed back” takes it back.", what=what
        )
