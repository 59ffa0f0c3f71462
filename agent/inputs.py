"""What the graph is given: the user's words, his replies to what it asked, and what has happened."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import HumanMessage
from langgraph.types import Command

from luthier.agent.failed import as_retry
from luthier.agent.journal import Spoken


def as_input(said: Spoken) -> Any:
    """What the graph is given for something the user said."""
    if said.kind == "message":
        return {"messages": [as_message(said)]}
    return Command(resume={said.payload["prompt"]: said.payload["reply"]})


def as_spoken(item: Any) -> Spoken | None:
    """What the user said in an input of the graph; None for replies and for what has happened."""
    for message in item.get("messages", ()) if isinstance(item, dict) else ():
        if message.name != "luthier":
            return Spoken(message.id, "message", {"words": message.text})
    return None


def as_message(said: Spoken) -> HumanMessage:
    """The user's words under the id by which they were noted."""
    message = HumanMessage(said.payload["words"], id=said.id)
    seat = said.payload.get("retry")
    return as_retry(message, seat) if seat else message


def as_event(name: str, **details: str) -> HumanMessage:
    """Something that happened, in the user's place in the conversation but not the user's words."""
    words = {
        "opened": "(The session was opened. Greet the user in a sentence and ask the first question.)",
        "took_over": "(The offline guide speaks from here on.)",
    }.get(name, f"(The job {details.get('job_id')} has ended: {details.get('state')}.)")
    return HumanMessage(
        words, name="luthier", additional_kwargs={"event": {"name": name, **details}}
    )
