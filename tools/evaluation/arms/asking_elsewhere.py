"""Asking a model behind an OpenAI-compatible address, where the cache has no answer yet.

Several requests are under way at a time, each kept as soon as it is answered, so that nothing that was
paid for is asked again. What a server does not take (a temperature, one name of the token limit) is left
out from then on.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from luthier.tools.data.exports.turns import openai_turns
from luthier.tools.data.model import Message
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.evaluation.arms.asking import OnReplies
from luthier.tools.evaluation.cache import GenerationCache, Reply, text_key

if TYPE_CHECKING:
    from openai import OpenAI

AT_ONCE = 4
_POLL_SECONDS = 0.5
_ADJUSTABLE = 3  # answers of "not this parameter" before a refusal is taken for one


@dataclass
class EndpointAsker:
    """Asks one model elsewhere; answers are as greedy as the server allows."""

    model: EndpointModel
    max_new_tokens: int
    cache: GenerationCache
    honour_stop: Callable[[], None]
    _manner: dict[str, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self._manner = {"temperature": 0, "max_completion_tokens": self.max_new_tokens}

    def ask(self, prompts: Sequence[Sequence[Message]], on_replies: OnReplies) -> list[Reply]:
        """The answers in the order of the prompts.

        A request longer than the model can read counts as not answered: an empty text that did not
        stop by itself.

        Raises:
            LuthierError: the server cannot be reached or refuses, also when asked again.
        """
        wired = [_wire(prompt) for prompt in prompts]
        source = f"{self.model.base_url}\n{self.model.model}"
        keys = [text_key(source, json.dumps(one), self.max_new_tokens) for one in wired]
        known = self.cache.find(keys)
        replies = {place: known[key] for place, key in enumerate(keys) if key in known}
        if replies:
            on_replies(list(replies), list(replies.values()))
        missing = [place for place in range(len(prompts)) if place not in replies]

        def take(place: int, reply: Reply) -> None:
            self.cache.keep({keys[place]: reply})
            replies[place] = reply
            on_replies([place], [reply])

        if missing:
            self._ask_all({place: wired[place] for place in missing}, take)
        return [replies[place] for place in range(len(prompts))]

    def _ask_all(
        self, prompts: dict[int, list[dict[str, Any]]], take: Callable[[int, Reply], None]
    ) -> None:
        from luthier.tools.endpoints.client import open_client

        client, secret = open_client(self.model)
        with client, ThreadPoolExecutor(AT_ONCE) as pool:
            waiting = iter(prompts.items())
            under_way: dict[Future[Reply], int] = {}
            try:
                while True:
                    for place, prompt in waiting:
                        under_way[pool.submit(self._answer, client, secret, prompt)] = place
                        if len(under_way) >= AT_ONCE:
                            break
                    if not under_way:
                        return
                    done, _left = wait(under_way, _POLL_SECONDS, FIRST_COMPLETED)
                    for future in done:
                        take(under_way.pop(future), future.result())
                    self.honour_stop()
            finally:
                pool.shutdown(cancel_futures=True)
                for future, place in under_way.items():  # answered and paid for: kept
                    if future.done() and not future.cancelled() and not future.exception():
                        take(place, future.result())

    def _answer(self, client: OpenAI, secret: str, messages: list[dict[str, Any]]) -> Reply:
        import openai

        from luthier.tools.endpoints.failures import explain, mentions

        for attempt in range(_ADJUSTABLE + 1):
            manner = dict(self._manner)
            since = time.monotonic()
            try:
                answer = client.chat.completions.create(
                    model=self.model.model,
                    messages=messages,  # type: ignore[arg-type]  # plain dicts of our own rows
                    **manner,
                )
            except openai.BadRequestError as error:
                if mentions(error, "context_length", "maximum context", "too many tokens"):
                    return Reply("", False, 0, 0, time.monotonic() - since)
                if attempt < _ADJUSTABLE and self._adjust(manner, error):
                    continue
                raise explain(error, self.model, secret) from None
            except openai.APIError as error:
                raise explain(error, self.model, secret) from None
            return _reply(answer, time.monotonic() - since)
        raise AssertionError("unreachable")

    def _adjust(self, manner: dict[str, Any], error: Any) -> bool:
        """Leave out what the server said it does not take; False where that was not it."""
        from luthier.tools.endpoints.failures import mentions

        changed = dict(manner)
        if "temperature" in manner and mentions(error, "temperature"):
            changed.pop("temperature")
        elif "max_completion_tokens" in manner and mentions(error, "max_completion_tokens"):
            changed["max_tokens"] = changed.pop("max_completion_tokens")
        else:
            return manner != self._manner  # another thread has found out meanwhile
        self._manner = changed
        return True


def _wire(prompt: Sequence[Message]) -> list[dict[str, Any]]:
    """A conversation as it is sent; weights are for training alone."""
    return [
        {name: value for name, value in turn.items() if name != "weight"}
        for turn in openai_turns(prompt)
    ]


def _reply(answer: Any, seconds: float) -> Reply:
    choice = answer.choices[0]
    usage = answer.usage
    return Reply(
        text=choice.message.content or "",
        stopped=choice.finish_reason == "stop",
        prompt_tokens=usage.prompt_tokens if usage else 0,
        completion_tokens=usage.completion_tokens if usage else 0,
        seconds=seconds,
    )
