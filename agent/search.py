"""Finding sessions by their titles and by what was said in them (SQLite's full-text index)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from pydantic import BaseModel, ConfigDict

from luthier.agent.store import SessionInfo, list_sessions, sessions_database
from luthier.tools.database import writing
from luthier.tools.workspace import Workspace

_MARKS = str.maketrans("", "", "*`#_")
_WORD = re.compile(r"\w+")


class Found(BaseModel):
    """A session and, where its messages and not its title fit, the piece of text that does."""

    model_config = ConfigDict(frozen=True)

    info: SessionInfo
    excerpt: str = ""


def search_sessions(
    workspace: Workspace, words: str, *, archived: bool | None = None
) -> list[Found]:
    """Sessions in whose title or in one of whose messages every word occurs, newest first.

    The beginning of a word is enough; accents and case do not matter in messages.
    """
    sessions = list_sessions(workspace, archived=archived)
    wanted = _WORD.findall(words.casefold())
    if not wanted:
        return [Found(info=info) for info in sessions]
    excerpts = _excerpts(workspace, wanted)
    found = []
    for info in sessions:
        title = f"{info.title} {info.id} {info.stage}".casefold()
        if all(word in title for word in wanted):
            found.append(Found(info=info))
        elif info.id in excerpts:
            found.append(Found(info=info, excerpt=excerpts[info.id]))
    return found


def index_messages(workspace: Workspace, session_id: str, messages: Sequence[AnyMessage]) -> None:
    """Make the words of a conversation findable, beginning where the last call stopped."""
    with sessions_database(workspace) as database, writing(database):
        rows = list(database.query("select indexed from sessions where id = ?", [session_id]))
        if not rows or rows[0]["indexed"] >= len(messages):
            return
        new = list(_texts(messages[rows[0]["indexed"] :]))
        database.conn.executemany(
            "insert into session_texts (session_id, message_id, text) values (?, ?, ?)",
            [(session_id, message_id, text) for message_id, text in new],
        )
        database.table("sessions").update(session_id, {"indexed": len(messages)})


def _excerpts(workspace: Workspace, wanted: Iterable[str]) -> dict[str, str]:
    """The best piece of text per session, in plain words."""
    query = " AND ".join(f'"{word}"*' for word in wanted)
    with sessions_database(workspace) as database:
        rows = database.query(
            "select session_id, snippet(session_texts, 2, '', '', '…', 14) as excerpt "
            "from session_texts where session_texts match ? order by rank limit 1000",
            [query],
        )
        excerpts: dict[str, str] = {}
        for row in rows:
            excerpts.setdefault(row["session_id"], _plain(row["excerpt"]))
    return excerpts


def _plain(text: str) -> str:
    """A piece of text on one line, without Markdown's marks."""
    return " ".join(text.translate(_MARKS).split())


def _texts(messages: Iterable[AnyMessage]) -> Iterable[tuple[str, str]]:
    for message in messages:
        match message:
            case HumanMessage() if message.name != "luthier":
                yield message.id or "", message.text
            case AIMessage() if message.text:
                yield message.id or "", message.text
            case ToolMessage():
                data = (message.artifact or {}).get("data", {})
                said = data.get("spoken") or data.get("reason")
                if said:
                    yield message.tool_call_id, str(said)
