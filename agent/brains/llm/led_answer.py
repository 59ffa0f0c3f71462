"""The answer of a model that is led: nothing of it is passed on before it is known to be words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from langchain_core.messages import AIMessageChunk

from luthier.agent.brains.guide.reply import Reply
from luthier.agent.brains.llm.answer import Answering
from luthier.agent.brains.llm.due import LED
from luthier.agent.brains.llm.led import Step


@dataclass
class LedAnswering(Answering):
    """Takes the pieces of one answer to a ``step``; what comes of it leaves at the end."""

    step: Step = field(default_factory=lambda: Step(Reply()))
    _said: str = ""

    def finish(self) -> Iterator[AIMessageChunk]:
        """What was said and done; an answer that cannot be read costs the step nothing.

        Raises:
            LuthierError: the answer was stopped by a content filter.
        """
        from luthier.agent.brains.llm.failures import filtered

        said, more = self._hearing.feed(self._words.finish())
        yield from self._chunks(said, self._thoughts.finish() + more)
        yield from self._chunks(*self._hearing.finish())
        if self._reason == "content_filter":
            raise filtered(self.settings)
        answer = "" if self.repeats else self._said
        words, done, itself = self.step.settle(answer, [name for name, _ in self._all_calls()])
        if words:
            yield AIMessageChunk(content=words)
        calls = [(done.tool, done.arguments or {})] if done.tool else []
        yield self._last(calls, {LED: "itself" if itself else "without"})

    def done(self) -> Iterator[AIMessageChunk]:
        """The step that needs no words of the model's, taken at once."""
        due = self.step.due
        if due.text:
            yield AIMessageChunk(content=due.text)
        last = self._last([(due.tool, due.arguments or {})] if due.tool else [], {LED: "silent"})
        last.usage_metadata = None  # nobody was asked
        yield last

    def _chunks(self, said: str, thought: str) -> Iterator[AIMessageChunk]:
        self._said += said
        yield from super()._chunks("", thought)
