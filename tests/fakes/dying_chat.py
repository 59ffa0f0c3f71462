"""A real session that kills itself with SIGKILL at a chosen point, and how to drive it to its end.

Run as ``python dying_chat.py HOME POINT...``: for each point a process is forked that opens a session
in a home of its own, drives the conversation, and dies there. A point is ``event:N`` (when the N-th
event is about to be told), or ``effect:MOMENT`` (``before``, ``after`` or ``noted``: around the effect of
the tool that starts a job).
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
import signal
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fakes.brain import ScriptedChatModel  # the path above has to be set first
from langchain_core.messages import AIMessage, BaseMessage

from luthier.agent import journal
from luthier.agent.events import AgentEvent, ApprovalAsked, QuestionAsked, UserSpoke
from luthier.agent.listeners import Listeners
from luthier.agent.resumption import GO_ON, RESUME
from luthier.agent.session import Session, open_session
from luthier.tools.catalog import registry
from luthier.tools.jobs import supervisor
from luthier.tools.questions import Answer, Decision
from luthier.tools.workspace import open_workspace

SAID = ("Hi!", "Thanks!")
ASKED = {
    "id": "size",
    "text": "Which size?",
    "choices": [{"id": "s", "label": "Small"}, {"id": "l", "label": "Large"}],
    "default": "s",
}
ECHOES = "echoes.txt"
RUNNER = [sys.executable, "-P", str(Path(__file__).parent / "jobs" / "runner.py")]


def _call(name: str, **arguments: Any) -> AIMessage:
    return AIMessage(
        "",
        tool_calls=[{"name": name, "args": arguments, "id": f"call-{name}", "type": "tool_call"}],
    )


SCRIPT = [
    AIMessage("Hello."),
    _call("ask_user", **ASKED),
    _call("note_answers", use_case="labels", minutes=5),
    _call("get_starter"),
    AIMessage("Started."),
    AIMessage("Bye."),
]


class PlaceKeepingModel(ScriptedChatModel):
    """Reads from the conversation how far the script is, so that another process can go on."""

    def _next(self, messages: list[BaseMessage]) -> AIMessage:
        place = sum(isinstance(message, AIMessage) for message in messages)
        return SCRIPT[place].model_copy(deep=True)


async def drive(session: Session) -> None:
    """Say and answer what is missing, until the conversation has come to its end."""
    await session.start()
    while True:
        await session.idle()
        match session.pending:
            case QuestionAsked(id=question_id) if question_id == RESUME:
                await session.answer(RESUME, Answer(kind="choice", choice_id=GO_ON))
            case QuestionAsked(id=question_id):
                await session.answer(question_id, Answer(kind="choice", choice_id="l"))
            case ApprovalAsked(id=approval_id):
                await session.decide(approval_id, Decision(approved=True))
            case None:
                heard = [one.text for one in session.history() if isinstance(one, UserSpoke)]
                missing = [text for text in SAID if text not in heard]
                if not missing:
                    return
                await session.send(missing[0])


def die() -> None:
    """End this process as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


def _die_at_event(home: Path, number: int) -> None:
    told = Listeners.emit
    seen = 0

    def tell(listeners: Listeners, event: AgentEvent) -> None:
        nonlocal seen
        if isinstance(event, UserSpoke):
            with (home / ECHOES).open("a") as echoes:
                echoes.write(f"{event.text}\n")
        told(listeners, event)
        seen += 1
        if seen == number:
            die()

    Listeners.emit = tell  # type: ignore[method-assign]


def _die_at_effect(moment: str) -> None:
    tool = registry.TOOLS["get_starter"]

    def run(context: Any, arguments: Any) -> Any:
        if moment == "before":
            die()
        outcome = tool.run(context, arguments)
        if moment == "after":
            die()
        return outcome

    registry.TOOLS["get_starter"] = dataclasses.replace(tool, run=run)
    if moment == "noted":
        done = journal.Effects.done

        def note(effects: journal.Effects, call_id: str, outcome: dict[str, Any]) -> None:
            done(effects, call_id, outcome)
            die()

        journal.Effects.done = note  # type: ignore[method-assign]


def chat(home: Path, point: str) -> None:
    """Open a session in ``home`` and drive it until ``point``; come to the end where it is later."""
    home.mkdir(parents=True)
    kind, _, where = point.partition(":")
    if kind == "event":
        _die_at_event(home, int(where))
    else:
        _die_at_effect(where)

    async def main() -> None:
        session = await open_session(open_workspace(home), brain=PlaceKeepingModel(script=[]))
        await drive(session)
        await session.close()

    asyncio.run(main())


if __name__ == "__main__":
    supervisor.RUNNER = RUNNER
    for point in sys.argv[2:]:
        child = os.fork()
        if child == 0:
            chat(Path(sys.argv[1]) / point.replace(":", "-"), point)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{point} {os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()
