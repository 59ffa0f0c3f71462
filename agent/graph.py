"""The graph: brain → gate → act → brain, until the brain has nothing more to do.

``gate`` holds every interrupt (in :mod:`asking`). An interrupt makes its node run again from the top
when the answer arrives, so the node that asks must do nothing else, and the node that acts must never
ask.
"""

from __future__ import annotations

import asyncio
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from luthier.agent.act import ASK_USER, Actor
from luthier.agent.asking import Asking
from luthier.agent.brains.prompt import system_message
from luthier.agent.brains.telling import listen
from luthier.agent.failed import is_by_a_model
from luthier.agent.named import user_words
from luthier.agent.state import SessionState
from luthier.tools.language import _

MAX_STEPS = 40
"""Model calls without a word from the user before the turn is ended: a guard against loops."""

MAX_REPEATS = 3
"""Equal calls with equal results in a row after which the turn is ended."""

Graph = CompiledStateGraph[SessionState, None, SessionState, SessionState]


def build_graph(
    brain: BaseChatModel, actor: Actor, checkpointer: BaseCheckpointSaver[Any]
) -> Graph:
    """Compile the graph for one session.

    Args:
        brain: the model that decides, with the tools already bound.
        actor: runs tools for this session.
        checkpointer: where the conversation is kept.
    """

    async def think(state: SessionState) -> dict[str, Any]:
        messages = state["messages"]
        if _steps_since_user(messages) >= MAX_STEPS:
            words = _(
                "I stopped after {max_steps} steps in a row so as not to run in circles. Tell me "
                "how to go on.",
                max_steps=MAX_STEPS,
            )
            return {"messages": [AIMessage(words)]}
        if _runs_in_a_circle(messages):
            words = _(
                "I stopped: the same step was taken {times} times in a row and came to the same "
                "each time. Tell me how to go on.",
                times=MAX_REPEATS,
            )
            return {"messages": [AIMessage(words)]}
        listen(get_stream_writer())
        reply = await brain.ainvoke([system_message(state.get("facts", {})), *messages])
        allowed = await asyncio.to_thread(actor.allowed) if reply.tool_calls else []
        return {"messages": [reply], "replies": {}, "allowed": allowed}

    def gate(state: SessionState) -> dict[str, Any]:
        replies: dict[str, dict[str, Any]] = {}
        said = user_words(state["messages"])
        asking = Asking(actor, state.get("facts", {}), said, state.get("allowed", []))
        for call in _calls(state):
            asked = asking.ask(call)
            if asked:
                replies[call["id"]] = asked
        return {"replies": replies}

    async def act(state: SessionState) -> dict[str, Any]:
        writer = get_stream_writer()
        facts = state.get("facts", {})
        results: list[ToolMessage] = []
        openly = is_by_a_model(state["messages"][-1])
        for call in _calls(state):
            reply = state.get("replies", {}).get(call["id"])
            message, facts = await actor.perform(call, facts, reply, writer, openly=openly)
            results.append(message)
        return {"messages": results, "facts": facts, "replies": {}}

    graph = StateGraph(SessionState)
    graph.add_node("brain", think)
    graph.add_node("gate", gate)
    graph.add_node("act", act)
    graph.add_edge(START, "brain")
    graph.add_conditional_edges("brain", lambda state: "gate" if _calls(state) else END)
    graph.add_edge("gate", "act")
    graph.add_edge("act", "brain")
    return graph.compile(checkpointer=checkpointer)


def _calls(state: SessionState) -> list[dict[str, Any]]:
    last = state["messages"][-1]
    return [dict(call) for call in last.tool_calls] if isinstance(last, AIMessage) else []


def _steps_since_user(messages: list[AnyMessage]) -> int:
    steps = 0
    for message in reversed(messages):
        spoke = isinstance(message, HumanMessage) or (
            isinstance(message, ToolMessage) and message.name == ASK_USER
        )
        if spoke:
            break
        steps += isinstance(message, AIMessage)
    return steps


def _runs_in_a_circle(messages: list[AnyMessage]) -> bool:
    """Whether the last steps made the same calls with the same results, without a word in between."""
    rounds: list[tuple[list[Any], list[str]]] = []
    results: list[str] = []
    for message in reversed(messages):
        if isinstance(message, ToolMessage) and message.name != ASK_USER:
            results.append(message.text)
        elif isinstance(message, AIMessage) and message.tool_calls and results:
            calls = [(call["name"], call["args"]) for call in message.tool_calls]
            rounds.append((calls, results))
            results = []
        else:
            break
        if len(rounds) == MAX_REPEATS:
            return all(one == rounds[0] for one in rounds)
    return False
