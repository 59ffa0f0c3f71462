"""Which brain speaks, where its key comes from, and the test call before it gets the seat."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import keyring
import pytest
from fakes.openai_server import OpenAIServer, Refusal, Reply, does
from keyring.backend import KeyringBackend
from keyring.errors import NoKeyringError

from luthier.agent.brains.discover import find_servers, list_models
from luthier.agent.brains.probe import probe
from luthier.agent.settings import (
    load_settings,
    make_settings,
    save_settings,
)
from luthier.tools.endpoints.client import open_client
from luthier.tools.endpoints.keys import find_key, key_source, signs_in, store_key
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.errors import LuthierError
from luthier.tools.workspace import Workspace


class MemoryKeyring(KeyringBackend):
    priority = 1.0

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[(service, username)] = password


class LockedKeyring(KeyringBackend):
    priority = 1.0

    def get_password(self, service: str, username: str) -> str | None:
        raise NoKeyringError

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NoKeyringError


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "LUTHIER_API_KEY", "OPENROUTER_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def memory() -> Iterator[MemoryKeyring]:
    before = keyring.get_keyring()
    backend = MemoryKeyring()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


def test_the_choice_is_kept_and_taken_back(workspace: Workspace) -> None:
    assert load_settings(workspace) is None
    settings = make_settings("127.0.0.1:11434", "qwen3")
    save_settings(workspace, settings)
    assert load_settings(workspace) == settings
    save_settings(workspace, None)
    assert load_settings(workspace) is None


def test_a_damaged_file_says_how_to_go_on(workspace: Workspace) -> None:
    (workspace.home / "brain.json").write_text("{")
    with pytest.raises(LuthierError, match="cannot be read") as caught:
        load_settings(workspace)
    assert "luthier model guide" in caught.value.remedy


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("http://localhost:11434", "http://localhost:11434/v1"),
        ("127.0.0.1:8080", "http://127.0.0.1:8080/v1"),
        ("https://api.openai.com", "https://api.openai.com/v1"),
        ("https://x.openai.azure.com/openai/v1/", "https://x.openai.azure.com/openai/v1"),
        ("https://h.example/api/chat/completions", "https://h.example/api"),
    ],
)
def test_addresses_are_understood_as_they_are_typed(typed: str, url: str) -> None:
    assert make_settings(typed, "m").base_url == url


@pytest.mark.parametrize(
    ("typed", "model", "code"),
    [
        ("https://me:secret@h.example/v1", "m", "settings.key_in_url"),
        ("https://h.example/v1?key=secret", "m", "settings.key_in_url"),
        ("ftp://h.example", "m", "settings.bad_url"),
        ("https://", "m", "settings.bad_url"),
        ("https://h.example/v1", " ", "settings.no_model"),
    ],
)
def test_bad_addresses_are_refused_without_repeating_a_secret(
    typed: str, model: str, code: str
) -> None:
    with pytest.raises(LuthierError) as caught:
        make_settings(typed, model)
    assert caught.value.code == code
    assert "secret" not in caught.value.as_text()


def test_a_key_only_goes_to_the_host_it_belongs_to(
    memory: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-openai")
    openai = make_settings("https://api.openai.com/v1", "m")
    other = make_settings("https://evil.example/v1", "m")
    lookalike = make_settings("https://api.openai.com.evil.example/v1", "m")
    local = make_settings("http://127.0.0.1:1234/v1", "m")

    found = find_key(openai)
    assert found is not None
    assert found.get_secret_value() == "sk-openai"
    assert "sk-openai" not in repr(found)
    assert find_key(other) is find_key(lookalike) is find_key(local) is None

    store_key(other, "sk-other\n")
    found = find_key(other)
    assert found is not None
    assert found.get_secret_value() == "sk-other"
    assert key_source(other) == "keyring"
    store_key(local, "sk-local")
    assert find_key(local) is None
    found = find_key(local.model_copy(update={"key_in_keyring": True}))
    assert found is not None
    assert found.get_secret_value() == "sk-local"
    assert key_source(openai) == "environment variable OPENAI_API_KEY"


def test_a_key_is_not_sent_unencrypted_over_the_internet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUTHIER_API_KEY", "sk-canary")
    with pytest.raises(LuthierError, match="not encrypted") as caught:
        find_key(make_settings("http://h.example/v1", "m"))
    assert "sk-canary" not in caught.value.as_text()
    assert find_key(make_settings("http://192.168.1.7:8000/v1", "m")) is not None


def test_the_token_of_a_sign_in_is_not_sent_unencrypted_over_the_internet(
    memory: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LUTHIER_API_KEY", "AZURE_OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AZURE_OPENAI_AD_TOKEN", "token-canary")
    for url in ("http://mine.openai.azure.com/openai/v1", "http://gateway.example/v1"):
        server = EndpointModel(base_url=url, model="m", provider="azure")
        with pytest.raises(LuthierError, match="not encrypted") as caught:
            open_client(server)
        assert "token-canary" not in caught.value.as_text()
    assert signs_in(server.model_copy(update={"base_url": "https://gateway.example/v1"}))
    assert signs_in(server.model_copy(update={"base_url": "http://192.168.1.7:8000/v1"}))
    assert not signs_in(server.model_copy(update={"provider": ""})), "no token goes elsewhere"


def test_a_system_without_a_keyring_is_told_what_else_to_do() -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(LockedKeyring())
    try:
        settings = make_settings("https://openrouter.ai/api/v1", "m")
        assert find_key(settings) is None
        assert key_source(settings) == "none found"
        with pytest.raises(LuthierError, match="keyring") as caught:
            store_key(settings, "sk-canary")
    finally:
        keyring.set_keyring(before)
    assert "OPENROUTER_API_KEY" in caught.value.remedy
    assert "sk-canary" not in caught.value.as_text()


async def test_local_servers_are_found_and_their_models_listed() -> None:
    with OpenAIServer([], models=("qwen3", "llama3.1")) as one, OpenAIServer([]) as gone:
        away = gone.port
        settings = make_settings(one.base_url, "qwen3")
        gone.__exit__()
        servers = await find_servers({one.port: "Ollama", away: "vLLM"})
        assert [(s.name, s.base_url, s.models) for s in servers] == [
            ("Ollama", one.base_url, ("qwen3", "llama3.1"))
        ]
        assert await list_models(settings) == ("qwen3", "llama3.1")
        with pytest.raises(LuthierError, match="does not list its models"):
            await list_models(make_settings(f"http://127.0.0.1:{away}", "m"))


@pytest.mark.parametrize(
    ("reply", "ok", "words"),
    [
        (does("note_word", word="spruce"), True, "calls tools"),
        (
            Reply('```json\n{"name": "note_word", "arguments": {"word": "spruce"}}\n```'),
            True,
            "calls tools",
        ),
        (Reply("Sure! The word is spruce."), False, "it talked instead"),
        (does("note_word", word="potato"), False, "it called it wrongly"),
        (Refusal(400, "m does not support tools"), False, "cannot call tools"),
        (Refusal(401), False, "does not accept the key"),
        (Refusal(404), False, "There is no model"),
    ],
)
async def test_a_model_is_tried_before_it_gets_the_seat(
    reply: Reply | Refusal, ok: bool, words: str
) -> None:
    with OpenAIServer(lambda _request: reply) as server:
        result = await probe(make_settings(server.base_url, "m"))
    assert result.ok is ok
    assert words in result.words
    assert ok or "guide" in result.words


def test_the_agent_opens_without_a_model_client_and_traces_nothing() -> None:
    code = (
        "import sys, luthier.agent.session, luthier.agent.brains.llm.model\n"
        "from langsmith.utils import tracing_is_enabled\n"
        "slow = {'openai', 'keyring'} & set(sys.modules)\n"
        "print(sorted(slow), tracing_is_enabled())"
    )
    environment = {**os.environ, "LANGSMITH_TRACING": "true", "LANGCHAIN_TRACING_V2": "true"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    assert done.stdout.strip() == "[] False"
