"""What a conversation has used of language models, as its messages and the database keep it.

Each answer carries its tokens and its cost from the moment it was given: a later change of prices, of
the model or of the brain changes nothing that was counted.
"""

from __future__ import annotations

from collections.abc import Iterable

from langchain_core.messages import AIMessage, BaseMessage

from luthier.agent.budget import Budget, Usage
from luthier.agent.events import TokensUsed
from luthier.agent.migrations import AGENT
from luthier.tools.database import open_database, writing
from luthier.tools.migrations import TOOLS
from luthier.tools.workspace import Workspace


def used_in(message: AIMessage) -> TokensUsed | None:
    """What one answer took, or None where no language model gave it."""
    counted = message.usage_metadata
    if not counted:
        return None
    dollars = message.response_metadata.get("dollars")
    return TokensUsed(message.id or "", counted["input_tokens"], counted["output_tokens"], dollars)


def usage_of(messages: Iterable[BaseMessage]) -> Usage:
    """What all answers in a conversation took."""
    usage = Usage()
    for message in messages:
        used = used_in(message) if isinstance(message, AIMessage) else None
        usage = usage.plus(used) if used else usage
    return usage


def load_budget(workspace: Workspace, session_id: str) -> Budget | None:
    """The budget the user set for this session, or None where it has the usual one."""
    with open_database(workspace.database_path, [TOOLS, AGENT]) as database:
        rows = list(
            database.query("select tokens, dollars from budgets where session_id = ?", [session_id])
        )
    return Budget.model_validate(rows[0]) if rows else None


def save_budget(workspace: Workspace, session_id: str, budget: Budget) -> None:
    """Set the budget of one session."""
    row = {"session_id": session_id, **budget.model_dump()}
    with open_database(workspace.database_path, [TOOLS, AGENT]) as database, writing(database):
        database.table("budgets").insert(row, replace=True)
