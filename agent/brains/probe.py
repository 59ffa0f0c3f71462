"""One test call before a model gets the seat: can it be reached, and can it call a tool?"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from luthier.agent.brains.llm.model import LanguageModel
from luthier.agent.settings import BrainSettings
from luthier.tools.errors import LuthierError
from luthier.tools.language import _

WORD = "spruce"
_TOOL: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "note_word",
        "description": "Write a word down.",
        "parameters": {
            "type": "object",
            "properties": {"word": {"type": "string", "description": "the word"}},
            "required": ["word"],
        },
    },
}
SECONDS = 120.0
"""A model that is loaded from disk at its first question may take this long to begin."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What the test call showed; ``words`` is for the user."""

    ok: bool
    words: str
    seconds: float = 0.0


async def probe(settings: BrainSettings) -> Probe:
    """Ask the model to call one tool; a failure is in the words, with the offer of the guide."""
    model = LanguageModel(settings=settings, tools=[_TOOL], retries=1, silence_seconds=SECONDS)
    messages = [
        SystemMessage("You do what you are asked by calling tools."),
        HumanMessage(f"Call the tool note_word with the word {WORD}."),
    ]
    begun = time.monotonic()
    try:
        reply = await model.ainvoke(messages)
    except LuthierError as error:
        if error.code != "llm.repeats":
            return Probe(False, error.as_text())
        reply = AIMessage("")
    seconds = time.monotonic() - begun
    calls = [call for call in reply.tool_calls if call["name"] == "note_word"]
    if any(str(call["args"].get("word", "")).lower() == WORD for call in calls):
        return Probe(
            True,
            _("{model} calls tools ({seconds:.1f} s).", model=settings.words, seconds=seconds),
            seconds,
        )
    how = (
        _("Asked to call a tool, it called it wrongly.")
        if calls
        else _("Asked to call a tool, it talked instead.")
    )
    return Probe(
        False,
        _(
            "{model} cannot be given the seat. {how} Luthier's steps are tool calls, so this model "
            "would only talk. Choose one made for tool calls, such as Qwen3 or Llama 3.1, or stay "
            "with the guide, which needs no model.",
            model=settings.words,
            how=how,
        ),
        seconds,
    )
