"""A scripted server that says what the guide would say, so that a model in the seat walks its way.

The server has no facts of its own: it decides from the conversation that the real client was about to
send. Everything it says travels over HTTP as a language model's words would.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from fakes.openai_server import OpenAIServer, Reply
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGenerationChunk
from pydantic import Field

from luthier.agent.brains.guide.policy import respond
from luthier.agent.brains.guide.situation import read_situation
from luthier.agent.brains.llm.model import LanguageModel
from luthier.agent.settings import make_settings


class OverheardModel(LanguageModel):
    """The real client; ``heard`` is the conversation of its newest request."""

    heard: list[BaseMessage] = Field(default_factory=list)

    async def _astream(
        self, messages: list[BaseMessage], *args: Any, **kwargs: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        self.heard[:] = messages
        async for chunk in super()._astream(messages, *args, **kwargs):
            yield chunk


class GuidedServer(OpenAIServer):
    """``with GuidedServer() as server: open_session(workspace, brain=server.brain)``."""

    def __init__(self) -> None:
        super().__init__(self._guided)
        self.brain = OverheardModel(settings=make_settings(self.base_url, "guided"))

    def _guided(self, _request: dict[str, Any]) -> Reply:
        reply = respond(read_situation(_as_the_guides(self.brain.heard)))
        calls = [(reply.tool, reply.arguments or {})] if reply.tool else []
        return Reply(reply.text or ("" if calls else "Done."), calls=calls)


def _as_the_guides(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """The conversation without the mark that says who spoke: the guide knows these questions."""
    return [
        message.model_copy(update={"response_metadata": {}})
        if isinstance(message, AIMessage)
        else message
        for message in messages
    ]
