"""Putting an answer together from the pieces of a stream, whatever dialect the server speaks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import InitVar, dataclass, field
from typing import Any
from uuid import uuid4

from langchain_core.messages import AIMessageChunk
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import tool_call_chunk

from luthier.agent.brains.guide.reply import Reply
from luthier.agent.brains.llm.arguments import read_call
from luthier.agent.brains.llm.compaction import BYTES_PER_TOKEN
from luthier.agent.brains.llm.written import Hearing
from luthier.agent.settings import BrainSettings
from luthier.tools.language import _, mark
from luthier.tools.prices.table import price_of
from luthier.tools.secrets import Scrubber

MOST_SAID, MOST_THOUGHT = 2_000, 12_000
"""Pieces of an answer, about a token each, after which it is cut off."""
MOST_CALLS = 4
"""Calls in one answer; a model that makes more has only reeled off what it was told of."""
REELED_OFF = "reeled_off"
"""In the metadata of such an answer: how many calls it had."""
LOOKED_BACK, LONGEST_REFRAIN = 600, 60
"""Characters at the end of an answer that are nothing but a shorter text repeated: a loop."""
CUT = mark("*(The model's answer was cut off at its length limit.)*")


ToolCalled = tuple[str, dict[str, Any]]


@dataclass(slots=True)
class _Call:
    id: str = ""
    name: str = ""
    arguments: str = ""

    def is_whole(self) -> bool:
        try:
            json.loads(self.arguments)
        except ValueError:
            return False
        return bool(self.name)


@dataclass
class Answering:
    """Takes the pieces of one answer; words leave at once, calls when they are complete.

    ``hint`` is the step that is due.
    """

    settings: BrainSettings
    tool_names: Sequence[str]
    secret: InitVar[str] = ""
    hint: Reply | None = None
    asked_bytes: int = 0
    _calls: list[_Call] = field(default_factory=list)
    _slots: dict[int, _Call] = field(default_factory=dict)
    _reason: str = ""
    began: bool = False
    _spoke: bool = False
    _tail: str = ""
    _pieces: int = 0
    _thought: int = 0
    _usage: UsageMetadata | None = None

    def __post_init__(self, secret: str) -> None:
        self._hearing = Hearing(frozenset(self.tool_names))
        # Whatever a server says back, the key that was sent to it is not in it.
        self._words, self._thoughts = Scrubber(secret), Scrubber(secret)
        self._arguments = Scrubber(secret)

    def take(self, part: Any) -> Iterator[AIMessageChunk]:
        """The message chunks for one piece of the stream (a ``ChatCompletionChunk``)."""
        self.began = True
        if part.usage is not None:
            self._usage = _usage(part.usage)
        for choice in part.choices or ():
            delta = choice.delta
            self._reason = choice.finish_reason or self._reason
            if delta is None:
                continue
            extra = delta.model_extra or {}
            thought = extra.get("reasoning_content") or extra.get("reasoning") or ""
            self._pieces += 1
            self._thought += bool(thought)
            said_now = (delta.content or "") + (delta.refusal or "")
            self._tail = (self._tail + said_now)[-LOOKED_BACK:]
            words = self._words.feed(said_now)
            said, more = self._hearing.feed(words)
            thought = self._thoughts.feed(thought) if isinstance(thought, str) else ""
            yield from self._chunks(said, f"{thought}{more}")
            for call in delta.tool_calls or ():
                self._take_call(call)

    @property
    def is_endless(self) -> bool:
        """Whether more has come than any answer needs: small models may never stop by themselves."""
        said = self._pieces - self._thought
        return said > MOST_SAID or self._thought > MOST_THOUGHT or self.repeats

    @property
    def repeats(self) -> bool:
        """Whether the answer has fallen into saying one thing over and over."""
        return len(self._tail) == LOOKED_BACK and any(
            self._tail[length:] == self._tail[:-length] for length in range(1, LONGEST_REFRAIN)
        )

    def finish(self) -> Iterator[AIMessageChunk]:
        """What is left: held-back words, the calls, the usage.

        Raises:
            LuthierError: the answer is empty, runs in a circle or was stopped by a content filter.
        """
        from luthier.agent.brains.llm.failures import empty_answer, filtered, repeating

        if self.repeats:
            raise repeating(self.settings)
        said, more = self._hearing.feed(self._words.finish())
        yield from self._chunks(said, self._thoughts.finish() + more)
        yield from self._chunks(*self._hearing.finish())
        if self._reason == "content_filter":
            raise filtered(self.settings)
        made = self._all_calls()
        calls = _needed(made, self.hint.tool if self.hint else "")
        if not calls and not self._spoke:
            raise empty_answer(self.settings)
        if (self._reason == "length" or self.is_endless) and not calls:
            yield from self._chunks(f"\n\n{_(CUT)}", "")
        yield self._last(calls, {REELED_OFF: len(made)} if calls != made else {})

    def _last(self, calls: Sequence[ToolCalled], more: dict[str, Any]) -> AIMessageChunk:
        return AIMessageChunk(
            content="",
            tool_call_chunks=[
                tool_call_chunk(
                    name=name,
                    args=json.dumps(arguments, ensure_ascii=False),
                    id=f"call-{uuid4().hex[:12]}",
                    index=index,
                )
                for index, (name, arguments) in enumerate(calls)
            ],
            usage_metadata=self._usage or self._estimated(),
            response_metadata={
                "brain": "llm",
                "model_name": self.settings.model,
                "host": self.settings.host,
                "counted": self._usage is not None,
                "dollars": self._dollars(),
                **more,
            },
            chunk_position="last",
        )

    def _hidden(self, arguments: str) -> str:
        return self._arguments.feed(arguments) + self._arguments.finish()

    def _estimated(self) -> UsageMetadata:
        """About what it took, where the server does not count: a budget must hold there as well."""
        into, out = self.asked_bytes // BYTES_PER_TOKEN, self._pieces  # about a token each
        return UsageMetadata(input_tokens=into, output_tokens=out, total_tokens=into + out)

    def _dollars(self) -> float | None:
        price = price_of(self.settings)
        usage = self._usage or self._estimated()
        return price.of(usage["input_tokens"], usage["output_tokens"]) if price else None

    def _chunks(self, said: str, thought: str) -> Iterator[AIMessageChunk]:
        if thought:
            yield AIMessageChunk(content="", additional_kwargs={"reasoning_content": thought})
        if said:
            self._spoke = self._spoke or bool(said.strip())
            yield AIMessageChunk(content=said)

    def _take_call(self, delta: Any) -> None:
        """Join the pieces of a call. Some servers give every call index 0, or no index at all."""
        index = delta.index or 0
        call = self._slots.get(index)
        name = (delta.function.name if delta.function else "") or ""
        other_id = bool(call and delta.id and call.id and delta.id != call.id)
        if call is None or other_id or (name and call.is_whole()):
            call = _Call()
            self._slots[index] = call
            self._calls.append(call)
        call.id = call.id or delta.id or ""
        if name and name != call.name:
            call.name += name
        call.arguments += (delta.function.arguments if delta.function else "") or ""

    def _all_calls(self) -> list[ToolCalled]:
        """Calls in the protocol's own form; those written as text only where there are none."""
        made = [(call.name, self._hidden(call.arguments)) for call in self._calls]
        written = [(call.name, call.arguments) for call in self._hearing.calls]
        return [read_call(name, given, self.tool_names) for name, given in made or written]


def _needed(made: list[ToolCalled], due: str) -> list[ToolCalled]:
    """All calls, or where a model reels off its tools the one that is due, else the first."""
    if len(made) <= MOST_CALLS:
        return made
    return [next((one for one in made if one[0] == due), made[0])]


def _usage(usage: Any) -> UsageMetadata:
    into, out = usage.prompt_tokens or 0, usage.completion_tokens or 0
    return UsageMetadata(input_tokens=into, output_tokens=out, total_tokens=into + out)
