"""The same call as each kind of server streams it, with what is peculiar to its protocol."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fakes.openai_server import OpenAIServer, Reply, does
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from luthier.agent.brains.discover import list_models
from luthier.agent.brains.llm.model import LanguageModel
from luthier.agent.brains.probe import probe
from luthier.agent.settings import make_settings
from luthier.tools.errors import LuthierError

CALL = {"name": "note_word", "arguments": '{"word": "spruce"}'}
DONE = "data: [DONE]"
COUNTED = {"usage": {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}}


def event(delta: dict[str, Any] | None = None, finish: str = "", **more: Any) -> str:
    """One line of a stream."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish or None}
    choices = [] if delta is None else [choice]
    whole = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return f"data: {json.dumps({**whole, 'choices': choices, **more})}"


def call(function: dict[str, str] = CALL, **more: Any) -> dict[str, Any]:
    return {"tool_calls": [{"type": "function", "function": function, **more}]}


def in_pieces() -> list[str]:
    """A call whose arguments come bit by bit, as OpenAI, vLLM and Together send them."""
    begin = call({"name": "note_word", "arguments": ""}, index=0, id="call_1")
    pieces = [CALL["arguments"][:6], CALL["arguments"][6:]]
    return [
        event({"role": "assistant", "content": None}),
        event(begin),
        *(event({"tool_calls": [{"index": 0, "function": {"arguments": p}}]}) for p in pieces),
        event({}, "tool_calls"),
    ]


WHOLE = event(call(index=0, id="call_1"))
DIALECTS: dict[str, list[str]] = {
    "OpenAI": [*in_pieces(), event(**COUNTED), DONE],
    "Azure": [
        event(prompt_filter_results=[{"prompt_index": 0, "content_filter_results": {}}]),
        *in_pieces(),
        event(**COUNTED),
        DONE,
    ],
    "Ollama": [
        event({"role": "assistant", "content": "", "reasoning": "A word."}),
        WHOLE,
        event({"role": "assistant", "content": ""}, "tool_calls"),
        event(**COUNTED),
        DONE,
    ],
    "vLLM": [event({"reasoning_content": "A word."}), *in_pieces(), event(**COUNTED), DONE],
    "llama.cpp": [*in_pieces(), event(timings={"prompt_n": 9}, **COUNTED), DONE],
    "LM Studio": [
        event(
            {"content": f'[TOOL_REQUEST]{{"name": "note_word", "arguments": {CALL["arguments"]}}}'}
        ),
        event({"content": "[END_TOOL_REQUEST]"}),
        event({}, "stop"),
        event(**COUNTED),
        DONE,
    ],
    "OpenRouter": [
        ": OPENROUTER PROCESSING",
        *in_pieces(),
        event({"content": ""}, **COUNTED),
        DONE,
    ],
    "Together": [*in_pieces()[:-1], event({"content": ""}, "tool_calls", **COUNTED), DONE],
    "Gemini": [event(call(id="")), event({}, "stop", **COUNTED), DONE],
}


@pytest.mark.parametrize("server", DIALECTS)
async def test_a_call_is_heard_from_every_kind_of_server(server: str) -> None:
    with OpenAIServer([Reply(raw=DIALECTS[server])]) as scripted:
        found = await probe(make_settings(scripted.base_url, "m"))
    assert found.ok, found.words


@pytest.mark.parametrize("server", DIALECTS)
async def test_tokens_are_counted_as_the_server_says(server: str) -> None:
    with OpenAIServer([Reply(raw=DIALECTS[server])]) as scripted:
        note = {"type": "function", "function": {"name": "note_word", "parameters": {}}}
        model = LanguageModel(settings=make_settings(scripted.base_url, "m"), tools=[note])
        reply = await model.ainvoke([SystemMessage("."), HumanMessage("Note it.")])
    assert isinstance(reply, AIMessage)
    assert reply.usage_metadata is not None
    assert reply.usage_metadata["total_tokens"] == 13


async def test_an_error_in_the_middle_of_a_stream_is_put_into_words() -> None:
    """OpenRouter has sent its status by then, so it says it in the stream."""
    failed = {"error": {"code": 502, "message": "Provider disconnected"}}
    raw = [event({"content": "Well"}), event({"content": ""}, "error", **failed), DONE]
    with OpenAIServer([Reply(raw=raw)]) as scripted:
        model = LanguageModel(settings=make_settings(scripted.base_url, "m"), tools=[])
        with pytest.raises(LuthierError) as caught:
            await model.ainvoke("hello")
    assert "Provider disconnected" in caught.value.as_text()


async def test_azures_older_address_carries_key_version_and_deployment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LUTHIER_API_KEY", "azure-key-0123456789")
    with OpenAIServer([does("note_word", word="spruce")]) as scripted:
        address = f"http://127.0.0.1:{scripted.port}/openai/deployments/my-gpt/chat/completions"
        settings = make_settings(f"{address}?api-version=2025-01-01-preview", "")
        assert (await probe(settings)).ok
        await list_models(settings)
    assert scripted.paths == [
        "/openai/deployments/my-gpt/chat/completions?api-version=2025-01-01-preview"
    ]
    assert scripted.api_keys == ["azure-key-0123456789"]
    assert scripted.requests[0]["model"] == "my-gpt"


async def test_others_are_sent_no_second_copy_of_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUTHIER_API_KEY", "other-key-0123456789")
    with OpenAIServer([does("note_word", word="spruce")]) as scripted:
        await probe(make_settings(scripted.base_url, "m"))
    assert scripted.authorizations == ["Bearer other-key-0123456789"]
    assert scripted.api_keys == [""]
