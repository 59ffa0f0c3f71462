"""A language model behind an OpenAI-compatible endpoint, as the chat model the graph asks.

The ``openai`` package is loaded at the first request, in a thread, so that opening the chat is not
slowed. A client lives for one request: nothing is kept between turns that a switch could leave open.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import Field, PrivateAttr

from luthier.agent.act import ASK_USER
from luthier.agent.brains.llm.answer import Answering
from luthier.agent.brains.llm.compaction import BYTES_PER_TOKEN, compact
from luthier.agent.brains.llm.hint import hint_for, with_hint
from luthier.agent.brains.llm.led import history, led_words, step_for
from luthier.agent.brains.llm.led_answer import LedAnswering
from luthier.agent.brains.llm.offer import offered
from luthier.agent.brains.llm.schemas import tool_schemas
from luthier.agent.brains.llm.wire import to_wire
from luthier.agent.brains.telling import tell
from luthier.agent.budget import Budget, in_words
from luthier.agent.events import BrainNoted
from luthier.agent.failed import for_a_model
from luthier.agent.settings import BrainSettings
from luthier.agent.usage import usage_of
from luthier.tools.endpoints.keys import find_key, key_headers
from luthier.tools.errors import LuthierError
from luthier.tools.language import _

if TYPE_CHECKING:
    from openai import AsyncOpenAI

RETRIES = 3
"""How often the SDK asks again after 408, 409, 429, 5xx and broken connections, with backoff."""

CONNECT_SECONDS, SILENCE_SECONDS = 10.0, 300.0
SAID_LAST = 6
"""Messages of the conversation that a led model is sent."""
ANSWER_SHARE = 0.25
"""Share of the context that is left for the answer."""


class LanguageModel(BaseChatModel):
    """Streams an answer with tool calls; every failure is a ``LuthierError`` in plain words."""

    settings: BrainSettings
    tools: list[dict[str, Any]] = Field(default_factory=tool_schemas)
    retries: int = RETRIES
    silence_seconds: float = SILENCE_SECONDS

    _counts_tokens: bool = PrivateAttr(default=True)
    _holds_to_form: bool = PrivateAttr(default=True)
    _told_of_shortening: bool = PrivateAttr(default=False)
    _told_of_leading: bool = PrivateAttr(default=False)

    @property
    def _llm_type(self) -> str:
        return "luthier-openai-compatible"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return asyncio.run(self._agenerate(messages, stop, **kwargs))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        whole = AIMessageChunk(content="")
        async for chunk in self._astream(messages, stop, **kwargs):
            assert isinstance(chunk.message, AIMessageChunk)
            whole += chunk.message
        return ChatResult(generations=[ChatGeneration(message=whole)])

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        await asyncio.to_thread(_certificates)
        _hold_to_budget(self.settings, messages)
        failures = await asyncio.to_thread(import_module, "luthier.agent.brains.llm.failures")
        key = await asyncio.to_thread(find_key, self.settings)
        secret = key.get_secret_value() if key else ""
        names = [tool["function"]["name"] for tool in self.tools]
        step = step_for(messages, self.settings) if ASK_USER in names else None
        if step is None:
            answering = Answering(self.settings, names, secret, hint_for(messages))
        else:
            self._tell_of_leading()
            answering = led = LedAnswering(self.settings, names, secret, step=step)
            if not step.needs_words:
                for chunk in led.done():
                    yield ChatGenerationChunk(message=chunk)
                return
        async with AsyncExitStack() as exits:
            client = await exits.enter_async_context(self._client(secret))
            try:
                stream = await exits.enter_async_context(
                    await self._open(client, messages, answering)
                )
                async for part in stream:
                    for chunk in answering.take(part):
                        yield ChatGenerationChunk(message=chunk)
                    if answering.is_endless:
                        break
            except _troubles() as error:
                began = answering.began
                raise failures.explain(error, self.settings, secret, midway=began) from None
        for chunk in answering.finish():
            yield ChatGenerationChunk(message=chunk)

    def _client(self, secret: str) -> AsyncOpenAI:
        import httpx2
        from openai import DefaultAsyncHttpxClient

        from luthier.agent.brains.llm.patience import PatientClient

        return PatientClient(
            api_key=secret or "not-needed",
            base_url=self.settings.base_url,
            default_headers=key_headers(self.settings, secret),
            default_query={"api-version": self.settings.api_version}
            if self.settings.api_version
            else None,
            max_retries=self.retries,
            timeout=httpx2.Timeout(self.silence_seconds, connect=CONNECT_SECONDS),
            # A proxy set for the internet must not be asked for a server on this computer.
            http_client=DefaultAsyncHttpxClient(
                trust_env=not self.settings.is_local, verify=_certificates()
            ),
        )

    async def _open(
        self, client: AsyncOpenAI, messages: list[BaseMessage], answering: Answering
    ) -> Any:
        """The stream of an answer; asked again, shorter, where the conversation was too long."""
        from openai import APIStatusError

        from luthier.agent.brains.llm.failures import (
            is_about_context,
            is_about_form,
            is_about_usage,
        )

        share = 1.0
        while True:
            request = self._request(messages, answering, share)
            answering.asked_bytes = len(str([request["messages"], request.get("tools")]).encode())
            try:
                return await client.chat.completions.create(**request)
            except APIStatusError as error:
                if is_about_usage(error) and self._counts_tokens:
                    self._counts_tokens = False
                elif "response_format" in request and is_about_form(error):
                    self._holds_to_form = False
                elif is_about_context(error) and share > 0.3:
                    share /= 2
                else:
                    raise

    def _request(
        self, messages: list[BaseMessage], answering: Answering, share: float
    ) -> dict[str, Any]:
        request: dict[str, Any] = {"model": self.settings.model, "stream": True}
        if self._counts_tokens:
            request["stream_options"] = {"include_usage": True}
        if isinstance(answering, LedAnswering):
            said = history(for_a_model(messages), round(SAID_LAST * share))
            request["messages"] = to_wire([answering.step.instructions(), *said])
            if self._holds_to_form:
                request["response_format"] = answering.step.schema()
            return request
        tools = offered(self.tools, messages)
        size = len(str(tools).encode()) // BYTES_PER_TOKEN
        room = int(self.settings.context_tokens * (1 - ANSWER_SHARE) * share) - size
        head, *said = for_a_model(messages)
        whole = [with_hint(head, answering.hint), *said]
        fitting = compact(whole, room)
        self._tell_of_shortening(whole, fitting)
        request["messages"] = to_wire(fitting)
        if tools:
            request["tools"] = tools
        return request

    def _tell_of_leading(self) -> None:
        """Say once that the model is led."""
        if not self._told_of_leading:
            self._told_of_leading = True
            tell(BrainNoted(led_words(self.settings)))

    def _tell_of_shortening(
        self, whole: Sequence[BaseMessage], fitting: Sequence[BaseMessage]
    ) -> None:
        """Say once that the model is no longer sent everything."""
        if not self._told_of_shortening and [*map(id, fitting)] != [*map(id, whole)]:
            self._told_of_shortening = True
            words = _(
                "This conversation has grown too long for {model}: from here on it is sent without its "
                "oldest parts. What is settled is always sent whole, and here nothing is lost.",
                model=self.settings.words,
            )
            tell(BrainNoted(words))


def _hold_to_budget(settings: BrainSettings, messages: list[BaseMessage]) -> None:
    """Refuse to ask once the conversation has used what the user allowed."""
    usage = usage_of(messages)
    budget = Budget(tokens=settings.budget_tokens, dollars=settings.budget_dollars)
    if budget.is_spent(usage):
        raise LuthierError(
            _(
                "This session has used {usage}, which is all you allowed.",
                usage=in_words(usage, budget),
            ),
            why=_("Nothing more was asked of {model}.", model=settings.words),
            remedy=_(
                "Allow more with /budget, such as “/budget 100k tokens” or “/budget $2”, and type "
                "/retry. Or type /model and choose the guide, which costs nothing and goes on from here."
            ),
            code="llm.budget",
        )


@cache
def _certificates() -> ssl.SSLContext:
    """The certificates to trust, read once, since that takes a quarter of a second; loads openai."""
    import openai  # noqa: F401 - in the same thread, so that the first request does not wait for it
    from httpx2 import create_ssl_context

    return create_ssl_context()


def _troubles() -> tuple[type[Exception], ...]:
    """What may go wrong on the way; a stream that breaks raises the transport's own errors."""
    import httpx2
    from openai import APIError

    return (APIError, httpx2.HTTPError, ValueError)
