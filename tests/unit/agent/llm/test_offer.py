"""A model is told of the tools that make sense now, and of the others once they do."""

from __future__ import annotations

import json

from langchain_core.messages import HumanMessage

from luthier.agent.act import ASK_USER
from luthier.agent.brains.llm.offer import NEEDED, offered
from luthier.agent.brains.llm.schemas import tool_schemas
from luthier.agent.brains.prompt import system_message
from luthier.tools.catalog.registry import TOOLS
from luthier.tools.facts import Facts

EVERYTHING = {fact: {"settled": True} for fact in NEEDED}


def names(facts: dict[str, object]) -> set[str]:
    messages = [system_message(facts), HumanMessage("hello")]
    return {tool["function"]["name"] for tool in offered(tool_schemas(), messages)}


def test_every_tool_that_is_held_back_exists_and_so_does_what_it_waits_for() -> None:
    assert set(NEEDED) <= set(Facts.model_fields)
    assert {tool for tools in NEEDED.values() for tool in tools} <= set(TOOLS)


def test_the_beginning_is_small_and_the_end_has_all() -> None:
    beginning = names({})
    assert {ASK_USER, "inspect_data", "note_answers", "search_lessons"} <= beginning
    assert {"launch_training", "export_model", "change_plan"}.isdisjoint(beginning)
    assert names(EVERYTHING) == {ASK_USER, *TOOLS}


def test_what_a_model_is_told_first_is_short() -> None:
    messages = [system_message({}), HumanMessage("hello")]
    size = len(json.dumps(offered(tool_schemas(), messages))) + len(messages[0].text)
    assert size < 11_000  # characters, about 2,700 tokens
