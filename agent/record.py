"""What is kept of a session besides its conversation: its line in the list, its words for the search."""

from __future__ import annotations

from collections.abc import Sequence

from langchain_core.messages import AnyMessage, HumanMessage, ToolMessage

from luthier.agent.journey import overview, title_of, title_of_fork
from luthier.agent.search import index_messages
from luthier.agent.store import SessionInfo, get_session, note_datasets, update_session
from luthier.tools.facts import Facts
from luthier.tools.workspace import Workspace


def record(
    workspace: Workspace, session_id: str, facts: Facts, messages: Sequence[AnyMessage]
) -> SessionInfo:
    """Bring the list, the search and the account of data sets in step with the conversation."""
    if facts.dataset:
        note_datasets(workspace, session_id, [facts.dataset.id])
    index_messages(workspace, session_id, messages)
    info = get_session(workspace, session_id)
    title = (
        title_of_fork(info.branch_of, facts, messages, messages[info.shared :])
        if info.shared
        else title_of(facts, messages)
    )
    return update_session(
        workspace,
        session_id,
        title=title,
        stage=overview(facts)[0],
        messages=len(messages),
    )


def is_untouched(messages: Sequence[AnyMessage]) -> bool:
    """Whether the user has said nothing yet, so that nothing is lost by forgetting it."""
    return not any(
        isinstance(message, ToolMessage)
        or (isinstance(message, HumanMessage) and message.name != "luthier")
        for message in messages
    )
