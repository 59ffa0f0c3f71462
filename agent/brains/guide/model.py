"""The offline guide as a chat model: the same interface as an LLM, so either can take the seat."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import uuid4

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolCall
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable

from luthier.agent.brains.guide.policy import respond
from luthier.agent.brains.guide.situation import read_situation

SPOKEN_BY = {"brain": "guide"}
"""Stands in the metadata of what the guide says; what a language model says has its own."""


class GuideChatModel(BaseChatModel):
    """Speaks from rules instead of weights; needs no key, no network and no model."""

    @property
    def _llm_type(self) -> str:
        return "luthier-guide"

    def bind_tools(
        self, tools: Sequence[Any], *, tool_choice: str | None = None, **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """The guide knows the tools already, so binding changes nothing."""
        return self

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=_message(messages))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        message = _message(messages)
        for piece in re.findall(r"\S+\s*", message.text):
            yield ChatGenerationChunk(message=AIMessageChunk(content=piece))
        chunks = [
            tool_call_chunk(
                name=call["name"], args=json.dumps(call["args"]), id=call["id"], index=index
            )
            for index, call in enumerate(message.tool_calls)
        ]
        yield ChatGenerationChunk(
            message=AIMessageChunk(
                content="",
                chunk_position="last",
                tool_call_chunks=chunks,
                response_metadata=SPOKEN_BY,
            )
        )


def _message(messages: list[BaseMessage]) -> AIMessage:
    reply = respond(read_situation(messages))
    calls = []
    if reply.tool:
        arguments = reply.arguments or {}
        calls.append(ToolCall(name=reply.tool, args=arguments, id=f"call-{uuid4().hex[:12]}"))
    return AIMessage(content=reply.text, tool_calls=calls, response_metadata=SPOKEN_BY)
