"""A second session that shares the beginning of a first: the conversation is cut at a message.

The facts are as they were there, the jobs of the first session are known in the second as well, and the
first stays as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage

from luthier.agent.conversation import read_conversation, write_conversation
from luthier.agent.record import record
from luthier.agent.store import SessionInfo, create_session, get_session
from luthier.agent.translate import QUESTION_ID, ROUND
from luthier.tools.errors import LuthierError
from luthier.tools.facts import Facts, add_difference
from luthier.tools.jobs.store import share_jobs
from luthier.tools.language import _
from luthier.tools.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Cut:
    """The beginning of a conversation: its messages, and the facts as they were then."""

    messages: list[AnyMessage]
    facts: dict[str, Any]


async def fork_session(
    workspace: Workspace, session_id: str, message_id: str = "", *, anew: bool = False
) -> SessionInfo:
    """Make a session that begins like another one, up to one of its messages.

    Args:
        message_id: the last message to share: its id, or the id of the call whose question the user
            answered; without it the whole conversation is shared.
        anew: the message is one of the user's that is to be said anew, so what is shared ends
            before it; a question that it answered is open again.

    Raises:
        LuthierError: there is no such session or message.
    """
    source = await asyncio.to_thread(get_session, workspace, session_id)
    whole = await read_conversation(workspace, source.id)
    if not message_id:
        cut = Cut(whole.messages, whole.facts)
    elif facts_of(whole.messages) != whole.facts:
        raise _too_old()
    else:
        cut = (cut_before if anew else cut_after)(whole.messages, message_id)
    info = await asyncio.to_thread(_begin, workspace, source, cut)
    await write_conversation(workspace, info.id, cut.messages, cut.facts)
    return info


def cut_before(messages: Sequence[AnyMessage], message_id: str) -> Cut:
    """Everything before the user said ``message_id``; a question that it answered is open again.

    Raises:
        LuthierError: the user said nothing of that id.
    """
    call_id = message_id.partition(ROUND)[0]
    for index, message in enumerate(messages):
        if isinstance(message, HumanMessage) and message.id == message_id:
            return _cut(messages, index)
        if _calls(message, call_id):
            return _cut(messages, index + 1)
    raise _no_message(message_id)


def cut_after(messages: Sequence[AnyMessage], message_id: str) -> Cut:
    """Everything up to ``message_id``, which stays; the results of one step stay together.

    Raises:
        LuthierError: there is no such message.
    """
    wanted = message_id.removesuffix(QUESTION_ID).partition(ROUND)[0]
    asked = message_id.endswith(QUESTION_ID)

    def is_it(message: AnyMessage) -> bool:
        if asked:
            return _calls(message, wanted)
        return wanted in (message.id, getattr(message, "tool_call_id", None))

    index = next((at for at, message in enumerate(messages) if is_it(message)), -1)
    if index < 0:
        raise _no_message(message_id)
    end = index + 1
    while isinstance(messages[index], ToolMessage) and end < len(messages):
        if not isinstance(messages[end], ToolMessage):
            break
        end += 1
    return _cut(messages, end)


def _calls(message: AnyMessage, call_id: str) -> bool:
    return isinstance(message, AIMessage) and any(
        call["id"] == call_id for call in message.tool_calls
    )


def _cut(messages: Sequence[AnyMessage], end: int) -> Cut:
    kept = list(messages[:end])
    return Cut(kept, facts_of(kept))


def facts_of(messages: Iterable[AnyMessage]) -> dict[str, Any]:
    """The facts that the tool results of these messages left behind, one after the other."""
    facts: dict[str, Any] = {}
    for message in messages:
        if isinstance(message, ToolMessage):
            facts = add_difference(facts, (message.artifact or {}).get("facts", {}))
    return facts


def _begin(workspace: Workspace, source: SessionInfo, cut: Cut) -> SessionInfo:
    info = create_session(
        workspace,
        forked_from=source.id,
        shared=len(cut.messages),
        branch_of=source.title if source.named else source.branch_of,
    )
    share_jobs(workspace, source.id, info.id)
    return record(workspace, info.id, Facts.model_validate(cut.facts), cut.messages)


def _no_message(message_id: str) -> LuthierError:
    return LuthierError(
        _("There is no message {id} in this session.", id=repr(message_id)),
        remedy=_("`luthier sessions transcript ID --json` shows the messages with their ids."),
        code="session.no_message",
    )


def _too_old() -> LuthierError:
    return LuthierError(
        _("This session can only be forked at its end."),
        why=_(
            "It began in an earlier Luthier, which did not keep what was settled at each message."
        ),
        remedy=_("Fork it at its end, and say there what is to be different."),
        code="session.no_history",
    )
