"""Asking a model behind an address: in order, from the cache, around refusals, never twice."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from fakes.openai_server import OpenAIServer, Refusal, Reply

from luthier.tools.data.model import Message
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.arms.asking import ignore_replies
from luthier.tools.evaluation.arms.asking_elsewhere import EndpointAsker
from luthier.tools.evaluation.cache import GenerationCache
from luthier.tools.jobs.context import JobStopped


def prompt(text: str) -> list[Message]:
    return [Message(role="system", content="Answer."), Message(role="user", content=text)]


def echo(request: dict[str, Any]) -> Reply:
    return Reply(text=request["messages"][-1]["content"].upper(), usage=(7, 3))


def asker(server: OpenAIServer, folder: Path) -> EndpointAsker:
    return EndpointAsker(
        model=EndpointModel(base_url=server.base_url, model="tuned"),
        max_new_tokens=16,
        cache=GenerationCache(folder),
        honour_stop=lambda: None,
    )


def test_answers_come_in_order_and_are_never_asked_twice(tmp_path: Path) -> None:
    texts = [f"row {number}" for number in range(11)]
    with OpenAIServer(echo) as server:
        first = asker(server, tmp_path).ask([prompt(one) for one in texts], ignore_replies)
        heard: list[int] = []

        def hear(places: Sequence[int], _replies: Sequence[object]) -> None:
            heard.extend(places)

        again = asker(server, tmp_path).ask([prompt(one) for one in [*texts, "new"]], hear)
    assert [reply.text for reply in first] == [one.upper() for one in texts]
    assert (first[0].prompt_tokens, first[0].completion_tokens, first[0].stopped) == (7, 3, True)
    assert again[:11] == first
    assert sorted(heard) == list(range(12))
    assert len(server.requests) == 12
    assert server.requests[0]["messages"][0] == {"role": "system", "content": "Answer."}


def test_what_a_server_does_not_take_is_left_out(tmp_path: Path) -> None:
    def picky(request: dict[str, Any]) -> Reply | Refusal:
        if "temperature" in request:
            return Refusal(400, "Unsupported value: 'temperature' is fixed for this model.")
        if "max_completion_tokens" in request:
            return Refusal(400, "Unknown parameter: 'max_completion_tokens'.")
        return echo(request)

    with OpenAIServer(picky) as server:
        replies = asker(server, tmp_path).ask([prompt(str(n)) for n in range(9)], ignore_replies)
    assert [reply.text for reply in replies] == [str(n) for n in range(9)]
    assert server.requests[-1]["max_tokens"] == 16


def test_a_request_that_is_too_long_counts_as_not_answered(tmp_path: Path) -> None:
    script = [Refusal(400, "This model's maximum context length is 8192 tokens.", "context_length")]
    with OpenAIServer(script) as server:
        (reply,) = asker(server, tmp_path).ask([prompt("long")], ignore_replies)
    assert (reply.text, reply.stopped) == ("", False)


def test_a_refusal_is_said_in_words_and_what_was_answered_is_kept(tmp_path: Path) -> None:
    def tired(request: dict[str, Any]) -> Reply | Refusal:
        if request["messages"][-1]["content"] == "7":
            return Refusal(403, "no access")
        return echo(request)

    with OpenAIServer(tired) as server:
        with pytest.raises(LuthierError, match="no access") as caught:
            asker(server, tmp_path).ask([prompt(str(n)) for n in range(8)], ignore_replies)
        asked = len(server.requests)
        asker(server, tmp_path).ask([prompt(str(n)) for n in range(7)], ignore_replies)
    assert caught.value.code == "endpoint.no_access"
    assert len(server.requests) == asked


def test_a_busy_server_is_asked_again(tmp_path: Path) -> None:
    busy = Refusal(429, "slow down", headers={"retry-after-ms": "1"})
    with OpenAIServer([busy, Refusal(503), Reply(text="there")]) as server:
        (reply,) = asker(server, tmp_path).ask([prompt("hello")], ignore_replies)
    assert reply.text == "there"


def test_a_stop_is_honoured_between_answers(tmp_path: Path) -> None:
    def stop() -> None:
        raise JobStopped("pause")

    with OpenAIServer(echo) as server:
        one = asker(server, tmp_path)
        one.honour_stop = stop
        with pytest.raises(JobStopped):
            one.ask([prompt(str(n)) for n in range(40)], ignore_replies)
        assert len(server.requests) < 40
